"""Output modules that don't write what their configuration seems to say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..config.description import ModuleDescription, ProcessDescription
from ..config.misuse import Finding
from ..config.process import Process
from ..engine.wiring import Wiring
from ..errors import Configuration
from ..io.event_selector import EventSelector
from ..near_names import nearest
from ..output_module import OutputModule
from .near import misspelt
from .places import made_at, parameter_place
from .products import Input, known_results


def selections(process: Process, job: ProcessDescription, label: str, input: Input) -> Iterator[Finding]:
    """Terms of ``SelectEvents`` that name no path."""
    parameter = job.modules[label].parameters.get("SelectEvents")
    terms = parameter.value.get("SelectEvents") if parameter is not None and isinstance(parameter.value, dict) else None
    paths = known_results(job, input)
    for number, term in enumerate(terms.value if terms is not None else ()):
        other = re.search(r":(\w+)\s*$", term)
        if other is not None and other[1] != job.name and input.problem:
            continue
        try:
            selector = EventSelector([term], paths, job.name)
            problem = selector.warnings[0].removeprefix("SelectEvents: ") if selector.warnings else ""
        except Configuration as error:
            problem = error.message.removeprefix("SelectEvents has ").partition(". ")[0]
        if problem:
            near = nearest(re.sub(r".*@|^!|[&:].*", "", term), paths[job.name])
            yield Finding(
                "select-events",
                *parameter_place(process.__dict__[label], "SelectEvents.SelectEvents"),
                f"process.{label}.SelectEvents.SelectEvents[{number}]",
                f"SelectEvents of process.{label} has {problem}",
                f"did you mean {near[0]!r}?" if near else "the paths are: " + (", ".join(paths[job.name]) or "none"),
            )


def kept_products(process: Process, job: ProcessDescription, wiring: Wiring, complete: bool) -> Iterator[Finding]:
    """Output modules that keep nothing, and keep commands with a misspelt label.

    `complete` says whether all that could be kept is known.
    """
    for label, module in wiring.modules.items():
        if not isinstance(module, OutputModule):
            continue
        component, description = process.__dict__[label], job.modules[label]
        try:
            kept = module.keep(wiring.branches)
        except Configuration as error:
            yield Finding("module-error", *made_at(component), f"process.{label}", error.message)
            continue
        if not kept and complete and wiring.branches:
            yield Finding(
                "keeps-nothing",
                *parameter_place(component, "outputCommands"),
                f"process.{label}.outputCommands",
                f"the output module {label!r} keeps none of the job's products: events would be written empty",
                f"keep some, such as 'keep *_{wiring.branches[0].label}_*_*'; they are matched in order, and the last "
                "command that fits decides",
            )
        if complete:
            yield from _misspelt_keeps(process, label, description, sorted({b.label for b in wiring.branches}))


def _misspelt_keeps(
    process: Process, label: str, description: ModuleDescription, labels: Sequence[str]
) -> Iterator[Finding]:
    commands = description.parameters.get("outputCommands")
    texts = list(commands.value) if commands is not None else []
    named = [_label_of(text) for text in texts]
    for position, (text, wanted) in enumerate(zip(texts, named, strict=True)):
        if not wanted or wanted in labels:
            continue
        near = misspelt(wanted, [other for other in labels if other not in named])
        if near:
            yield Finding(
                "misspelt-keep",
                *parameter_place(process.__dict__[label], "outputCommands"),
                f"process.{label}.outputCommands[{position}]",
                f"process.{label}.outputCommands has {text!r}, which fits no product: no module is called {wanted!r}",
                f"did you mean {near!r}?",
            )


def _label_of(command: str) -> str:
    """The module label in a keep or drop command, empty if it is a pattern."""
    fields = command.split()[-1].split("_") if command.split() else []
    return fields[1] if len(fields) == 4 and not set("*?") & set(fields[1]) else ""
