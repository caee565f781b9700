"""Visitors: objects whose `enter` and `leave` see each node of a sequence, path, task or schedule."""

from __future__ import annotations

from typing import Any

from .sequence_nodes import _SequenceLeaf, _UnarySequenceOperator


class _Visitor:
    def enter(self, visitee: Any) -> None:
        """Called before the contents of `visitee`."""

    def leave(self, visitee: Any) -> None:
        """Called after the contents of `visitee`."""


class NodeNameVisitor(_Visitor):
    """Collects the labels of modules into a set; of a Service, its type."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def enter(self, visitee: Any) -> None:
        name = node_name(visitee)
        if name is not None:
            self._names.add(name)


def node_name(visitee: Any) -> str | None:
    """The label of a module, the type of a Service; None for anything else."""
    if not hasattr(visitee, "type_"):
        return None
    if visitee.hasLabel_():
        return str(visitee.label_())
    if visitee._category == "services":
        return str(visitee.type_())
    raise RuntimeError(
        f"{type(visitee).__name__}('{visitee.type_()}'), made at {visitee._filename}:{visitee._lineNumber}, has no "
        "label: assign it to an attribute of the process before its sequence, path or task"
    )


class _OnPathVisitor(_Visitor):
    """Tells `onPath` of each module that stands on the path itself, not in an associated task."""

    def __init__(self) -> None:
        self._levelInTasks = 0
        self._prefix = ""

    def onPath(self, module: Any, prefix: str) -> None:
        raise NotImplementedError

    def enter(self, visitee: Any) -> None:
        if _is_task(visitee):
            self._levelInTasks += 1
        elif self._levelInTasks:
            return
        elif isinstance(visitee, _UnarySequenceOperator):
            self._prefix += visitee.prefix
        elif isinstance(visitee, _SequenceLeaf):
            self.onPath(visitee, self._prefix)

    def leave(self, visitee: Any) -> None:
        if _is_task(visitee):
            self._levelInTasks -= 1
        elif isinstance(visitee, _UnarySequenceOperator):
            self._prefix = ""


def _is_task(visitee: Any) -> bool:
    return getattr(visitee, "_category", "") in ("tasks", "conditionaltasks")


class DecoratedNodeNameVisitor(_OnPathVisitor):
    """Collects labels in order, with ``!``, ``-`` and ``|`` for inverted, ignored and waited-for modules."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._names = names

    def onPath(self, module: Any, prefix: str) -> None:
        self._names.append(prefix + str(node_name(module)))


class NodeVisitor(_Visitor):
    """Collects the modules, services and ES modules themselves, into a set."""

    def __init__(self) -> None:
        self.modules: set[Any] = set()

    def enter(self, visitee: Any) -> None:
        if hasattr(visitee, "type_"):
            self.modules.add(visitee)


class ModuleNodeVisitor(_OnPathVisitor):
    """Appends each module of a path or sequence to a list, in order, repetitions included."""

    def __init__(self, modules: list[Any]) -> None:
        super().__init__()
        self._modules = modules

    def onPath(self, module: Any, prefix: str) -> None:
        self._modules.append(module)


class CompositeVisitor(_Visitor):
    """Passes everything on to several visitors."""

    def __init__(self, *visitors: Any) -> None:
        self._visitors = visitors

    def enter(self, visitee: Any) -> None:
        for visitor in self._visitors:
            visitor.enter(visitee)

    def leave(self, visitee: Any) -> None:
        for visitor in self._visitors:
            visitor.leave(visitee)


class ModuleNamesFromGlobalsVisitor(_OnPathVisitor):
    """Collects the names under which modules stand in a dict of globals: labels before there is a process."""

    def __init__(self, globals_: dict[str, Any], names: list[str]) -> None:
        super().__init__()
        self._lookup = {id(value): name for name, value in globals_.items() if hasattr(value, "type_")}
        self._names = names

    def onPath(self, module: Any, prefix: str) -> None:
        if id(module) not in self._lookup:
            raise KeyError(f"no global variable holds {module!r}")
        self._names.append(self._lookup[id(module)])


class _Validator(_Visitor):
    """Refuses what may not stand on a kind of path."""

    def __init__(self) -> None:
        self._where = ""

    def setLabel(self, label: str) -> None:
        """Name the path in messages."""
        self._where = f"'{label}' "


class PathValidator(_Validator):
    """A Path can't hold OutputModules: they would run before the verdict is known."""

    def enter(self, visitee: Any) -> None:
        if getattr(visitee, "_category", "") == "outputModules":
            raise ValueError(f"Path {self._where}can't contain an OutputModule, '{node_name(visitee)}': use an EndPath")


class FinalPathValidator(_Validator):
    """A FinalPath holds OutputModules and nothing else."""

    def enter(self, visitee: Any) -> None:
        if getattr(visitee, "_category", "") != "outputModules":
            raise ValueError(
                f"FinalPath {self._where}can only contain OutputModules, not {type(visitee).__name__}: use an EndPath"
            )


class ScheduleTaskValidator(_Visitor):
    """Refuses unlabelled members of the schedule's tasks."""

    def enter(self, visitee: Any) -> None:
        node_name(visitee)
