"""VarParsing: ``name=value`` arguments of a configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .changes import suggestion

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
    ("filePrepend", "", multiplicity.singleton, varType.string, "What stands before the name of every input file"),
    ("tag", "", multiplicity.singleton, varType.string, "A word for the configuration's own use"),
)
_OWN = ("filePrepend", "tag")  # older releases don't have them: configurations may register them themselves
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
        # Configurations use these tables, so they have CMSSW's names: registered is what is in `_register`.
        self._register: dict[str, str] = {}  # the multiplicity of each argument
        self._types: dict[str, str] = {}
        self._info: dict[str, str] = {}
        self._singletons: dict[str, Any] = {}  # the values
        self._lists: dict[str, list[Any]] = {}
        self._beenSet: dict[str, bool] = {}  # whether the command line gave the (single) value
        self._noCommaSplit: dict[str, bool] = {}
        self._noDefaultClear: dict[str, bool] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._tagOrder: list[str] = []
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
        the command line gives values. A default need not be of the type: what can't be converted stays as it is.
        """
        if "_" in name or not name.isidentifier():
            raise RuntimeError(f"'{name}' can't be the name of an argument: letters and digits are allowed, '_' is not")
        if name in self._register and name not in _OWN:
            raise RuntimeError(f"The argument '{name}' is already registered")
        if mult not in (multiplicity.singleton, multiplicity.list):
            raise RuntimeError(f"The argument '{name}' has the unknown multiplicity {mult!r}")
        if mytype not in _CONVERTERS:
            raise RuntimeError(f"The argument '{name}' has the unknown type {mytype!r}")
        self._register[name], self._types[name], self._info[name] = mult, mytype, info
        self._noCommaSplit[name], self._noDefaultClear[name] = noCommaSplit, noDefaultClear
        self._beenSet[name] = False
        for table in (self._singletons, self._lists):
            table.pop(name, None)
        if mult == multiplicity.list:
            self._lists[name] = self._items(name, default)
        else:
            self._singletons[name] = self._default(name, default)

    def _default(self, name: str, default: Any) -> Any:
        """Text as the value that it stands for; anything else, and text that is none, as it is."""
        if not isinstance(default, str) or not default:
            return default
        try:
            return _CONVERTERS[self._types[name]](default)
        except ValueError:
            return default

    def _convert(self, name: str, raw: Any) -> Any:
        """`raw` as the argument's type; RuntimeError names the argument."""
        try:
            return _CONVERTERS[self._types[name]](raw)
        except (TypeError, ValueError):
            type_ = self._types[name]
            raise RuntimeError(f"The argument '{name}' needs a value of type {type_}, not {raw!r}") from None

    def _items(self, name: str, raw: Any) -> list[Any]:
        """The converted values of a list: text is split at commas."""
        given = [raw] if isinstance(raw, str) or not isinstance(raw, Iterable) else list(raw)
        split = not self._noCommaSplit.get(name)
        parts = [part for one in given for part in (one.split(",") if isinstance(one, str) and split else [one])]
        return [self._convert(name, part) for part in parts if part != ""]

    def has_key(self, name: str) -> bool:
        """Whether the argument is registered."""
        return name in self._register

    def setNoCommaSplit(self, name: str, value: bool = True) -> None:
        """Don't split values of a list at commas."""
        self._noCommaSplit[self._list(name)] = value

    def setNoDefaultClear(self, name: str, value: bool = True) -> None:
        """Keep the default of a list when the command line gives values."""
        self._noDefaultClear[self._list(name)] = value

    def setType(self, name: str, mytype: str) -> None:
        """Change the type of an argument, and its value with it."""
        single = self._known(name) == multiplicity.singleton
        if mytype not in _CONVERTERS:
            raise RuntimeError(f"The argument '{name}' can't get the unknown type {mytype!r}")
        self._types[name] = mytype
        if single:
            self._singletons[name] = self._convert(name, self._singletons[name])
        else:
            self._lists[name] = [self._convert(name, item) for item in self._lists[name]]

    def setupTags(self, *, tag: str, ifCond: str, tagArg: str | None = None) -> None:
        """Add `tag` to the names of outputs (arguments of type tagString) when a condition holds.

        The condition is an expression that begins with the name of an argument, or has ``%`` in it and uses
        ``self``; the value of the argument `tagArg` is filled into the tag.
        """
        self._tags[tag] = {"ifCond": ifCond, **({"tagArg": tagArg} if tagArg else {})}
        if tag not in self._tagOrder:
            self._tagOrder.append(tag)

    def setDefault(self, name: str, *values: Any) -> None:
        """Set the value; to a list, append, as to a default. The command line, read later, wins."""
        if self._known(name) == multiplicity.list:
            self._lists[name] = [*self._lists[name], *(item for value in values for item in self._items(name, value))]
        elif len(values) != 1:
            raise RuntimeError(f"The argument '{name}' needs one default, not {len(values)}")
        else:
            self._singletons[name] = self._convert(name, values[0])

    def clearList(self, name: str) -> None:
        """Make the list empty, without its default."""
        self._lists[self._list(name)] = []

    def loadFromFile(self, name: str, filename: str) -> None:
        """Append the lines of a file to a list."""
        self.setDefault(self._list(name), _lines_of(os.path.expanduser(filename)))

    def _list(self, name: str) -> str:
        """`name`, if it is a list."""
        if self._known(name) != multiplicity.list:
            raise RuntimeError(f"The argument '{name}' is no list: it has one value")
        return name

    def _known(self, name: str) -> str:
        """The multiplicity of an argument."""
        if name not in self._register:
            known = ", ".join(sorted(self._register))
            hint = suggestion(name, self._register) or f"; known are: {known}"
            raise RuntimeError(f"There is no argument '{name}'{hint}")
        return self._register[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._register:
            raise AttributeError(f"There is no argument '{name}'{suggestion(name, self._register)}")
        if self._register[name] == multiplicity.list:
            return self._lists[name]
        value = self._singletons[name]
        return self._tagged(value) if value and self._types[name] == varType.tagString else value

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a value; to a list, append."""
        if name.startswith("_"):
            super().__setattr__(name, value)
        else:
            self.setDefault(name, value)

    def _tagged(self, name: str) -> str:
        """The name of an output with the tags whose conditions hold, and the extension .root."""
        stem = name.removesuffix(".root")
        for tag in self._tagOrder:
            if tag not in self._tags:  # a configuration took it out
                continue
            condition, argument = self._tags[tag]["ifCond"], self._tags[tag].get("tagArg")
            if "%" not in condition:
                if condition.split()[0].rstrip("()") not in self._register:
                    continue
                condition = "self." + condition
            if eval(condition, {"self": self}):
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
        words = words[(scripts[0] if scripts else 0) + 1 :]
        if any(word.lower() in ("help", "--help") for word in words):
            print(self.help())
            raise SystemExit(0)
        show = False
        seen: set[str] = set()
        many = any(word.lower() == "multipleassign" for word in words)
        for word in words:
            if word.lower().removeprefix("--") in ("print", "noprint"):
                show = word.lower().removeprefix("--") == "print"
            elif word != "--" and word.lower() != "multipleassign":
                self._take(word, seen, many)
        if self.has_key("inputFiles"):
            self._choose_section()
            self._prepend()
        if show:
            print(self)

    def _take(self, word: str, seen: set[str], many: bool) -> None:
        """Carry out one argument.

        `seen` collects those whose default is gone; with `many`, the last of several values counts.
        """
        name, equals, text = word.partition("=")
        if not equals:
            if not name.endswith("_clear"):
                raise RuntimeError(
                    f"The argument '{word}' is not of the form name=value{suggestion(word, self._register)}"
                )
            self.clearList(name.removesuffix("_clear"))
            seen.add(name.removesuffix("_clear"))
        elif name.endswith("_load"):
            self._add(name.removesuffix("_load"), _lines_of(os.path.expanduser(text)), seen)
        elif self._known(name) == multiplicity.list:
            self._add(name, text, seen)
        elif name in seen and not many:
            raise RuntimeError(
                f"The argument '{name}' is given twice, but it has one value (after the word multipleAssign, the last "
                "one counts)"
            )
        else:
            self.setDefault(name, text)
            self._beenSet[name] = True
            seen.add(name)

    def _add(self, name: str, values: Any, seen: set[str]) -> None:
        """Append to a list, whose default goes unless it is to stay."""
        if self._known(name) != multiplicity.list:
            raise RuntimeError(f"The argument '{name}' has one value, so a file of values can't be loaded for it")
        items = self._items(name, values)
        if name not in seen and not self._noDefaultClear.get(name):
            self._lists[name] = []
        self._lists[name] = [*self._lists[name], *items]
        seen.add(name)

    def _choose_section(self) -> None:
        """Keep only the input files of the chosen section."""
        if not (self.has_key("totalSections") and self.has_key("section") and self.totalSections and self.section):
            return
        if not 1 <= self.section <= self.totalSections:
            raise RuntimeError(f"The argument 'section' must lie between 1 and totalSections={self.totalSections}")
        files, total = self._lists["inputFiles"], self.totalSections
        self._lists["inputFiles"] = files[(self.section - 1) * len(files) // total : self.section * len(files) // total]

    def _prepend(self) -> None:
        """Put before the names of input files what belongs there: for all of them, or for those of the store."""
        for name, start in (("storePrepend", "/store/"), ("filePrepend", "")):
            prefix = self._singletons.get(name) if self.has_key(name) else ""
            if prefix:
                files = self._lists["inputFiles"]
                self._lists["inputFiles"] = [prefix + file if file.startswith(start) else file for file in files]

    # ---- printing

    def _value(self, name: str) -> Any:
        """The value without tags."""
        return (self._lists if self._register[name] == multiplicity.list else self._singletons)[name]

    def help(self) -> str:
        """The table of arguments."""
        lines = ["Arguments, as name=value (lists: name=a,b; name_load=file; name_clear):"]
        width = max((len(name) for name in self._register), default=0)
        for name in sorted(self._register):
            kind = ("list of " if self._register[name] == multiplicity.list else "") + self._types[name]
            lines.append(f"  {name:<{width}}  {self._info[name]} [{kind}, default {self._value(name)!r}]")
        return "\n".join(lines)

    def __str__(self) -> str:
        width = max((len(name) for name in self._register), default=0)
        return "\n".join(f"{name:<{width}} = {self._value(name)!r}" for name in sorted(self._register))


def _lines_of(path: str) -> list[str]:
    """The lines of a file that are neither empty nor comments."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.partition("#")[0].strip() for line in file]
    except OSError as error:
        raise RuntimeError(f"The file of values '{path}' can't be read: {error.strerror}") from None
    return [line for line in lines if line]
