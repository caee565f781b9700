"""What a pipeline consists of: commands, what they read and write, and which needs which.

A plan holds nothing of the tagger: `steps` makes one from a pipeline's configuration.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from pyrun.framework.errors import Configuration


@attrs.frozen
class Step:
    """One node of the graph.

    Attributes
    ----------
    name : str
    commands : tuple of tuple of str
        Run one after the other, until one fails.
    needs : tuple of str
        Steps without whose results this one can't run.
    after : tuple of str
        Steps whose results this one uses if there are any.
    inputs : tuple of str
        Files, folders or patterns that it reads and no step makes.
    outputs : tuple of str
        The same for what it writes, and nobody else.
    exists : tuple of str
        What must be there when it is done, and which others may change.
    optional : bool
        Whether the pipeline as a whole succeeds without it.
    cores : int
        How many it keeps busy.
    priority : int
        Of steps that could run now, those with more begin first.
    log, record : str
        Files for what it prints, and for how it ended.
    tools : tuple of str
        Which programs it will find: with others it runs again.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    log: str
    record: str
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    exists: tuple[str, ...] = ()
    optional: bool = False
    cores: int = 1
    priority: int = 0
    tools: tuple[str, ...] = ()

    @property
    def before(self) -> tuple[str, ...]:
        """All steps that it waits for."""
        return (*self.needs, *self.after)


@attrs.frozen
class Plan:
    """The graph.

    Attributes
    ----------
    cores : int
        How many the running steps may keep busy together.
    session : str
        A name for this attempt: what has failed in it is not tried again, but in the next it is.
    steps : dict of str to Step
        In an order in which they could run.

    Raises
    ------
    Configuration
        A step needs one that is not there, or itself by way of others.
    """

    cores: int
    session: str
    steps: dict[str, Step]

    def __attrs_post_init__(self) -> None:
        for step in self.steps.values():
            missing = [name for name in step.before if name not in self.steps]
            if missing:
                raise Configuration(f"The step {step.name} needs {' and '.join(missing)}, which the pipeline has not.")
        self._refuse_cycles()

    def _refuse_cycles(self) -> None:
        import graphlib

        try:
            graphlib.TopologicalSorter({s.name: s.before for s in self.steps.values()}).prepare()
        except graphlib.CycleError as error:
            raise Configuration(f"Steps that need each other: {' -> '.join(error.args[1])}") from None

    def upstream(self, names: set[str]) -> Plan:
        """The part of the graph that these steps need."""
        found = set(names)
        while more := {x for name in found for x in self.steps[name].needs} - found:
            found |= more
        steps = {
            name: attrs.evolve(step, after=tuple(x for x in step.after if x in found))
            for name, step in self.steps.items()
            if name in found
        }
        return attrs.evolve(self, steps=steps)

    @property
    def ends(self) -> list[str]:
        """The steps that no other waits for."""
        used = {name for step in self.steps.values() for name in step.before}
        return [name for name in self.steps if name not in used]

    def save(self, path: Path) -> None:
        """Write it where tasks in other processes and on other machines find it."""
        from .records import write_json

        write_json(path, attrs.asdict(self))

    @classmethod
    def load(cls, path: Path) -> Plan:
        """What `save` has written."""
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        steps = {
            name: Step(**{k: _frozen(v) if isinstance(v, list) else v for k, v in values.items()})
            for name, values in content.pop("steps").items()
        }
        return cls(**content, steps=steps)


def _frozen(values: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(v) if isinstance(v, list) else v for v in values)


def files(patterns: tuple[str, ...]) -> Iterator[Path]:
    """All files that patterns match, folders with all that is in them; in order, each once.

    Files and folders of patterns that begin with an exclamation mark are left out.
    """
    found: set[Path] = set()
    for pattern in patterns:
        matched: set[Path] = set()
        for name in glob.glob(pattern.removeprefix("!"), recursive=True):
            path = Path(name)
            matched.update([path] if path.is_file() else (p for p in path.rglob("*") if p.is_file()))
        found = found - matched if pattern.startswith("!") else found | matched
    yield from sorted(found)


def unmatched(patterns: tuple[str, ...]) -> list[str]:
    """The patterns for which there is nothing."""
    return [x for x in patterns if not x.startswith("!") and not glob.glob(x, recursive=True)]
