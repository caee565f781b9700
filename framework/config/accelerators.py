"""What a process may run on besides the CPU."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from .base import PrintOptions, _ConfigureComponent, _Unlabelable, specialImportRegistry
from .modules import Service

if TYPE_CHECKING:
    from .process import Process


class edm:
    """What a configuration may say of the framework."""

    class errors:
        """The categories of errors that a configuration may raise."""

        Configuration = "{Configuration}"
        UnavailableAccelerator = "{UnavailableAccelerator}"


class EDMException(Exception):
    """An error of one of the framework's categories."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}\n{message}")


class ProcessAccelerator(_ConfigureComponent, _Unlabelable):
    """A kind of accelerators. Derived classes tell their labels, and which of them this machine has."""

    _category = "processAccelerators"
    _label: str | None = None

    def __init__(self) -> None:
        self._setPosition()

    def type_(self) -> str:
        return type(self).__name__

    def setLabel(self, label: str | None) -> None:
        self._label = label

    def labels(self) -> list[str]:
        """All accelerators of this kind."""
        return []

    def enabledLabels(self) -> list[str]:
        """Those that this machine has."""
        return []

    def moduleTypeResolver(self, accelerators: list[str]) -> Any:
        """An object with ``plugin()`` and ``setModuleVariant(module)``, or None."""
        return None

    def apply(self, process: ProcessForProcessAccelerator, accelerators: list[str]) -> None:
        """Change the services of the process at the start of the job."""

    def dumpPythonImpl(self, options: PrintOptions) -> str:
        """The arguments of the constructor."""
        return ""

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        specialImportRegistry.registerUse(self)
        arguments = self.dumpPythonImpl((options or PrintOptions()).deeper())
        return f"{self.type_()}({f'{chr(10)}{arguments}{chr(10)}' if arguments else ''})\n"


class ProcessForProcessAccelerator:
    """A process of which only the services can be seen and changed."""

    def __init__(self, process: Process) -> None:
        self.__dict__["_process"] = process

    def __getattr__(self, label: str) -> Any:
        return self._service("get", label, getattr(self.__dict__["_process"], label))

    def __setattr__(self, label: str, value: Any) -> None:
        setattr(self._process, label, self._service("set", label, value))

    def __delattr__(self, label: str) -> None:
        self._service("delete", label, getattr(self._process, label))
        delattr(self._process, label)

    def add_(self, value: Any) -> None:
        self._process.add_(self._service("add", "", value))

    @staticmethod
    def _service(verb: str, label: str, value: Any) -> Any:
        if not isinstance(value, Service):
            raise TypeError(f"ProcessAccelerator.apply() can only {verb} Services, not {label} {type(value).__name__}")
        return value


def available_accelerators(process: Process) -> list[str]:
    """The labels of what this machine has; ``cpu`` is always there."""
    labels = {"cpu"}
    for accelerator in process.processAccelerators_().values():
        labels.update(accelerator.enabledLabels())
    return sorted(labels)


def selected_accelerators(process: Process) -> list[str]:
    """Those of the available accelerators that ``process.options.accelerators`` allows.

    Raises
    ------
    ValueError
        A pattern matches no accelerator that the process knows, or ``*`` stands beside others.
    """
    available = available_accelerators(process)
    options: Any = process.__dict__.get("options")
    patterns = list(options.accelerators) if hasattr(options, "accelerators") else ["*"]
    if "*" in patterns:
        if len(patterns) > 1:
            raise ValueError(f"process.options.accelerators may hold '*' only alone, not as one of {patterns}")
        return available
    known = set(available)
    for accelerator in process.processAccelerators_().values():
        known.update(accelerator.labels())
    invalid = [pattern for pattern in patterns if not fnmatch.filter(known, pattern)]
    if invalid:
        raise ValueError(
            f"process.options.accelerators: {', '.join(map(repr, invalid))} matches nothing; valid are "
            f"{', '.join(sorted(known))}, or patterns that match some of them"
        )
    return sorted({name for pattern in patterns for name in available if fnmatch.fnmatchcase(name, pattern)})


def resolve_module_types(process: Process, accelerators: list[str]) -> str:
    """Let the accelerators choose the variant of each module; the name of what resolved them, or nothing."""
    found = [accelerator.moduleTypeResolver(accelerators) for accelerator in process.processAccelerators_().values()]
    resolvers = [resolver for resolver in found if resolver is not None]
    if len(resolvers) > 1:
        names = ", ".join(type(resolver).__name__ for resolver in resolvers)
        raise RuntimeError(f"A job can have at most one module type resolver, this one has {names}")
    if not resolvers:
        return ""
    plugin = str(resolvers[0].plugin())
    for category in ("producers", "filters", "analyzers", "es_producers", "es_sources"):
        for module in process._table(category).values():
            resolvers[0].setModuleVariant(module)
    return plugin


def apply_accelerators(process: Process, accelerators: list[str]) -> None:
    """Let the accelerators change the services."""
    view = ProcessForProcessAccelerator(process)
    for accelerator in list(process.processAccelerators_().values()):
        accelerator.apply(view, accelerators)
