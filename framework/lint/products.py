"""InputTags that name nothing, and output modules that write nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ..config.description import ModuleDescription, Parameter, ProcessDescription
from ..config.misuse import Finding
from ..config.process import Process
from ..engine.wiring import Wiring
from ..errors import Configuration
from ..event.branch import CURRENT_PROCESS, SKIP_CURRENT_PROCESS, BranchDescription, InputTag
from ..event.provenance import ProcessRecord
from ..event.trigger_results import TRIGGER_RESULTS
from ..module import ConsumesToken, Module
from ..near_names import nearest
from .near import misspelt
from .places import made_at, parameter_place


@attrs.define
class Input:
    """What a job reads.

    Attributes
    ----------
    branches, history
        The products of the input and the processes that made them.
    problem : str
        Why they are not known; empty if they are.
    """

    branches: Sequence[BranchDescription] = ()
    history: Sequence[ProcessRecord] = ()
    problem: str = ""


class Products:
    """Who makes what in a job.

    Parameters
    ----------
    process, job
        The configuration.
    wiring : Wiring
        The modules that could be made.
    opaque : collection of str
        Labels of reached modules, aliases and the like of which nobody knows what they make.
    input : Input
        What the job reads.
    """

    def __init__(
        self, process: Process, job: ProcessDescription, wiring: Wiring, opaque: set[str], input: Input
    ) -> None:
        self.process, self.job, self.wiring, self.opaque, self.input = process, job, wiring, opaque, input
        self.undecided: set[str] = set()
        self._branches = [*wiring.branches, *wiring.statuses.values()]
        self._labels = {branch.label for branch in self._branches} | opaque

    def missing(self, label: str, module: Module) -> Iterator[Finding]:
        """The products that a module consumes and that nothing makes."""
        seen = set()
        for token in module.consumed:
            tag = token.tag
            if not tag.label or (tag, token.type, token.level) in seen:
                continue
            seen.add((tag, token.type, token.level))
            try:
                found = self.wiring.answers(token)
            except Configuration as error:
                yield self._finding("ambiguous-product", label, tag, module, error.message, "")
                continue
            why = None if found else self._why(token)
            if why is not None:
                yield self._finding("missing-product", label, tag, module, *why)

    def missing_of_unknown(self, label: str, description: ModuleDescription) -> Iterator[Finding]:
        """The same of a module of which only the configuration is known: its InputTags."""
        for path, text in _tags(description.parameters, ""):
            tag = InputTag.parse(text)
            token = ConsumesToken(tag, None, label)
            if not tag.label or any(branch.matches(self._plain(tag)) for branch in self._branches):
                continue
            why = self._why(token)
            if why is not None:
                component = self.process.__dict__[label]
                yield Finding(
                    "missing-product",
                    *parameter_place(component, path),
                    f"process.{label}.{path}",
                    f"process.{label}.{path} names {text!r}, {why[0]}",
                    why[1],
                )

    def _plain(self, tag: InputTag) -> InputTag:
        if tag.process == CURRENT_PROCESS:
            return attrs.evolve(tag, process=self.job.name)
        return attrs.evolve(tag, process="") if tag.process == SKIP_CURRENT_PROCESS else tag

    def _why(self, token: ConsumesToken) -> tuple[str, str] | None:
        """What is wrong with a tag that nothing answers, and what to do; None if it can't be decided."""
        tag = self._plain(token.tag)
        from_job = tag.process in ("", self.job.name) and token.tag.process != SKIP_CURRENT_PROCESS
        if from_job and tag.label in self.opaque:
            return None
        same_label = [branch for branch in self._branches if branch.label == tag.label]
        if self.input.problem and tag.process != self.job.name and not self._is_slip(tag, token, same_label):
            self.undecided.add(str(token.tag))
            return None
        if same_label:
            return self._other_product(tag, token, same_label)
        unreached = self.process.__dict__.get(tag.label)
        if from_job and tag.label in self.job.modules:
            what = type(unreached).__name__
            return (
                f"an {what} that no path or task reaches",
                f"put process.{tag.label} in a task: process.PATH.associate(cms.Task(process.{tag.label}))",
            )
        near = nearest(tag.label, self._fitting(token) or self._labels, 2) or nearest(tag.label, self._labels, 2)
        return f"which {self._nobody()} makes", f"did you mean {' or '.join(map(repr, near))}?" if near else ""

    def _is_slip(self, tag: InputTag, token: ConsumesToken, same_label: Sequence[BranchDescription]) -> bool:
        """Whether a tag that the unknown input might have is much like something that this job makes."""
        return not tag.process and not same_label and bool(misspelt(tag.label, self._fitting(token) or self._labels))

    def _fitting(self, token: ConsumesToken) -> set[str]:
        known = {b.label for b in self._branches if b.level == token.level and token.type in (None, b.type)}
        return known | self.opaque

    def _nobody(self) -> str:
        return "no module of this job" if not self.input.branches else "neither a module of this job nor its input"

    def _other_product(
        self, tag: InputTag, token: ConsumesToken, found: Sequence[BranchDescription]
    ) -> tuple[str, str]:
        """The label exists: is it the instance, the process, the type, or what it belongs to?"""
        exact = [branch for branch in found if branch.matches(tag)]
        if token.tag.process == SKIP_CURRENT_PROCESS and all(branch.process == self.job.name for branch in exact):
            return "which the input has not: only this job makes it", "leave out the process"
        if exact and exact[0].level != token.level:
            return f"which belongs to a {exact[0].level}, but the module wants one of a {token.level}", ""
        if exact and token.type is not None:
            types = sorted({branch.type for branch in exact})
            near = nearest(tag.label, self._fitting(token))
            others = near or sorted(self._fitting(token))[:4]
            listed = " or ".join(map(repr, others))
            advice = f"of type {token.type} there is {listed}" if others else f"nothing makes {token.type}"
            return f"which is of type {', '.join(types)}, but the module reads {token.type}", advice
        instances = sorted({branch.instance for branch in found if tag.process in ("", branch.process)})
        if not instances or tag.instance in {branch.instance for branch in found}:
            processes = sorted({branch.process for branch in found if branch.instance == tag.instance} or
                               {branch.process for branch in found})  # fmt: skip
            advice = f"leave out the process, or give one of these: {', '.join(processes)}"
            return f"which no process {tag.process!r} has made", advice
        near = nearest(tag.instance, instances) or instances[:4]
        written = " or ".join(repr(str(attrs.evolve(tag, instance=name))) for name in near)
        what = f"no instance {tag.instance!r}" if tag.instance else "no product without an instance"
        return f"but {tag.label} makes {what}", f"did you mean {written}?"

    def _finding(self, kind: str, label: str, tag: InputTag, module: Module, why: str, advice: str) -> Finding:
        component = self.process.__dict__[label]
        path = _path_of(module.parameters, tag, "")
        where = made_at(component) if path is None else parameter_place(component, path)
        name = f"process.{label}" + (f".{path}" if path else "")
        return Finding(kind, *where, name, f"{name} names {str(tag)!r}, {why}", advice)


def _tags(parameters: Mapping[str, Parameter], prefix: str) -> Iterator[tuple[str, str]]:
    """Paths and texts of all InputTags among parameters."""
    for name, parameter in parameters.items():
        path = prefix + name
        if parameter.type == "InputTag":
            yield path, parameter.value
        elif parameter.type == "VInputTag":
            yield from ((f"{path}[{i}]", text) for i, text in enumerate(parameter.value))
        elif parameter.type == "PSet":
            yield from _tags(parameter.value, path + ".")
        elif parameter.type == "VPSet":
            for i, entry in enumerate(parameter.value):
                yield from _tags(entry, f"{path}[{i}].")


def _path_of(parameters: Any, tag: InputTag, prefix: str) -> str | None:
    """The path of the parameter that holds `tag`, or a text like it; None if there is none."""
    if not attrs.has(type(parameters)):
        return None
    for field in attrs.fields(type(parameters)):
        value, path = getattr(parameters, field.name), prefix + field.name
        values = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for position, item in values:
            at = path if position is None else f"{path}[{position}]"
            if item == tag or (isinstance(item, str) and item and item in (str(tag), tag.label)):
                return at
            if attrs.has(type(item)) and not isinstance(item, InputTag):
                inside = _path_of(item, tag, f"{at}.")
                if inside is not None:
                    return inside
    return None


def known_results(job: ProcessDescription, input: Input) -> dict[str, Sequence[str]]:
    """By process: the trigger paths whose results can be asked for."""
    with_results = {branch.process for branch in input.branches if branch.label == TRIGGER_RESULTS}
    earlier = {record.name: record.trigger_paths for record in input.history if record.name in with_results}
    return {**earlier, job.name: [path.name for path in job.trigger_paths]}
