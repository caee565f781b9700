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

    def reference(self, label: str) -> str:
        """How the object called `label` is referred to in a dump."""
        return "process." + label if self.isCfg else label


class SpecialImportRegistry:
    """Extra import lines that a dump needs because it uses types defined outside this package."""

    def __init__(self) -> None:
        self._imports: dict[type, str] = {}
        self._used: set[str] = set()

    def registerSpecialImportForType(self, cls: type, statement: str) -> None:
        if cls in self._imports:
            raise RuntimeError(f"An import statement for {cls.__name__} is already registered: {self._imports[cls]}")
        self._imports[cls] = statement

    def registerUse(self, obj: object) -> None:
        if type(obj) in self._imports:
            self._used.add(self._imports[type(obj)])

    def reset(self) -> None:
        """Forget the uses, not the registrations: called before each dump."""
        self._used.clear()

    def getSpecialImports(self) -> list[str]:
        return sorted(self._used)


specialImportRegistry = SpecialImportRegistry()


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
        if self._label is None:
            raise RuntimeError(f"{type(self).__name__} has no label: it was not assigned to an attribute of a process")
        return self._label

    def label(self) -> str:
        return self.label_()

    def setLabel(self, label: str | None) -> None:
        """Give the label; `None` takes it away. An object has one label for all its life in a process."""
        if label is not None and self._label is not None and self._label != label:
            raise ValueError(
                f"Attempting to change the label of a {type(self).__name__} from '{self._label}' to '{label}': "
                "the same object can't have two labels. Assign a copy instead: .clone() of a module or PSet, "
                ".copy() of a sequence, path or task"
            )
        self.__dict__["_label"] = label


class _Unlabelable:
    """An object that a process stores under its type name, such as a Service."""
