"""edmProvDump: how the products in a file were made."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .edm_tool import run

if TYPE_CHECKING:
    from ..event.branch import BranchDescription
    from ..event.provenance import ModuleRecord, ParameterRecord, Parameters, ProcessRecord
    from ..io.metadata import FileMetadata

_EVENT_SETUP = ("ESSource", "ESProducer", "ESPrefer")
_OF_THE_ENGINE = ("edmTriggerResults", "edmPathStatus", "edmEndPathStatus")


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command; exits with 1 if a module's parameters are missing, 2 if the file can't be read."""
    arguments = _parser().parse_args(argv)
    run("edmProvDump", lambda: _dump(arguments), failure=2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edmProvDump",
        description="Tell how the products in a file were made: by which processes, of which versions, from which "
        "files, and by which modules with which parameters, those left at their defaults too.",
    )
    parser.add_argument("file", help="a file written by PoolOutputModule")
    parser.add_argument("-s", "--sort", action="store_true", help="sort the event setup modules by name")
    parser.add_argument("-d", "--dependencies", action="store_true", help="the products each module read")
    parser.add_argument(
        "-x", "--extendedAncestors", action="store_true", help="and what those were made from, and so on"
    )
    parser.add_argument("-c", "--extendedDescendants", action="store_true", help="all that was made from its products")
    parser.add_argument("-e", "--excludeESModules", action="store_true", help="leave event setup modules out")
    parser.add_argument("-a", "--showAllModules", action="store_true", help="also modules without products in the file")
    parser.add_argument("-t", "--showTopLevelPSets", action="store_true", help="also the PSets at top level")
    parser.add_argument(
        "-f",
        "--findMatch",
        action="append",
        default=[],
        metavar="STR",
        help="only modules whose text contains it; if repeated, all of them",
    )
    parser.add_argument("-p", "--dontPrintProducts", action="store_true", help="leave the names of products out")
    parser.add_argument("-i", "--dumpPSetID", metavar="ID", help="print the parameters with this ID, and nothing else")
    return parser


def _dump(arguments: argparse.Namespace) -> int:
    from ..io.event_file_reader import EventFileReader

    with EventFileReader(arguments.file.removeprefix("file:")) as reader:
        dumper = _Dumper(reader.metadata, arguments)
    lines = dumper.parameter_set(arguments.dumpPSetID) if arguments.dumpPSetID else dumper.all()
    sys.stdout.writelines(line + "\n" for line in lines)
    sys.stdout.flush()
    for name in dumper.missing:
        sys.stderr.write(f"edmProvDump: the file does not tell the parameters of {name}\n")
    return 1 if dumper.missing else 0


class _Dumper:
    """Prints the metadata of one file as `options` say; `missing` names modules whose parameters are not known."""

    def __init__(self, metadata: FileMetadata, options: argparse.Namespace) -> None:
        self.metadata, self.options = metadata, options
        self.missing: list[str] = []
        self._children: dict[str, set[str]] = {}
        for child, parents in metadata.parentage.items():
            for parent in parents:
                self._children.setdefault(parent, set()).add(child)

    def all(self) -> Iterator[str]:
        options, processes = self.options, self.metadata.processes
        yield from self._event_filtering()
        yield "Processing History:"
        for depth, process in enumerate(processes):
            yield f"{'  ' * (depth + 1)}{process.name} '' 'pyrun_{process.version}' [1]  ({process.id})"
        for process in processes:
            yield from _circumstances(process)
        yield "---------Producers with data in file---------"
        for process in processes:
            yield from self._found(self._producers(process))
        if options.showAllModules:
            yield "---------Other Modules---------"
            for process in processes:
                yield from self._found(self._others(process))
        if not options.excludeESModules:
            yield "---------EventSetup---------"
            for process in processes:
                modules = [module for module in process.modules if module.kind in _EVENT_SETUP]
                modules = sorted(modules, key=lambda module: module.label) if options.sort else modules
                yield from self._found([f"{m.kind}: {m.label} {process.name}", *_parameters(m)] for m in modules)
        if options.showTopLevelPSets:
            yield "---------Top Level PSets---------"
            for process in processes:
                yield from self._found(
                    [f"PSet: {name} {process.name}", *_block("parameters: ", pset)]
                    for name, pset in sorted(process.psets.items())
                )

    def parameter_set(self, wanted: str) -> Iterator[str]:
        """The modules whose parameters have the ID `wanted`."""
        from ..errors import NotFound

        found = [
            (process, module)
            for process in self.metadata.processes
            for module in process.modules
            if module.id == wanted
        ]
        if not found:
            raise NotFound(f"No module in the history of the file has parameters with the ID {wanted!r}")
        yield f"ParameterSetID: {wanted}"
        yield from _parameters(found[0][1])

    def _event_filtering(self) -> Iterator[str]:
        steps = [process for process in self.metadata.processes if process.modules]
        if not steps:
            yield "No event filtering information is available."
        else:
            yield f"Event filtering information for {len(steps)} processing steps is available."
            yield "The ParameterSets will be printed out, with the oldest printed first."
            for process in steps:
                yield f" {process.name}: SelectEvents: vstring tracked  = {_value(process.select_events)}"
        yield "------------------------------"

    def _found(self, texts: Iterator[list[str]]) -> Iterator[str]:
        for text in texts:
            if all(any(wanted in line for line in text) for wanted in self.options.findMatch):
                yield from text
                yield ""

    def _producers(self, process: ProcessRecord) -> Iterator[list[str]]:
        """One text for each module with products in the file."""
        modules = {module.label: module for module in process.modules}
        products: dict[str, list[BranchDescription]] = {}
        for branch in self.metadata.branches:
            if branch.process == process.name:
                products.setdefault(branch.label, []).append(branch)
        for label, branches in sorted(products.items()):
            module = modules.get(label)
            text = [f"Module: {label} {process.name}"]
            if module is not None:
                text.append(f" PSet id:{module.id}")
            if not self.options.dontPrintProducts:
                text += [" products: {", *(f"  {branch.name}" for branch in sorted(branches)), " }"]
            text += self._parameters_of(label, module, branches, process)
            yield text + self._relations({branch.name for branch in branches})

    def _parameters_of(
        self, label: str, module: ModuleRecord | None, branches: Sequence[BranchDescription], process: ProcessRecord
    ) -> list[str]:
        if module is not None:
            return list(_parameters(module))
        if any(branch.type not in _OF_THE_ENGINE for branch in branches):
            self.missing.append(f"{label} in process {process.name}")
            return []
        paths = f"  @trigger_paths: vstring tracked  = {_value(process.trigger_paths)}"
        return [" parameters: {", *([paths] if label == "TriggerResults" else []), " }"]

    def _relations(self, names: set[str]) -> list[str]:
        parentage, lines = self.metadata.parentage, list[str]()
        if self.options.dependencies:
            direct = {parent for name in names for parent in parentage.get(name, ())}
            nothing = "  no dependencies recorded (event may not contain data from this module)"
            lines += [" dependencies: {", *([f"  {name}" for name in sorted(direct)] or [nothing]), " }"]
        if self.options.extendedAncestors:
            lines += _listed("extendedAncestors", _reached(names, parentage))
        if self.options.extendedDescendants:
            lines += _listed("extendedDescendants", _reached(names, self._children))
        return lines

    def _others(self, process: ProcessRecord) -> Iterator[list[str]]:
        with_products = {branch.label for branch in self.metadata.branches if branch.process == process.name}
        for module in sorted(process.modules, key=lambda module: module.label):
            if module.label not in with_products and module.kind not in _EVENT_SETUP:
                yield [f"Module: {module.label} {process.name}", f" PSet id:{module.id}", *_parameters(module)]


def _circumstances(process: ProcessRecord) -> Iterator[str]:
    """Software versions and input files of a process, as far as the file tells them."""
    if process.software:
        yield f"Software of {process.name}: " + ", ".join(f"{name} {v}" for name, v in sorted(process.software.items()))
    for file in process.inputs:
        yield f"Input file of {process.name}: {file.name} GUID {file.guid or 'none'} checksum {file.checksum or 'none'}"


def _reached(names: set[str], edges: Mapping[str, Any]) -> set[str]:
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        more = set(edges.get(waiting.pop(), ())) - reached
        reached |= more
        waiting += more
    return reached


def _listed(title: str, names: set[str]) -> list[str]:
    return [f" {title}: {{", *(f"  {name}" for name in sorted(names)), " }"]


def _parameters(module: ModuleRecord) -> Iterator[str]:
    from ..event.provenance import ParameterRecord

    about = {"@module_edm_type": module.kind, "@module_label": module.label, "@module_type": module.type}
    yield from _block(
        "parameters: ",
        {**{name: ParameterRecord("string", True, text) for name, text in about.items()}, **module.parameters},
    )


def _block(title: str, parameters: Parameters) -> Iterator[str]:
    yield f" {title}{{"
    for name, parameter in parameters.items():
        yield from _parameter(name, parameter, "  ")
    yield " }"


def _parameter(name: str, parameter: ParameterRecord, indent: str) -> Iterator[str]:
    tracked = "tracked" if parameter.tracked else "untracked"
    if parameter.type == "PSet":
        yield f"{indent}{name}: PSet {tracked} = ({{"
        for inner, value in parameter.value.items():
            yield from _parameter(inner, value, indent + " ")
        yield f"{indent}}})"
    elif parameter.type == "VPSet":
        yield f"{indent}{name}: VPSet {tracked} = ({{"
        for pset in parameter.value:
            yield f"{indent} {{"
            for inner, value in pset.items():
                yield from _parameter(inner, value, indent + "  ")
            yield f"{indent} }},"
        yield f"{indent}}})"
    else:
        yield f"{indent}{name}: {parameter.type} {tracked}  = {_value(parameter.value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}'"
    return "{" + ",".join(map(_value, value)) + "}" if isinstance(value, (list, tuple)) else str(value)
