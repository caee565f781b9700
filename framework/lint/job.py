"""All checks of one job."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from ..config.description import ProcessDescription, describe
from ..config.misuse import Finding, modifier_misuse
from ..config.process import Process
from ..config.process_tables import CATEGORIES
from ..engine.conditional import with_conditional_modules
from ..engine.construction import _check_destinations, _reachable
from ..engine.policy import ExceptionPolicy
from ..engine.wiring import Wiring
from ..errors import CMSException, Configuration
from ..resources import python_cfg_path
from ..services.message_logger import MessageLogger
from ..source import Source
from .modules import Made, check_others, make_modules, make_source, module_error
from .outputs import kept_products, selections
from .places import made_at
from .products import Input, Products
from .reach import unreached
from .settings import unknown_labels, unknown_settings, unread_in_sets
from .source_text import dropped_results


@attrs.define
class Report:
    """What was found.

    Attributes
    ----------
    findings : list of Finding
        In the order of files and lines.
    notes : list of str
        What could not be checked, and why.
    """

    findings: list[Finding] = attrs.Factory(list)
    notes: list[str] = attrs.Factory(list)


def lint(process: Process, config: str = "") -> Report:
    """Look for misuse in a process that was loaded from the file `config`; nothing is run.

    Modules are made, and the first input file is opened, to know what they read and make.

    """
    report, files = Report(), _files(process, config)
    report.findings += [*modifier_misuse(process), *unknown_settings(process), *unread_in_sets(process)]
    report.findings += dropped_results(files)
    try:
        _check_job(process, describe(process), config, report)
    except Configuration as error:
        report.findings.append(_incomplete(error, config))
    first = {path: place for place, path in enumerate(files)}
    report.findings = sorted(
        set(report.findings), key=lambda f: (first.get(f.file, len(first)), f.file, f.line, f.where)
    )
    return report


def _incomplete(error: Configuration, config: str) -> Finding:
    """What is told of a process that can't be handed to the engine."""
    made = re.search(r" \((\S+), line (\d+)\)", error.message)
    first, _, advice = error.message.replace(made[0] if made else "", "").partition("\n")
    where = (made[1], int(made[2])) if made else (config, 1)
    return Finding("incomplete", *where, "process", first, advice)


def _check_job(process: Process, job: ProcessDescription, config: str, report: Report) -> None:
    log = MessageLogger([])
    report.findings += [*unreached(process, config, report.notes), *unknown_labels(process, job)]
    made = make_modules(process, job, _reachable(job), log)
    check_others(process, job, made)
    _check_products(process, job, made, config, report, log)
    report.findings += made.findings
    report.notes += _notes(made)


def _check_products(
    process: Process, job: ProcessDescription, made: Made, config: str, report: Report, log: MessageLogger
) -> None:
    input = _open_input(process, job, made, config, report, log)
    unknown = {*process._table("aliases"), *process._table("switchProducers")} - made.modules.keys()
    opaque = made.opaque | unknown
    wiring = _wire(job, made, input)
    products = Products(process, job, wiring, opaque, input)
    for label, module in wiring.modules.items():
        report.findings += products.missing(label, module)
    for label in made.opaque & _reachable(job):
        report.findings += products.missing_of_unknown(label, job.modules[label])
    complete = not input.problem and not opaque
    for label, description in job.modules.items():
        if description.kind == "OutputModule":
            report.findings += selections(process, job, label, input)
    report.findings += kept_products(process, job, wiring, complete)
    checks: Sequence[tuple[str, Callable[[], Any]]] = (
        ("unrunnable-schedule", wiring.check_order),
        ("same-file", lambda: _check_destinations(wiring)),
        ("illegal-option", lambda: ExceptionPolicy(job.options, set())),
    )
    for kind, check in checks:
        report.findings += _refusals(kind, check, process, config)
    if products.undecided:
        names = ", ".join(sorted(products.undecided))
        report.notes.append(f"{input.problem}; these may be in it, or nowhere: {names}")
    elif input.problem:
        report.notes.append(input.problem)


def _wire(job: ProcessDescription, made: Made, input: Input) -> Wiring:
    """Who reads what from whom, among the modules that could be made."""
    there = made.modules
    paths = []
    for some in (job.trigger_paths, job.end_paths):
        paths.append([
            attrs.evolve(
                path,
                entries=tuple(entry for entry in path.entries if entry.label in there),
                conditional=path.conditional & set(there),
            )
            for path in some
        ])  # fmt: skip
    wiring = Wiring(job.name, there, paths[0], paths[1], input.branches)
    try:
        paths = [[with_conditional_modules(path, wiring) for path in some] for some in paths]
    except CMSException:  # a tag with products of several types, which is told of its module
        return wiring
    return Wiring(job.name, there, paths[0], paths[1], input.branches)


def _refusals(kind: str, check: Callable[[], Any], process: Process, config: str) -> Iterator[Finding]:
    """What the job itself would say before its first event, told of the path or module that it names."""
    try:
        check()
    except CMSException as error:
        named: list[Any] = [process.__dict__.get(name) for name in re.findall(r"'(\w+)'", error.message)]
        there = [component for component in named if getattr(component, "_lineNumber", 0)]
        paths = [component for component in there if component._category in ("paths", "endpaths")]
        about = (paths or there[::-1])[:1]
        where = made_at(about[0]) if about else (config, 1)
        name = f"process.{about[0].label_()}" if about else "process"
        first, _, rest = error.message.partition("\n")
        advice = "; ".join(line.strip() for line in rest.splitlines())
        yield Finding(kind, *where, name, " ".join(first.split()), advice)


def _open_input(
    process: Process, job: ProcessDescription, made: Made, config: str, report: Report, log: MessageLogger
) -> Input:
    if job.source is None:
        advice = "set process.source = cms.Source(...); cms.Source('EmptySource') makes empty events"
        report.findings.append(Finding("no-source", config, 1, "process.source", "the process has no source", advice))
        return Input(problem="Without a source nothing is known of the input")
    source = make_source(process, job, made, log)
    if not isinstance(source, Source):
        return Input(problem=f"The input is not known: {source if isinstance(source, str) else 'no source'}")
    try:
        source.open()
        input = Input(list(source.branches), list(source.history))
    except (CMSException, OSError) as error:
        text = error.message if isinstance(error, CMSException) else str(error)
        return Input(problem=f"The input could not be opened ({' '.join(text.split())})")
    except Exception as error:
        report.findings.append(module_error(process.source_(), job.source, error))
        return Input(problem="The input could not be opened")
    finally:
        source.close()
    if any(record.name == job.name for record in input.history):
        text = f"the input has been made by a process {job.name!r} already: their products can't be told apart"
        report.findings.append(Finding("same-process", config, 1, "process", text, "call this one otherwise"))
    return input


def _files(process: Process, config: str) -> list[str]:
    """The configuration, then the user's fragments that components come from; pyrun's own are not of interest."""
    own = os.path.realpath(python_cfg_path()) + os.sep
    files = dict.fromkeys([config])
    for category in CATEGORIES:
        for component in process._table(category).values():
            file = component._filename
            if file and os.path.isfile(file) and not os.path.realpath(file).startswith(own):
                files[file] = None
    return [file for file in files if file]


def _notes(made: Made) -> list[str]:
    notes = []
    unknown = {type_: labels for type_, labels in made.unknown.items() if type_}
    if unknown:
        types = ", ".join(sorted(unknown))
        notes.append(f"Not installed here, so neither what they read nor what they make was checked: {types}")
    if made.ineffective:
        notes.append(f"Set, but without effect in pyrun: {', '.join(sorted(made.ineffective))}")
    return notes
