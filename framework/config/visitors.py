"""Visitors: objects whose `enter` and `leave` see each node of a sequence, path, task or schedule."""

from __future__ import annotations

from typing import Any

from .sequence_nodes import _BooleanLogicExpression, _UnarySequenceOperator


class _Visitor:
    def enter(self, visitee: Any) -> None:
        """Called before the contents of `visitee`."""

    def leave(self, visitee: Any) -> None:
        """Called after the contents of `visitee`."""


def _category(visitee: Any) -> str:
    return getattr(visitee, "_category", "")


def _is_task(visitee: Any) -> bool:
    return _category(visitee) in ("tasks", "conditionaltasks")


def node_name(visitee: Any) -> str | None:
    """The label of a module, the type of a Service; None for what is neither and for what lost its label."""
    if not visitee.isLeaf():
        return None
    if _category(visitee) == "services":
        if visitee._inProcess:
            return str(visitee.type_())
    elif "_label" in visitee.__dict__:
        return visitee._label  # type: ignore[no-any-return]
    what = f"{type(visitee).__name__}('{visitee.type_()}')" if hasattr(visitee, "type_") else repr(visitee)
    place = f", made at {visitee._filename}:{visitee._lineNumber}," if getattr(visitee, "_filename", "") else ""
    raise RuntimeError(
        f"{what}{place} has no label: assign it to an attribute of the process before its sequence, path or task"
    )


class NodeNameVisitor(_Visitor):
    """Collects the labels of modules into a set; of a Service, its type."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def enter(self, visitee: Any) -> None:
        if visitee.isLeaf():
            self._names.add(node_name(visitee))  # type: ignore[arg-type]


class _LevelVisitor(_Visitor):
    """Knows whether the visitee is inside a task."""

    _levelInTasks = 0
    _levelInConditionalTasks = 0

    def enter(self, visitee: Any) -> None:
        if _is_task(visitee):
            self._levelInTasks += 1
            self._levelInConditionalTasks += _category(visitee) == "conditionaltasks"
        self.see(visitee)

    def leave(self, visitee: Any) -> None:
        if _is_task(visitee):
            self._levelInTasks -= 1
            self._levelInConditionalTasks -= _category(visitee) == "conditionaltasks"

    def see(self, visitee: Any) -> None:
        raise NotImplementedError


class _OnPathVisitor(_LevelVisitor):
    """Tells `onPath` of each module that stands on the path itself, not in an associated task."""

    def __init__(self) -> None:
        self._prefix = ""

    def onPath(self, module: Any, prefix: str) -> None:
        raise NotImplementedError

    def see(self, visitee: Any) -> None:
        if self._levelInTasks:
            return
        if isinstance(visitee, _UnarySequenceOperator):
            self._prefix += visitee.prefix
        elif visitee.isLeaf():
            self.onPath(visitee, self._prefix)

    def leave(self, visitee: Any) -> None:
        super().leave(visitee)
        if isinstance(visitee, _UnarySequenceOperator):
            self._prefix = ""


class DecoratedNodeNameVisitor(_OnPathVisitor):
    """Collects labels in order, with ``!``, ``-`` and ``|`` for inverted, ignored and waited-for modules.

    A boolean expression is its operator, its items, and ``@``.
    """

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._names = names

    def initialize(self) -> None:
        """Forget what was collected."""
        self._names[:] = []
        self._prefix = ""

    def see(self, visitee: Any) -> None:
        if isinstance(visitee, _BooleanLogicExpression) and not self._levelInTasks:
            self._names.append(self._prefix + visitee.operatorString())
            self._prefix = ""
        super().see(visitee)

    def leave(self, visitee: Any) -> None:
        super().leave(visitee)
        if isinstance(visitee, _BooleanLogicExpression) and not self._levelInTasks:
            self._names.append("@")

    def onPath(self, module: Any, prefix: str) -> None:
        self._names.append(prefix + str(node_name(module)))


class DecoratedNodeNamePlusVisitor(DecoratedNodeNameVisitor):
    """Collects also what is in the tasks."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self._leavesOnTasks: list[Any] = []

    def initialize(self) -> None:
        super().initialize()
        self._leavesOnTasks = []

    def see(self, visitee: Any) -> None:
        super().see(visitee)
        if self._levelInTasks and visitee.isLeaf():
            self._leavesOnTasks.append(visitee)

    def leavesOnTasks(self) -> list[Any]:
        return self._leavesOnTasks


class NodeVisitor(_Visitor):
    """Collects modules, ES producers, ES sources and services into a set each."""

    def __init__(self) -> None:
        self.modules: set[Any] = set()
        self.esProducers: set[Any] = set()
        self.esSources: set[Any] = set()
        self.services: set[Any] = set()
        self._sets = {"es_producers": self.esProducers, "es_sources": self.esSources, "services": self.services}

    def enter(self, visitee: Any) -> None:
        if visitee.isLeaf():
            self._sets.get(_category(visitee), self.modules).add(visitee)


class ModuleNodeVisitor(_Visitor):
    """Appends each module and service to a list, in order, repetitions and those in tasks included."""

    def __init__(self, modules: list[Any]) -> None:
        self._modules = modules

    def enter(self, visitee: Any) -> None:
        if visitee.isLeaf():
            self._modules.append(visitee)


class _ModulesAtLevel(_LevelVisitor):
    def __init__(self, modules: list[Any]) -> None:
        self._modules = modules

    def wanted(self) -> bool:
        raise NotImplementedError

    def see(self, visitee: Any) -> None:
        if visitee.isLeaf() and self.wanted():
            self._modules.append(visitee)


class ModuleNodeOnTaskVisitor(_ModulesAtLevel):
    """Appends each module that is in a task."""

    def wanted(self) -> bool:
        return self._levelInTasks > 0


class ModuleNodeNotOnTaskVisitor(_ModulesAtLevel):
    """Appends each module that stands on the path itself."""

    def wanted(self) -> bool:
        return self._levelInTasks == 0


class ModuleNodeOnConditionalTaskVisitor(_ModulesAtLevel):
    """Appends each module that is in a ConditionalTask, or in a Task that one holds; of a switch, its cases too."""

    def wanted(self) -> bool:
        return self._levelInConditionalTasks > 0

    def see(self, visitee: Any) -> None:
        super().see(visitee)
        if visitee.isLeaf() and hasattr(visitee, "modulesForConditionalTask_"):
            # The cases of a switch on the path itself run on demand.
            if self.wanted() or not self._levelInTasks:
                self._modules.extend(visitee.modulesForConditionalTask_())


class _OfCategory(_Visitor):
    category = ""

    def __init__(self, found: list[Any]) -> None:
        self._found = found

    def enter(self, visitee: Any) -> None:
        if _category(visitee) == self.category:
            self._found.append(visitee)


class SequenceVisitor(_OfCategory):
    """Appends each Sequence to a list."""

    category = "sequences"


class TaskVisitor(_OfCategory):
    """Appends each Task to a list."""

    category = "tasks"


class ConditionalTaskVisitor(_OfCategory):
    """Appends each ConditionalTask to a list."""

    category = "conditionaltasks"


class ContainsModuleVisitor(_Visitor):
    """Looks for one object."""

    def __init__(self, module: Any) -> None:
        self._module, self._result = module, False

    def enter(self, visitee: Any) -> None:
        self._result = self._result or visitee is self._module

    def result(self) -> bool:
        return self._result


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


class ModuleNamesFromGlobalsVisitor(_Visitor):
    """Collects the names under which modules stand in a dict of globals: labels before there is a process."""

    def __init__(self, globals_: dict[str, Any], names: list[str]) -> None:
        self._lookup = {id(value): name for name, value in globals_.items() if hasattr(value, "type_")}
        self._names = names

    def enter(self, visitee: Any) -> None:
        if not visitee.isLeaf() or _category(visitee) in ("services", "es_producers", "es_sources"):
            return
        if id(visitee) not in self._lookup:
            raise KeyError(f"no global variable holds {visitee!r}")
        self._names.append(self._lookup[id(visitee)])


class _Validator(_Visitor):
    """Refuses what may not stand on a kind of path."""

    def __init__(self) -> None:
        self._where = ""

    def setLabel(self, label: str) -> None:
        """Name the path in messages."""
        self._where = f"'{label}' "

    def _refuse_unlabelled(self, kind: str, visitee: Any) -> None:
        if visitee.isLeaf():
            try:
                node_name(visitee)
            except RuntimeError as error:
                raise ValueError(f"{kind} {self._where}: {error}") from None


class PathValidator(_Validator):
    """A Path can't hold OutputModules: they would run before the verdict is known."""

    def enter(self, visitee: Any) -> None:
        if _category(visitee) == "outputModules":
            raise ValueError(f"Path {self._where}can't contain an OutputModule, '{node_name(visitee)}': use an EndPath")
        self._refuse_unlabelled("Path", visitee)


class EndPathValidator(_Validator):
    """Lists the types of filters that decide by what the trigger did: on an EndPath they need all Paths to have run."""

    _presetFilters = ("TriggerResultsFilter", "HLTPrescaler")

    def __init__(self) -> None:
        super().__init__()
        self.filtersOnEndpaths: list[str] = []
        self._levelInTasks = 0

    def enter(self, visitee: Any) -> None:
        self._refuse_unlabelled("EndPath", visitee)
        self._levelInTasks += _is_task(visitee)
        if self._levelInTasks or _category(visitee) != "filters":
            return
        if visitee.type_() in self._presetFilters and visitee.type_() not in self.filtersOnEndpaths:
            self.filtersOnEndpaths.append(visitee.type_())

    def leave(self, visitee: Any) -> None:
        self._levelInTasks -= _is_task(visitee)


class FinalPathValidator(_Validator):
    """A FinalPath holds OutputModules and nothing else."""

    def enter(self, visitee: Any) -> None:
        if _category(visitee) != "outputModules":
            raise ValueError(
                f"FinalPath {self._where}can only contain OutputModules, not {type(visitee).__name__}: use an EndPath"
            )


class ScheduleTaskValidator(_Validator):
    """Refuses unlabelled members of the schedule's tasks."""

    def enter(self, visitee: Any) -> None:
        self._refuse_unlabelled("The schedule's task", visitee)
