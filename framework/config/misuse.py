"""What a configuration does with modifiers that has not the effect it seems to have."""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from ..resources import python_cfg_path
from .modifiers import Asked, Modifier, ModifierChain, _chosen, choices
from .parameterizable import _Parameterizable
from .process_tables import CATEGORIES
from .psets import VPSet

if TYPE_CHECKING:
    from .process import Process

_NAMED = 4  # so many components are listed by name, then their number


@attrs.frozen
class Finding:
    """One misuse.

    Attributes
    ----------
    kind : str
        Which: ``"late-modifier"``, ``"missing-product"`` ...
    file, line
        Where the configuration does it.
    where : str
        What it is about, as in the configuration: ``"process.ak4PFJets.src"``; may be empty.
    message : str
        What is wrong.
    suggestion : str
        What to do; may be empty.
    """

    kind: str
    file: str
    line: int
    where: str
    message: str
    suggestion: str = ""

    def text(self) -> str:
        """All of it, in one line and another for the suggestion."""
        advice = f"\n    {self.suggestion}" if self.suggestion else ""
        return f"{place((self.file, self.line))}: {self.message}{advice}"


def place(where: tuple[str, int]) -> str:
    """``file:line``, the file as seen from the current folder, or from that of the fragments, if it lies in it."""
    fragments = str(python_cfg_path()) + os.sep
    if where[0].startswith(fragments):
        return f"{where[0].removeprefix(fragments)}:{where[1]}"
    relative = os.path.relpath(where[0])
    return f"{where[0] if relative.startswith('..') else relative}:{where[1]}"


def modifier_misuse(process: Process) -> list[Finding]:
    """Modifiers that were chosen too late to act on what `process` holds, or by another process than this one."""
    return [*late_modifiers(process), *second_processes()]


def late_modifiers(process: Process) -> list[Finding]:
    """One finding for each place of the configuration where modifiers were asked before they were chosen."""
    if not _chosen:
        return []
    groups: dict[tuple[tuple[str, int], str], tuple[Asked, list[str]]] = {}
    for name, component in _components(process):
        for asked in component.__dict__.get("_asked", ()):
            if asked.acted != asked.modifier._isChosen():
                key = (asked.job_place, modifier_names(asked))
                labels = groups.setdefault(key, (asked, []))[1]
                if name not in labels:
                    labels.append(name)
    return [_late(asked, names, labels) for (_, names), (asked, labels) in groups.items()]


def _late(asked: Asked, names: str, labels: list[str]) -> Finding:
    listed = ", ".join(labels[:_NAMED]) + (f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else "")
    does = "changed" if asked.acted else "does not change"
    chosen_at = next((leaf._chosen_at for leaf in _late_leaves(asked) if leaf._chosen_at[0]), ("", 0))
    fragment = "" if asked.place == asked.job_place else f" (it is asked in {place(asked.place)})"
    return Finding(
        "late-modifier",
        *asked.job_place,
        listed,
        f"the modifier {names} {does} {listed}{fragment}: it was chosen only afterwards, in {place(chosen_at)}",
        f"move this line below {place(chosen_at)}, where the modifier is chosen",
    )


def _late_leaves(asked: Asked) -> list[Any]:
    return [leaf for leaf in asked.modifier._leaves() if leaf._isChosen()]


def modifier_names(asked: Asked) -> str:
    """The names of those modifiers in an expression such as ``a & ~b`` that were chosen in the meantime."""
    return " and ".join(dict.fromkeys(modifier_name(leaf) for leaf in _late_leaves(asked)))


def modifier_name(modifier: Modifier | ModifierChain) -> str:
    """The variable that a modifier was first assigned to, as its source tells; objects don't know their names."""
    found = re.match(r"\s*(\w+)\s*(:[^=]*)?=", linecache.getline(*modifier._place))
    return found[1] if found else f"made in {place(modifier._place)}"


def _components(process: Process) -> Iterator[tuple[str, Any]]:
    """Everything in a process that can be modified, with its name; parameter sets in modules too."""
    yield "the process", process
    schedule = process.schedule_()
    single = {"source": process.source_(), "looper": process.looper_(), "schedule": schedule}
    tables = [process._table(category) for category in CATEGORIES]
    for table in (*tables, {name: one for name, one in single.items() if one is not None}):
        for label, component in table.items():
            yield from ((f"process.{label}{path}", part) for path, part in _parts(component, ""))


def _parts(component: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, component
    if isinstance(component, _Parameterizable):
        for name in component._names:
            value = component.__dict__[name]
            if isinstance(value, (_Parameterizable, VPSet)):
                yield from _parts(value, f"{path}.{name}")
    elif isinstance(component, VPSet):
        for position, pset in enumerate(component):
            yield from _parts(pset, f"{path}[{position}]")


def second_processes() -> list[Finding]:
    """Processes after the first that ask for other modifiers than those that were chosen for it."""
    found = []
    for number, later in enumerate(choices[1:], 1):
        earlier = choices[:number]
        first = earlier[0]
        if later.refused:
            names = ", ".join(modifier_name(m) for m in later.modifiers if not _chosen_by(m, earlier))
            found.append(
                Finding(
                    "second-process",
                    *later.place,
                    "process",
                    f"the process {later.process!r} asks for the modifier {names}, but the process {first.process!r} "
                    f"was made before it, in {place(first.place)}, and what is loaded already is not modified",
                    f"give the modifier to the first process: cms.Process({first.process!r}, {names})",
                )
            )
            continue
        foreign = [m for c in earlier if not c.refused for m in c.modifiers if not _chosen_by(m, [later])]
        if foreign:
            names = ", ".join(dict.fromkeys(map(modifier_name, foreign)))
            chooser = next(choice for choice in earlier if foreign[0] in choice.modifiers)
            found.append(
                Finding(
                    "second-process",
                    *later.place,
                    "process",
                    f"the process {later.process!r} does not ask for the modifier {names}, but all that it loads is "
                    f"modified by it, because the process {chooser.process!r} chose it in {place(chooser.place)}",
                    f"ask for the same modifiers, cms.Process({later.process!r}, {names}), or make one process only",
                )
            )
    return found


def _chosen_by(modifier: Any, some: list[Any]) -> bool:
    return any(chosen._isOrContains(modifier) for choice in some if not choice.refused for chosen in choice.modifiers)
