"""Command-line options of jobs with modules whose models are served by Triton, and what they change in a process."""

import argparse
import difflib
import importlib
import json
import os
import sys

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.processFromFile import processFromFile

COMPRESSIONS = ["none", "deflate", "gzip"]
DEVICES = ["auto", "cpu", "gpu"]
RETRIES = {"same": "RetrySameServerAction", "diff": "RetryActionDiffServer"}


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows defaults that say something."""

    def _get_help_string(self, action):
        return super()._get_help_string(action) if action.default not in (None, "", False, []) else action.help


class Parser(argparse.ArgumentParser):
    """Takes each option as ``--name value`` and as ``name=value``; what is wrong is raised, not printed."""

    def parse_args(self, args=None, namespace=None):
        words = sys.argv[1:] if args is None else args
        flags = [f"--{word}" if "=" in word and not word.startswith("-") else word for word in words]
        return super().parse_args(flags, namespace)

    def error(self, message):
        unknown = message.removeprefix("unrecognized arguments: ").split()[0].split("=")[0]
        names = [name for action in self._actions for name in action.option_strings]
        near = difflib.get_close_matches(unknown, names, n=1) if message.startswith("unrecognized") else []
        hint = f"did you mean {near[0].lstrip('-')}?" if near else "--help lists the options"
        raise ValueError(f"{os.path.basename(self.prog)}: {message.replace('--', '')}; {hint}")


def truth(text):
    """``True`` or ``False`` from what a user writes."""
    values = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in values:
        raise argparse.ArgumentTypeError(f"needs True or False, not {text!r}")
    return values[text.lower()]


SWITCH = {"type": truth, "nargs": "?", "const": True, "default": False, "metavar": "BOOL"}
"""For options that are on or off: ``name=True``, ``--name True`` or ``--name``."""


def getParser():
    """The options; ``None`` means: as configured."""
    parser = Parser(allow_abbrev=False, formatter_class=HelpFormatter)
    add = parser.add_argument
    add("--maxEvents", type=int, default=-1, help="number of events to process, -1 for all")
    add("--threads", type=int, default=1, help="number of threads")
    add("--streams", type=int, default=0, help="number of streams; 0: as many as threads")

    group = parser.add_argument_group("the server; without one, the fallback server starts by itself")
    add = group.add_argument
    add("--address", nargs="+", action="append", default=[], metavar="WORD",
        help="HOST, or NAME HOST PORT; may be repeated")
    add("--port", type=int, default=8001, help="port for gRPC of the server given as HOST")
    add("--serverName", default="default", help="what to call that server")
    add("--params", default="", metavar="FILE", help="JSON file with the server's address, port and perhaps name")
    add("--ssl", **SWITCH, help="encrypt the connection, and have the server prove who it is")
    add("--rootCertificates", default="", metavar="FILE", help="certificates to trust, for ssl; empty: the system's")

    group = parser.add_argument_group("requests")
    add = group.add_argument
    add("--timeout", type=int, help="the longest a request may take")
    add("--timeoutUnit", choices=["seconds", "milliseconds", "microseconds"], help="what timeout counts")
    add("--tries", type=int, help="how often a failed request is sent again")
    add("--retryAction", choices=RETRIES, default="same", help="to the same server, or to a different one")
    add("--shm", **{**SWITCH, "default": None}, help="shared memory with a server on the same machine")
    add("--noShm", action="store_const", const=False, dest="shm", help="the same as shm=False")
    add("--compression", choices=COMPRESSIONS, help="of requests and answers on their way")

    group = parser.add_argument_group("the fallback server")
    add = group.add_argument
    add("--device", type=str.lower, choices=DEVICES, help="where it computes")
    add("--container", help="what runs it, if a container does")
    add("--fallbackName", default="", help="what its name begins with")
    add("--imageName", default="", help="the container's image")
    add("--sandboxDir", default="", help="the container's folder, unpacked")
    add("--tempDir", default="", help="where its files go")

    group = parser.add_argument_group("messages")
    group.add_argument("--verbose", **SWITCH, help="all that follow")
    for part in ("Client", "Server", "Service", "Discovery"):
        group.add_argument("--verbose" + part, **SWITCH, help=f"messages of the {part.lower()}")
    return parser


def getOptions(parser, verbose=False):
    """The options on the command line, with all servers as (name, host, port) in ``addresses``."""
    options = parser.parse_args()
    options.addresses = [_server(words, options) for words in options.address]
    if options.params:
        options.addresses.append(_server_of(options.params))
    if verbose:
        for name, host, port in options.addresses:
            print(f"server {name}: {host}:{port}")
    return options


def _server(words, options):
    if len(words) == 1:
        host, _, port = words[0].rpartition(":") if words[0].count(":") == 1 else (words[0], "", options.port)
        return options.serverName, host, int(port)
    if len(words) != 3 or not words[2].isdigit():
        raise ValueError(f"address needs HOST, HOST:PORT or NAME HOST PORT, not {' '.join(words)!r}")
    return words[0], words[1], int(words[2])


def _server_of(path):
    """The server in a JSON file."""
    with open(path, encoding="utf-8") as file:
        server = json.load(file)
    if not isinstance(server, dict) or not {"address", "port"} <= set(server):
        raise ValueError(f'{path} needs an object with "address" and "port", e.g. {{"address": "host", "port": 8001}}')
    return server.get("name", "default"), server["address"], int(server["port"])


def chooseModifiers(names):
    """Choose process modifiers by name, before the configuration is loaded that they change.

    One of another package is called ``package.name``: the variable `name` of ``package/name_cff.py``.
    """
    chosen = [_modifier(name) for name in names]
    for modifier in chosen:
        modifier._setChosen()
    return chosen


def _modifier(name):
    package, _, variable = name.rpartition(".")
    module = f"{package or 'Configuration.ProcessModifiers'}.{variable}_cff"
    try:
        return getattr(importlib.import_module(module), variable)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise
        raise ValueError(f"There is no process modifier {name!r}: {module.replace('.', '/')}.py is not there") from None


def loadProcess(config):
    """The process of a configuration, given as a file or as the name of a module: of the working folder, or shipped."""
    from pyrun.framework.config.loading import find_configuration

    file = config if config.endswith(".py") else config.replace(".", "/") + ".py"
    beside = os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), file)
    found = next((path for path in (file, beside, find_configuration(file)) if os.path.isfile(path)), None)
    if found is None:
        raise ValueError(f"There is no configuration {file!r}, neither in {os.getcwd()} nor beside {sys.argv[0]}")
    return processFromFile(found)


def applyOptions(process, options, applyToModules=False):
    """Change the process as the options say; `applyToModules`: those for requests as well."""
    process.maxEvents.input = options.maxEvents
    process.options.numberOfThreads = options.threads
    process.options.numberOfStreams = options.streams
    configureLogging(
        process,
        client=options.verbose or options.verboseClient,
        server=options.verbose or options.verboseServer,
        service=options.verbose or options.verboseService,
        discovery=options.verbose or options.verboseDiscovery,
    )
    if hasattr(process, "TritonService"):
        _configureService(process.TritonService, options)
    if applyToModules:
        process = configureModules(process, **getClientOptions(options))
    return process


def _configureService(service, options):
    fallback = {
        "device": options.device,
        "container": options.container,
        "imageName": options.imageName,
        "sandboxName": options.sandboxDir,
        "tempDir": options.tempDir,
        "instanceBaseName": options.fallbackName,
    }
    for name, value in fallback.items():
        if value:
            setattr(service.fallback, name, value)
    for name, host, port in options.addresses:
        service.servers.append(
            cms.PSet(
                name = cms.untracked.string(name),
                address = cms.untracked.string(host),
                port = cms.untracked.uint32(port),
                useSsl = cms.untracked.bool(options.ssl),
                rootCertificates = cms.untracked.string(options.rootCertificates),
                privateKey = cms.untracked.string(""),
                certificateChain = cms.untracked.string(""),
            )
        )


def getClientOptions(options):
    """Parameters of Client that the options change."""
    changes = {}
    if options.compression is not None:
        changes["compression"] = cms.untracked.string(options.compression.replace("none", ""))
    if options.shm is not None:
        changes["useSharedMemory"] = cms.untracked.bool(options.shm)
    if options.timeout is not None:
        changes["timeout"] = cms.untracked.uint32(options.timeout)
    if options.timeoutUnit is not None:
        changes["timeoutUnit"] = cms.untracked.string(options.timeoutUnit)
    if options.tries is not None or options.retryAction != "same":
        again = cms.PSet(
            retryType = cms.string(RETRIES[options.retryAction]),
            allowedTries = cms.untracked.uint32(1 if options.tries is None else options.tries),
        )
        changes["Retry"] = cms.VPSet(again, cms.PSet(retryType = cms.string("RetryFallbackServerAction")))
    return changes


def applyClientOptions(client, options):
    """Change one Client as the options say."""
    return configureClient(client, **getClientOptions(options))


def sonicModules(process):
    """The modules that have a Client, by label."""
    modules = {**process.producers_(), **process.filters_(), **process.analyzers_()}
    return {label: module for label, module in modules.items() if hasattr(module, "Client")}


def configureModules(process, modules=None, returnConfigured=False, **changes):
    """Change the Client of all modules, or of those given, that have one."""
    found = sonicModules(process) if modules is None else modules
    configured = [label for label, module in found.items() if hasattr(module, "Client")]
    for label in configured:
        configureClient(found[label].Client, **changes)
    return (process, configured) if returnConfigured else process


def configureClient(client, **changes):
    """Set parameters of a Client."""
    client.update_(changes)
    return client


def configureLogging(process, client=False, server=False, service=False, discovery=False):
    """Have the parts of SONIC tell what they do."""
    if not any([client, server, service, discovery]):
        return process
    if hasattr(process, "TritonService"):
        process.TritonService.verbose = service or discovery
        process.TritonService.fallback.verbose = server
    categories = ["TritonDiscovery"] * discovery + ["TritonService"] * service + ["TritonClient"] * client
    if client:
        process, labels = configureModules(process, returnConfigured=True, verbose=cms.untracked.bool(True))
        categories += [*labels, *(f"{label}:TritonClient" for label in labels)]
    for category in categories:
        setattr(process.MessageLogger.cerr, category, cms.untracked.PSet(limit = cms.untracked.int32(10000000)))
    return process


def configureLoggingClient(process):
    """For cmsDriver's --customise."""
    return configureLogging(process, client=True)


def configureLoggingServer(process):
    """For cmsDriver's --customise."""
    return configureLogging(process, server=True)


def configureLoggingService(process):
    """For cmsDriver's --customise."""
    return configureLogging(process, service=True)


def configureLoggingDiscovery(process):
    """For cmsDriver's --customise."""
    return configureLogging(process, discovery=True)


def configureLoggingAll(process):
    """For cmsDriver's --customise."""
    return configureLogging(process, client=True, server=True, service=True, discovery=True)
