"""Settings without effect: misspelt options, labels that name no module, parameter sets that nothing refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..config.description import ProcessDescription
from ..config.misuse import Finding
from ..config.parameterizable import _Parameterizable
from ..config.process import Process
from ..config.process_options import default_max_events, default_max_luminosity_blocks, default_options
from ..config.process_tables import CATEGORIES
from ..config.psets import VPSet
from ..near_names import nearest
from .places import made_at, parameter_place

_SETTINGS = {
    "options": default_options,
    "maxEvents": default_max_events,
    "maxLuminosityBlocks": default_max_luminosity_blocks,
}
_FORMER = {"SkipEvent", "FailPath"}  # of old files; the job refuses them if they are not empty
_LABEL_LISTS = (
    ("options", ("modulesToCallForTryToContinue", "modulesToIgnoreForDeleteEarly")),
    ("MessageLogger", ("debugModules", "suppressDebug", "suppressFwkInfo", "suppressInfo", "suppressWarning")),
)


def unknown_settings(process: Process) -> Iterator[Finding]:
    """Names in ``process.options`` and its siblings that nothing looks at."""
    for name, default in _SETTINGS.items():
        yield from _unknown(f"process.{name}", process.__dict__[name], process.__dict__[name], default(), "")


def _unknown(where: str, top: Any, given: Any, known: Any, prefix: str) -> Iterator[Finding]:
    names = {*known.parameterNames_(), *known.__dict__.get("_declared", ())}
    for name in given.parameterNames_():
        value, expected = given.__dict__[name], known.__dict__.get(name)
        if name in names:
            if isinstance(value, _Parameterizable) and isinstance(expected, _Parameterizable):
                yield from _unknown(where, top, value, expected, f"{prefix}{name}.")
        elif known._validator is None and name not in _FORMER:
            near = nearest(name, names)
            yield Finding(
                "unknown-option",
                *parameter_place(top, prefix + name),
                f"{where}.{prefix}{name}",
                f"{where} has no {prefix + name}: nothing reads it",
                f"did you mean {near[0]!r}?" if near else "it has " + ", ".join(sorted(names)),
            )


def unknown_labels(process: Process, job: ProcessDescription) -> Iterator[Finding]:
    """Lists of module labels with one that no module has."""
    labels = {*job.modules, "source"}
    for owner, names in _LABEL_LISTS:
        holder = process.__dict__.get(owner)
        for name in names:
            listed = None if holder is None else holder.getParameter(name)
            for label in listed or ():
                if label not in labels and not set("*?") & set(label):
                    yield _no_such_module(f"process.{owner}.{name}", parameter_place(holder, name), label, labels)
    output = job.max_events.get("output")
    outputs = {label for label, module in job.modules.items() if module.kind == "OutputModule"}
    for label in sorted(set(output) - outputs) if isinstance(output, dict) else ():
        where = parameter_place(process.maxEvents, f"output.{label}")
        yield _no_such_module("process.maxEvents.output", where, label, outputs)


def _no_such_module(where: str, at: tuple[str, int], label: str, labels: set[str]) -> Finding:
    near = nearest(label, labels)
    return Finding(
        "unknown-label",
        *at,
        where,
        f"{where} names {label!r}, but the process has no such module",
        f"did you mean {near[0]!r}?" if near else "",
    )


def unread_in_sets(process: Process) -> Iterator[Finding]:
    """Parameters beside a ``refToPSet_``, and blocks that ``parameterSets`` does not name."""
    for category in CATEGORIES:
        for label, component in process._table(category).items():
            if isinstance(component, (_Parameterizable, VPSet)):
                yield from _unread_in(f"process.{label}", component, component, "")


def _unread_in(where: str, top: Any, given: Any, prefix: str) -> Iterator[Finding]:
    if isinstance(given, VPSet):
        for position, entry in enumerate(given):
            yield from _unread_in(where, top, entry, f"{prefix.removesuffix('.')}[{position}].")
        return
    names = given.parameterNames_()
    for name in names:
        if "refToPSet_" in names and name != "refToPSet_":
            reference = given.getParameter("refToPSet_").value()
            why = f"refToPSet_ puts process.{reference} in place of all that stands beside it"
            yield _unread(where, top, prefix + name, why, f"set it in process.{reference}, or in a clone of that")
        elif _is_unnamed_block(given, name):
            why = "parameterSets does not name it"
            yield _unread(where, top, prefix + name, why, f"append {name!r} to {prefix}parameterSets")
        elif isinstance(given.__dict__[name], (_Parameterizable, VPSet)):
            yield from _unread_in(where, top, given.__dict__[name], f"{prefix}{name}.")


def _is_unnamed_block(given: Any, name: str) -> bool:
    """Generators take settings from those blocks of a PSet that its ``parameterSets`` names."""
    named = given.getParameter("parameterSets")
    block = given.__dict__[name]
    is_block = name != "parameterSets" and type(block).__name__ == "vstring" and block.isTracked()
    return type(named).__name__ == "vstring" and is_block and name not in named


def _unread(where: str, top: Any, path: str, why: str, advice: str) -> Finding:
    at = parameter_place(top, path) if path else made_at(top)
    return Finding("unread-parameter", *at, f"{where}.{path}", f"{where}.{path} is set, but never read: {why}", advice)
