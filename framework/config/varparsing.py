"""VarParsing: ``name=value`` arguments of a configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from .changes import nearest

_TRUE, _FALSE = ("true", "1"), ("false", "0")


class multiplicity:
    """How many values an argument has."""

    singleton = "singleton"
    list = "list"


class varType:
    """What the values are."""

    int = "int"
    float = "float"
    string = "string"
    bool = "bool"
    tagString = "tagString"


@attrs.define
class _Argument:
    name: str
    default: Any
    multiplicity: str
    type: str
    info: str
    value: Any = None
    given: bool = False  # on the command line or by assignment: the default no longer counts

    def convert(self, raw: Any) -> Any:
        """`raw` as the argument's type; RuntimeError names the argument."""
        try:
            return _CONVERTERS[self.type](raw)
        except (TypeError, ValueError):
            raise RuntimeError(f"The argument '{self.name}' needs a value of type {self.type}, not {raw!r}") from None

    def items(self, raw: Any) -> list[Any]:
        """The converted values of a list: text is split at commas."""
        parts = raw.split(",") if isinstance(raw, str) else list(raw) if isinstance(raw, Iterable) else [raw]
        return [self.convert(part) for part in parts if part != ""]

    def reset(self) -> None:
        self.value = self.items(self.default) if self.multiplicity == multiplicity.list else self.default
        self.given = False


def _to_int(raw: Any) -> int:
    if isinstance(raw, str):
        return int(raw, 16) if raw.lower().lstrip("+-").startswith("0x") else int(raw)
    if isinstance(raw, bool) or raw != int(raw):
        raise ValueError(raw)
    return int(raw)


def _to_bool(raw: Any) -> bool:
    text = str(raw).lower()
    if text not in _TRUE + _FALSE:
        raise ValueError(raw)
    return text in _TRUE


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    varType.int: _to_int,
    varType.float: float,
    varType.string: str,
    varType.bool: _to_bool,
    varType.tagString: str,
}

# name, default, multiplicity, type, help
_ANALYSIS = (
    ("maxEvents", -1, multiplicity.singleton, varType.int, "Number of events to process (-1 for all)"),
    ("totalSections", 0, multiplicity.singleton, varType.int, "Number of sections to divide the input files into"),
    ("section", 0, multiplicity.singleton, varType.int, "Which of the sections to process, from 1"),
    ("inputFiles", "", multiplicity.list, varType.string, "Files to process"),
    ("secondaryInputFiles", "", multiplicity.list, varType.string, "Second files to process"),
    ("outputFile", "output.root", multiplicity.singleton, varType.string, "Name of the output file"),
    ("secondaryOutputFile", "", multiplicity.singleton, varType.string, "Name of the second output file"),
)

# 'python' is what configurations say that register all their arguments themselves.
_GROUPS: dict[str, tuple[Any, ...]] = {"analysis": _ANALYSIS, "python": ()}


class VarParsing:
    """The arguments of a configuration, as attributes.

    Examples
    --------
    >>> options = VarParsing("analysis")
    >>> options.register("threshold", 5.0, VarParsing.multiplicity.singleton, VarParsing.varType.float, "pt cut")
    >>> options.parseArguments(["x_cfg.py", "maxEvents=10", "inputFiles=a.root,b.root"])
    >>> options.maxEvents, options.inputFiles, options.threshold, options.outputFile
    (10, ['a.root', 'b.root'], 5.0, 'output_numEvent10.root')
    """

    multiplicity = multiplicity
    varType = varType

    def __init__(self, *groups: str) -> None:
        self.__dict__["_arguments"] = {}
        for group in groups:
            if group.lower() not in _GROUPS:
                raise RuntimeError(f"VarParsing knows the groups {', '.join(_GROUPS)}, not '{group}'")
            for entry in _GROUPS[group.lower()]:
                self.register(*entry)

    def register(
        self,
        name: str,
        default: Any = "",
        mult: str = multiplicity.singleton,
        mytype: str = varType.int,
        info: str = "",
    ) -> None:
        """Declare an argument."""
        if "_" in name or not name.isidentifier():
            raise RuntimeError(f"'{name}' can't be the name of an argument: letters and digits are allowed, '_' is not")
        if name in self._arguments:
            raise RuntimeError(f"The argument '{name}' is already registered")
        if mult not in (multiplicity.singleton, multiplicity.list):
            raise RuntimeError(f"The argument '{name}' has the unknown multiplicity {mult!r}")
        if mytype not in _CONVERTERS:
            raise RuntimeError(f"The argument '{name}' has the unknown type {mytype!r}")
        argument = _Argument(name, default, mult, mytype, info)
        if mult == multiplicity.singleton and default not in ("", None):
            argument.default = argument.convert(default)
        argument.reset()
        self._arguments[name] = argument

    def has_key(self, name: str) -> bool:
        """Whether the argument is registered."""
        return name in self._arguments

    def setDefault(self, name: str, *values: Any) -> None:
        """Change the default; of a list, all its values."""
        argument = self._argument(name)
        if argument.multiplicity == multiplicity.list:
            argument.default = [item for value in values for item in argument.items(value)]
        elif len(values) != 1:
            raise RuntimeError(f"The argument '{name}' needs one default, not {len(values)}")
        else:
            argument.default = argument.convert(values[0])
        if not argument.given:
            argument.reset()

    def clearList(self, name: str) -> None:
        """Make the list empty, without its default."""
        argument = self._argument(name)
        if argument.multiplicity != multiplicity.list:
            raise RuntimeError(f"The argument '{name}' is no list, so it can't be cleared")
        argument.value, argument.given = [], True

    def _argument(self, name: str) -> _Argument:
        if name not in self._arguments:
            known = ", ".join(sorted(self._arguments))
            hint = nearest(name, self._arguments) or f"; known are: {known}"
            raise RuntimeError(f"There is no argument '{name}'{hint}")
        return self._arguments[name]  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._arguments:
            raise AttributeError(f"There is no argument '{name}'{nearest(name, self._arguments)}")
        return self._arguments[name].value

    def __setattr__(self, name: str, value: Any) -> None:
        argument = self._argument(name)
        argument.value = (
            argument.items(value) if argument.multiplicity == multiplicity.list else argument.convert(value)
        )
        argument.given = True

    # ---- the command line

    def parseArguments(self, argv: Sequence[str] | None = None) -> None:
        """Read `argv` (``sys.argv`` unless given) after the configuration's own name.

        Raises
        ------
        RuntimeError
            For an unknown name, a value of the wrong type, or a second value of a scalar.
        SystemExit
            After printing the arguments, if one is ``help``.
        """
        words = list(sys.argv if argv is None else argv)
        scripts = [place for place, word in enumerate(words) if word.endswith(".py")]
        show = False
        seen: set[str] = set()
        for word in words[(scripts[0] if scripts else 0) + 1 :]:
            if word.lower() in ("help", "--help"):
                print(self.help())
                raise SystemExit(0)
            if word.lower() in ("print", "noprint"):
                show = word.lower() == "print"
            elif word != "--":
                self._take(word, seen)
        self._choose_section()
        self._tag_outputs()
        if show:
            print(self)

    def _take(self, word: str, seen: set[str]) -> None:
        """Carry out one argument; `seen` collects those whose default is gone."""
        name, equals, text = word.partition("=")
        if not equals:
            if not name.endswith("_clear"):
                raise RuntimeError(
                    f"The argument '{word}' is not of the form name=value{nearest(word, self._arguments)}"
                )
            self.clearList(name.removesuffix("_clear"))
            seen.add(name.removesuffix("_clear"))
        elif name.endswith("_load"):
            self._add(self._argument(name.removesuffix("_load")), _lines_of(text), seen)
        elif self._argument(name).multiplicity == multiplicity.list:
            self._add(self._argument(name), text, seen)
        elif name in seen:
            raise RuntimeError(f"The argument '{name}' is given twice, but it has one value")
        else:
            setattr(self, name, text)
            seen.add(name)

    def _add(self, argument: _Argument, values: Any, seen: set[str]) -> None:
        if argument.multiplicity != multiplicity.list:
            raise RuntimeError(
                f"The argument '{argument.name}' has one value, so a file of values can't be loaded for it"
            )
        items = argument.items(values)
        argument.value = [*argument.value, *items] if argument.name in seen else items
        argument.given = True
        seen.add(argument.name)

    def _choose_section(self) -> None:
        """Keep only the input files of the chosen section."""
        if not (self.has_key("totalSections") and self.totalSections and self.section):
            return
        if not 1 <= self.section <= self.totalSections:
            raise RuntimeError(f"The argument 'section' must lie between 1 and totalSections={self.totalSections}")
        argument, total = self._argument("inputFiles"), self.totalSections
        files = argument.value
        argument.value = files[(self.section - 1) * len(files) // total : self.section * len(files) // total]

    def _tag_outputs(self) -> None:
        """Name the number of events, and the section, in the names of the outputs."""
        if not self.has_key("maxEvents"):
            return
        tag = f"_numEvent{self.maxEvents}" if self.maxEvents > 0 else ""
        if self.has_key("section") and self.section:
            tag += f"_sec{self.section:03d}"
        for name in ("outputFile", "secondaryOutputFile"):
            if self.has_key(name) and getattr(self, name):
                stem, extension = os.path.splitext(getattr(self, name))
                self._arguments[name].value = stem + tag + extension

    # ---- printing

    def help(self) -> str:
        """The table of arguments."""
        lines = ["Arguments, as name=value (lists: name=a,b; name_load=file; name_clear):"]
        width = max((len(name) for name in self._arguments), default=0)
        for argument in sorted(self._arguments.values(), key=lambda argument: argument.name):
            kind = ("list of " if argument.multiplicity == multiplicity.list else "") + argument.type
            lines.append(f"  {argument.name:<{width}}  {argument.info} [{kind}, default {argument.default!r}]")
        return "\n".join(lines)

    def __str__(self) -> str:
        width = max((len(name) for name in self._arguments), default=0)
        return "\n".join(f"{name:<{width}} = {self._arguments[name].value!r}" for name in sorted(self._arguments))


def _lines_of(path: str) -> list[str]:
    """The lines of a file that are neither empty nor comments."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.partition("#")[0].strip() for line in file]
    except OSError as error:
        raise RuntimeError(f"The file of values '{path}' can't be read: {error.strerror}") from None
    return [line for line in lines if line]
