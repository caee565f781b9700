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
    split: bool = True  # of a list: whether text is split at commas
    clear: bool = True  # of a list: whether the first value of the command line drops the default

    def convert(self, raw: Any) -> Any:
        """`raw` as the argument's type; RuntimeError names the argument."""
        try:
            return _CONVERTERS[self.type](raw)
        except (TypeError, ValueError):
            raise RuntimeError(f"The argument '{self.name}' needs a value of type {self.type}, not {raw!r}") from None

    def items(self, raw: Any) -> list[Any]:
        """The converted values of a list: text is split at commas."""
        given = [raw] if isinstance(raw, str) or not isinstance(raw, Iterable) else list(raw)
        parts = [part for one in given for part in (one.split(",") if isinstance(one, str) and self.split else [one])]
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
    ("outputFile", "output.root", multiplicity.singleton, varType.tagString, "Name of the output file"),
    ("secondaryOutputFile", "", multiplicity.singleton, varType.tagString, "Name of the second output file"),
)
_STANDARD = (
    _ANALYSIS[0],
    ("files", "", multiplicity.list, varType.string, "Files to process"),
    ("secondaryFiles", "", multiplicity.list, varType.string, "Second files to process"),
    ("output", "output.root", multiplicity.singleton, varType.tagString, "Name of the output file"),
    ("secondaryOutput", "", multiplicity.singleton, varType.tagString, "Name of the second output file"),
)
_PREPEND = ("storePrepend", "", multiplicity.singleton, varType.string, "What stands before files of /store")

_GROUPS: dict[str, tuple[Any, ...]] = {
    "analysis": _ANALYSIS,
    "python": (_PREPEND, *_ANALYSIS),
    "standard": _STANDARD,  # from before analysis
}


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
        self.__dict__["_tags"] = {}
        for group in groups:
            if group.lower() not in _GROUPS:
                raise RuntimeError(f"VarParsing knows the groups {', '.join(_GROUPS)}, not '{group}'")
            for entry in _GROUPS[group.lower()]:
                self.register(*entry)
            self.setupTags(tag="numEvent%d", ifCond="maxEvents > 0", tagArg="maxEvents")

    def register(
        self,
        name: str,
        default: Any = "",
        mult: str = multiplicity.singleton,
        mytype: str = varType.int,
        info: str = "",
        *,
        noCommaSplit: bool = False,
        noDefaultClear: bool = False,
    ) -> None:
        """Declare an argument.

        With `noCommaSplit`, values of a list are not split at commas; with `noDefaultClear`, its default stays when
        the command line gives values.
        """
        if "_" in name or not name.isidentifier():
            raise RuntimeError(f"'{name}' can't be the name of an argument: letters and digits are allowed, '_' is not")
        if name in self._arguments:
            raise RuntimeError(f"The argument '{name}' is already registered")
        if mult not in (multiplicity.singleton, multiplicity.list):
            raise RuntimeError(f"The argument '{name}' has the unknown multiplicity {mult!r}")
        if mytype not in _CONVERTERS:
            raise RuntimeError(f"The argument '{name}' has the unknown type {mytype!r}")
        argument = _Argument(name, default, mult, mytype, info, split=not noCommaSplit, clear=not noDefaultClear)
        if mult == multiplicity.singleton and default not in ("", None):
            argument.default = argument.convert(default)
        argument.reset()
        self._arguments[name] = argument

    def has_key(self, name: str) -> bool:
        """Whether the argument is registered."""
        return name in self._arguments

    def setNoCommaSplit(self, name: str, value: bool = True) -> None:
        """Don't split values of a list at commas."""
        self._list(name).split = not value

    def setNoDefaultClear(self, name: str, value: bool = True) -> None:
        """Keep the default of a list when the command line gives values."""
        self._list(name).clear = not value

    def setType(self, name: str, mytype: str) -> None:
        """Change the type of an argument, and its value with it."""
        argument = self._argument(name)
        if mytype not in _CONVERTERS:
            raise RuntimeError(f"The argument '{name}' can't get the unknown type {mytype!r}")
        argument.type = mytype
        if argument.multiplicity == multiplicity.list:
            argument.value = [argument.convert(item) for item in argument.value]
        else:
            argument.value = argument.convert(argument.value)

    def setupTags(self, *, tag: str, ifCond: str, tagArg: str | None = None) -> None:
        """Add `tag` to the names of outputs (arguments of type tagString) when a condition holds.

        The condition is an expression that begins with the name of an argument, or has ``%`` in it and uses
        ``self``; the value of the argument `tagArg` is filled into the tag.
        """
        self._tags[tag] = (ifCond if "%" in ifCond else "self." + ifCond, tagArg)

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
        argument = self._list(name)
        argument.value, argument.given = [], True

    def loadFromFile(self, name: str, filename: str) -> None:
        """Append the lines of a file to a list."""
        argument = self._list(name)
        argument.value = [*argument.value, *argument.items(_lines_of(os.path.expanduser(filename)))]

    def _list(self, name: str) -> _Argument:
        argument = self._argument(name)
        if argument.multiplicity != multiplicity.list:
            raise RuntimeError(f"The argument '{name}' is no list: it has one value")
        return argument

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
        argument = self._arguments[name]
        if argument.type == varType.tagString and argument.multiplicity == multiplicity.singleton and argument.value:
            return self._tagged(argument.value)
        return argument.value

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a value; to a list, append."""
        argument = self._argument(name)
        if argument.multiplicity == multiplicity.list:
            argument.value = [*argument.value, *argument.items(value)]
        else:
            argument.value, argument.given = argument.convert(value), True

    def _tagged(self, name: str) -> str:
        """The name of an output with the tags whose conditions hold, and the extension .root."""
        stem = name.removesuffix(".root")
        for tag, (condition, argument) in self._tags.items():
            known = condition.removeprefix("self.").split()[0].rstrip("()")
            if (known in self._arguments or "%" in condition) and eval(condition, {"self": self}):
                stem += "_" + (tag % getattr(self, argument) if argument else tag)
        return stem + ".root"

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
            if word.lower().removeprefix("--") in ("print", "noprint"):
                show = word.lower().removeprefix("--") == "print"
            elif word != "--":
                self._take(word, seen)
        self._choose_section()
        if self.has_key("storePrepend") and self.storePrepend:
            files = self._argument("inputFiles")
            files.value = [self.storePrepend + file if file.startswith("/store/") else file for file in files.value]
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
        keep = argument.name in seen or not argument.clear
        argument.value = [*argument.value, *items] if keep else items
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
