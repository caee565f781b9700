"""What has parameters: setting, reading, copying, and the rules for clones and updates."""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .base import PrintOptions, _ConfigureComponent, _Labelable, caller_location
from .parametertypes import _ParameterTypeBase

_Self = TypeVar("_Self", bound="_Parameterizable")
_Typed = TypeVar("_Typed", bound="_TypedParameterizable")

ALLOW_ANY = "allowAnyLabel_"


def nearest(name: str, names: Iterable[str]) -> str:
    """``" (did you mean 'x'?)"`` for the closest of `names`, or nothing if none is close."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f" (did you mean '{close[0]}'?)" if close else ""


def _is_writable(name: str) -> bool:
    """Whether Python lets `name` stand before the = of an argument."""
    return name.isidentifier() and not keyword.iskeyword(name)


class _Parameterizable:
    """Base of PSets and modules. Parameters are attributes; methods end in ``_`` to stay out of their way."""

    _isModified: bool = False
    _isFrozen: bool = False
    _validator: Any = None  # what allowAnyLabel_ was set to: converts the value of any new parameter

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, /, *blocks: Any, **parameters: Any) -> None:
        self.__dict__["_names"] = []
        validator = parameters.pop(ALLOW_ANY, None)
        for block in blocks:
            if not isinstance(block, _Parameterizable) or isinstance(block, _TypedParameterizable):
                raise ValueError(f"Only PSets can be passed without a name, not {type(block).__name__}: {block!r}")
            for name, value in block.parameters_().items():
                self._addParameter(name, value)
        for name, value in parameters.items():
            # Typed parameters beside allowAnyLabel_ are declared here and need not fit it.
            if validator is not None and not isinstance(value, _ParameterTypeBase):
                value = validator.convert_(value)
            self._addParameter(name, value)
        if validator is not None:
            self._addParameter(ALLOW_ANY, validator)
        self.__dict__["_isModified"] = False

    # ---- reading

    def parameterNames_(self) -> list[str]:
        return list(self._names)

    def parameters_(self) -> dict[str, Any]:
        """Deep copies of all parameters, in order of definition."""
        result = {name: self.__dict__[name].copy() for name in self._names}
        if self._validator is not None:
            result[ALLOW_ANY] = self._validator.copy()
        return result

    def hasParameter(self, path: str | Iterable[str]) -> bool:
        """Whether there is a parameter of this name; a sequence of names leads through nested PSets."""
        return self._found(path) is not None

    def getParameter(self, path: str) -> Any:
        """The parameter called `path`, in which dots lead through nested PSets; None if there is none."""
        return self._found(path.split("."))

    def _found(self, path: str | Iterable[str]) -> Any:
        current: Any = self
        for name in [path] if isinstance(path, str) else path:
            if not isinstance(current, _Parameterizable) or name not in current._names:
                return None
            current = current.__dict__[name]
        return current

    def isModified(self) -> bool:
        return self._isModified or any(self.__dict__[name].isModified() for name in self._names)

    def resetModified(self) -> None:
        self.__dict__["_isModified"] = False
        for name in self._names:
            self.__dict__[name].resetModified()

    def isFrozen(self) -> bool:
        return self._isFrozen

    def setIsFrozen(self) -> None:
        """Refuse changes of this object's parameters from now on."""
        self.__dict__["_isFrozen"] = True
        for name in self._names:
            if isinstance(self.__dict__[name], _Parameterizable):
                self.__dict__[name].setIsFrozen()

    # ---- changing

    def _addParameter(self, name: str, value: Any) -> None:
        if name == ALLOW_ANY:
            if self._validator is not None:
                raise ValueError(f"{ALLOW_ANY} can't be overwritten")
            if not hasattr(value, "convert_"):
                raise TypeError(f"{ALLOW_ANY} needs cms.required or cms.optional with a type, not {value!r}")
            self.__dict__["_validator"] = value
            return
        if name in self._names:
            raise ValueError(f"Duplicate insert of parameter '{name}'")
        if self._validator is not None:
            value = self._validator.convert_(value)
        if not isinstance(value, _ParameterTypeBase):
            raise TypeError(
                f"{name} does not already exist, so it can only be set to a CMS python configuration type"
                f"{nearest(name, self._names)}; got {type(value).__name__}: {value!r}"
            )
        self.__dict__[name] = value
        self._names.append(name)
        self.__dict__["_isModified"] = True

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        if self._isFrozen:
            raise ValueError(f"Object already added to a process. It is read only now: {name} can't be set")
        if name not in self._names:
            self._addParameter(name, value)
        elif hasattr(self.__dict__[name], "convert_"):
            self.__dict__[name] = self.__dict__[name].convert_(value)
        elif isinstance(value, _ParameterTypeBase):
            self.__dict__[name] = value
        else:
            self.__dict__[name].setValue(value)
        self.__dict__["_isModified"] = True
        self.__dict__.setdefault("_changedAt", {})[name] = caller_location()

    def __delattr__(self, name: str) -> None:
        if name.startswith("_"):
            super().__delattr__(name)
            return
        if self._isFrozen:
            raise ValueError(f"Object already added to a process. It is read only now: {name} can't be deleted")
        if name not in self._names:
            raise AttributeError(f"There is no parameter '{name}' to delete{nearest(name, self._names)}")
        del self.__dict__[name]
        self._names.remove(name)
        self.__dict__["_isModified"] = True

    def update_(self, changes: Mapping[str, Any] | _Parameterizable) -> None:
        """Change parameters in place by the rules of `clone`; takes a dict or a PSet."""
        modify_parameters(self, changes, TypeError)

    def _positional(self) -> tuple[Any, ...]:
        """The constructor's arguments before the parameters."""
        return ()

    def copy(self: _Self) -> _Self:
        """A deep copy without a label."""
        result = type(self)(*self._positional(), **self.parameters_())
        if "_asked" in self.__dict__:  # what a modifier has not done to the original, it has not done to the copy
            result.__dict__["_asked"] = list(self.__dict__["_asked"])
        return result

    def clone(self: _Self, *blocks: Any, **changes: Any) -> _Self:
        """A copy with changed parameters.

        Parameters
        ----------
        *blocks : PSet
            Their parameters are taken over.
        **changes
            A raw value keeps the parameter's type; a dict changes inside a PSet, or at the indices
            of a list or VPSet that are its keys; ``None`` removes; a new name needs a cms type.
        """
        result = self.copy()
        for block in blocks:
            if not isinstance(block, _Parameterizable):
                raise TypeError(f"clone takes PSets without a name, not {type(block).__name__}: {block!r}")
            modify_parameters(result, block, TypeError)
        modify_parameters(result, changes, TypeError)
        return result

    # ---- printing

    def _dumpParameters(self, options: PrintOptions) -> list[str]:
        """One ``name = value`` for each parameter, sorted by name."""
        names = sorted(self._names)
        text = [f"{name} = {self.__dict__[name].dumpPython(options)}" for name in names if _is_writable(name)]
        text += [
            f"**{{'{name}': {self.__dict__[name].dumpPython(options)}}}" for name in names if not _is_writable(name)
        ]
        if self._validator is not None:
            text.append(f"{ALLOW_ANY}={self._validator.dumpPython(options)}")
        return text

    def dumpArguments(self, first: list[str], options: PrintOptions) -> str:
        """The text between the parentheses of a constructor: `first`, then the parameters on lines of their own."""
        inner = options.deeper()
        if len(self._names) > 200:  # Python functions take at most 255 arguments in old versions
            pairs = [f"('{name}', {self.__dict__[name].dumpPython(inner)})" for name in sorted(self._names)]
            starred = (",\n" + inner.indentation()).join(pairs)
            parameters = [f"**dict([\n{inner.indentation()}{starred}\n{inner.indentation()}])"]
            if self._validator is not None:
                parameters.insert(0, f"{ALLOW_ANY}={self._validator.dumpPython(inner)}")
        else:
            parameters = self._dumpParameters(inner)
        if not parameters:
            return ", ".join(first)
        start = "".join(text + ", " for text in first).rstrip(" ") if first else ""
        lines = (",\n" + inner.indentation()).join(parameters)
        return f"{start}\n{inner.indentation()}{lines}\n{options.indentation()}"


class _TypedParameterizable(_Parameterizable, _ConfigureComponent, _Labelable):
    """A module: parameters, and the name of the plugin that does the work."""

    def __init__(self, type_: str, /, *blocks: Any, **parameters: Any) -> None:
        if not isinstance(type_, str):
            raise TypeError(f"The first argument of {type(self).__name__} is the plugin's name, not {type_!r}")
        self.__dict__["_TypedParameterizable__type"] = type_
        self._setPosition()
        super().__init__(*blocks, **parameters)

    def type_(self) -> str:
        """The name of the plugin."""
        return str(self.__dict__["_TypedParameterizable__type"])

    def _positional(self) -> tuple[Any, ...]:
        return (self.type_(),)

    def swapContents_(self, other: _TypedParameterizable) -> None:
        """Take type, parameters and place of creation of `other`; label and identity stay."""
        for name in self.parameterNames_():
            delattr(self, name)
        self.__dict__["_validator"] = None
        for name, value in other.parameters_().items():
            self._addParameter(name, value)
        for attribute in ("_TypedParameterizable__type", "_filename", "_lineNumber"):
            self.__dict__[attribute] = other.__dict__[attribute]

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        first = [f'"{text}"' for text in self._positional()]
        return f"cms.{type(self).__name__}({self.dumpArguments(first, options)})"

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return (options or PrintOptions()).reference(self.label_())

    def __repr__(self) -> str:
        return self.dumpPython()


def modify_parameters(target: _Parameterizable, changes: Any, unknown: type[Exception]) -> None:
    """Apply `changes` to `target` by the rules of `_Parameterizable.clone`.

    Parameters
    ----------
    target : PSet or module, changed in place
    changes : mapping or PSet
    unknown : class of the exception for a raw value of a name that `target` does not have
    """
    if isinstance(changes, _Parameterizable):
        changes = changes.parameters_()
    if not isinstance(changes, Mapping):
        raise TypeError(f"parameters are changed with a dict or a PSet, not {type(changes).__name__}: {changes!r}")
    for name, value in changes.items():
        if name == ALLOW_ANY:
            if target._validator is None:
                target._addParameter(name, value)
            continue
        current = target.__dict__[name] if name in target._names else None
        if value is None:
            _remove(target, name, unknown)
        elif isinstance(value, dict) and isinstance(current, _Parameterizable):
            modify_parameters(current, value, unknown)
        elif isinstance(value, dict) and isinstance(current, list):
            modify_list(current, value, name, unknown)
        elif current is None and target._validator is None and not isinstance(value, _ParameterTypeBase):
            raise unknown(
                f"{name} does not already exist, so it can only be set to a CMS python configuration type"
                f"{nearest(name, target._names)}; got {type(value).__name__}: {value!r}"
            )
        else:
            setattr(target, name, value)


def _remove(target: _Parameterizable, name: str, unknown: type[Exception]) -> None:
    if name not in target._names:
        raise unknown(f"{name} does not exist, so it can't be removed with None{nearest(name, target._names)}")
    delattr(target, name)


def modify_list(target: list[Any], changes: dict[Any, Any], name: str, unknown: type[Exception]) -> None:
    """Change the entries of `target` at the indices that are the keys of `changes`; None removes one."""
    removed = []
    for index, value in changes.items():
        if isinstance(index, bool) or not isinstance(index, int):
            raise TypeError(f"{name} is a list: the keys of the dict that changes it must be indices, not {index!r}")
        if not -len(target) <= index < len(target):
            raise IndexError(f"{name} has {len(target)} entries, so there is no index {index} to change")
        if value is None:
            removed.append(index % len(target))
        elif isinstance(value, dict) and isinstance(target[index], _Parameterizable):
            modify_parameters(target[index], value, unknown)
        else:
            target[index] = value
    for index in sorted(set(removed), reverse=True):
        del target[index]
