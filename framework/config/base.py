"""What every object of the configuration language has: a place of creation, a label, a printed form."""

from __future__ import annotations

import os
import sys
from typing import Any, ClassVar

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def caller_location() -> tuple[str, int]:
    """File and line of the innermost frame outside this package: where the user wrote the call."""
    frame: Any = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def job_location() -> tuple[str, int]:
    """File and line of the innermost frame of a configuration that runs as a job; that of the caller if none does."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") != "__main__":
        frame = frame.f_back
    return caller_location() if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def save_origin(component: Any, level: int) -> None:
    """Let `component` know the file and line of the call `level` frames above the caller, as where it was made."""
    frame = sys._getframe(level + 1)
    component._filename, component._lineNumber = frame.f_code.co_filename, frame.f_lineno


class PrintOptions:
    """How `dumpPython` writes: indentation, and whether labels are prefixed with ``process.``."""

    def __init__(
        self,
        indent: int = 0,
        deltaIndent: int = 4,
        process: bool = True,
        targetDirectory: str | None = None,
        useSubdirectories: bool = False,
    ) -> None:
        self.indent_ = indent
        self.deltaIndent_ = deltaIndent
        self.isCfg = process
        self.targetDirectory = targetDirectory
        self.useSubdirectories = useSubdirectories

    def indent(self) -> None:
        """Go one level in: for classes that write their own lines, such as a ProcessAccelerator."""
        self.indent_ += self.deltaIndent_

    def unindent(self) -> None:
        self.indent_ -= self.deltaIndent_

    def deeper(self) -> PrintOptions:
        """The same options, one level further in."""
        return PrintOptions(
            self.indent_ + self.deltaIndent_,
            self.deltaIndent_,
            self.isCfg,
            self.targetDirectory,
            self.useSubdirectories,
        )

    def indentation(self) -> str:
        return " " * self.indent_

    def reference(self, label: str | None) -> str:
        """How the object called `label` is referred to in a dump."""
        return f"process.{label}" if self.isCfg else str(label)


class _SpecialImportRegistry:
    """Extra import lines that a dump needs because it uses types defined outside this package.

    Types go by name: a fragment that is imported anew defines its types anew.
    """

    def __init__(self) -> None:
        self._imports: dict[str, str] = {}
        self._used: set[str] = set()

    def registerSpecialImportForType(self, cls: type, statement: str) -> None:
        known = self._imports.setdefault(cls.__name__, statement)
        if known != statement:
            raise RuntimeError(f"An import statement for {cls.__name__} is already registered: {known}")

    def registerUse(self, obj: object) -> None:
        if type(obj).__name__ in self._imports:
            self._used.add(self._imports[type(obj).__name__])

    def _reset(self) -> None:
        """Forget the uses, not the registrations: called before each dump."""
        self._used.clear()

    def getSpecialImports(self) -> list[str]:
        return sorted(self._used)


specialImportRegistry = _SpecialImportRegistry()


class _ConfigureComponent:
    """Base of what can be assigned to a Process.

    Attributes
    ----------
    _category : str
        The table of the process that holds such objects: ``"producers"``, ``"psets"`` ...
    _filename, _lineNumber
        Where the object was created.
    """

    _category: ClassVar[str] = ""
    _subfolder: ClassVar[str] = ""  # of a split dump
    _filename: str = ""
    _lineNumber: int = 0

    def _setPosition(self) -> None:
        self.__dict__["_filename"], self.__dict__["_lineNumber"] = caller_location()

    def _isTaskComponent(self) -> bool:
        """Whether a Task may hold it."""
        return False


class _Labelable:
    """An object whose name is the attribute of the process that it was assigned to."""

    _label: str | None = None

    def hasLabel_(self) -> bool:
        return self._label is not None

    def label_(self) -> str:
        """The label; None if the object had one and was taken out of its process."""
        if "_label" not in self.__dict__:
            raise RuntimeError(f"{type(self).__name__} has no label: it was not assigned to an attribute of a process")
        return self._label  # type: ignore[return-value]

    def label(self) -> str:
        return self.label_()

    def setLabel(self, label: str | None) -> None:
        """Give the label; `None` takes it away. An object has one label for all its life in a process."""
        if label is not None and self._label is not None and self._label != label:
            raise ValueError(
                f"Attempting to change the label of a {type(self).__name__} from '{self._label}' to '{label}': "
                "the same object can't have two labels. Assign a copy instead (.clone() of a module or PSet, "
                ".copy() of a sequence, path or task), put it into a new sequence, or begin the name of a temporary "
                "with an underscore, so that it is not loaded"
            )
        self.__dict__["_label"] = label

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        """How a sequence, path or task refers to it."""
        return (options or PrintOptions()).reference(self._label)

    def dumpSequenceConfig(self) -> str:
        return str(self._label)

    def __str__(self) -> str:
        return self._label if self._label is not None else repr(self)


class _Unlabelable:
    """An object that a process stores under its type name, such as a Service."""
