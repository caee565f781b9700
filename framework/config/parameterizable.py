"""What has parameters: setting, reading, copying and printing."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .base import PrintOptions, _ConfigureComponent, _Labelable, caller_location, specialImportRegistry
from .changes import ALLOW_ANY, modify_parameters, suggestion, take_blocks, unknown_parameter
from .parametertypes import _ParameterTypeBase

_Self = TypeVar("_Self", bound="_Parameterizable")

_OWN_STATE = ("_label", "_isFrozen", "_isModified", "_isDefault", "_changedAt")  # not taken over by a copy


def _is_writable(name: str) -> bool:
    """Whether Python lets `name` stand before the = of an argument."""
    return name.isidentifier() and not keyword.iskeyword(name)


def _copy_of(component: Any) -> Any:
    """A copy, also of something that has a parameter called ``copy``."""
    return type(component).copy(component)


class _Parameterizable:
    """Base of PSets and modules. Parameters are attributes; methods end in ``_`` to stay out of their way."""

    _isModified: bool = False
    _isFrozen: bool = False
    _validator: Any = None  # what allowAnyLabel_ was set to: converts the value of any new parameter

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, /, *blocks: Any, **parameters: Any) -> None:
        self.__dict__["_names"] = []
        self.__dict__["_declared"] = {}  # the placeholders by name: what may be assigned
        validator = parameters.pop(ALLOW_ANY, None)
        for block in blocks:
            if not isinstance(block, _Parameterizable) or isinstance(block, _TypedParameterizable):
                raise ValueError(f"Only PSets can be passed without a name, not {type(block).__name__}: {block!r}")
            for name in block._names:
                self._addParameter(name, block._copied(name))
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
        return {name: self._copied(name) for name in self._names}

    def _copied(self, name: str) -> Any:
        """A copy of a parameter; of a placeholder that has a value, a placeholder with that value."""
        value = _copy_of(self.__dict__[name])
        return self._declared[name].holding(value) if name in self._declared else value

    def hasParameter(self, path: str | Iterable[str]) -> bool:
        """Whether there is a parameter of this name; a sequence of names leads through nested PSets."""
        return self._found([path] if isinstance(path, str) else path) is not None

    def getParameter(self, path: str | Iterable[str]) -> Any:
        """The parameter called `path`: names, or a text in which dots lead through nested PSets; None if absent."""
        return self._found(path.split(".") if isinstance(path, str) else path)

    def _found(self, path: Iterable[str]) -> Any:
        current: Any = self
        for name in path:
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
            raise ValueError(f"Duplicate insert of parameter '{name}' to\n{self!r}")
        if not isinstance(value, _ParameterTypeBase):
            declared = self._declared.get(name, self._validator)
            if declared is None:
                raise unknown_parameter(TypeError, self, name, value)
            value = declared.convert_(value)
        elif hasattr(value, "convert_"):  # a placeholder
            value = self._declare(name, value)
        self.__dict__[name] = value
        self._names.append(name)
        self.__dict__["_isModified"] = True

    def __addParameter(self, name: str, value: Any) -> None:
        """CMSSW's name: configurations reach it as `_Parameterizable__addParameter`."""
        self._addParameter(name, value)

    def __setParameters(self, parameters: Mapping[str, Any]) -> None:
        """CMSSW's name: configurations give a module a whole dict by `_Parameterizable__setParameters`."""
        for name, value in parameters.items():
            self._addParameter(name, value)

    def _declare(self, name: str, placeholder: Any) -> Any:
        """Let `name` be what `placeholder` says; the value that it has until something is assigned."""
        placeholder = placeholder.boundTo(self, name)
        self._declared[name] = placeholder
        return placeholder.held if placeholder.held is not None else placeholder

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        self._refuse_if_frozen(name)
        self.__dict__.setdefault("_changedAt", {})[name] = caller_location()
        if name not in self._names:
            self._addParameter(name, value)
            return
        current = self.__dict__[name]
        if hasattr(value, "convert_"):
            self.__dict__[name] = self._declare(name, value)
        elif name in self._declared:
            self.__dict__[name] = self._declared[name].convert_(value)
        elif not isinstance(value, _ParameterTypeBase):
            current.setValue(value)
        elif isinstance(value, type(current)):
            self.__dict__[name] = value
        else:
            raise TypeError(
                f"{name} is a {current.configTypeName()}, so a {type(value).__name__} can't be assigned to it: give "
                f"a value without a type or, to change the type, clone the module with {name}={value!r}"
            )
        self.__dict__["_isModified"] = True

    def _replaceParameter(self, name: str, value: Any) -> None:
        """Put a parameter of any type in place of the one called `name`."""
        if name in self._names and name not in self._declared and not hasattr(value, "convert_"):
            self.__dict__[name] = value
            self.__dict__["_isModified"] = True
        else:
            setattr(self, name, value)

    def __delattr__(self, name: str) -> None:
        if name.startswith("_"):
            super().__delattr__(name)
            return
        self._refuse_if_frozen(name)
        if name not in self._names:
            raise AttributeError(f"There is no parameter '{name}' to delete{suggestion(name, self._names)}")
        del self.__dict__[name]
        self._names.remove(name)
        self._declared.pop(name, None)
        self.__dict__["_isModified"] = True

    def _refuse_if_frozen(self, name: str) -> None:
        if self._isFrozen:
            raise ValueError(f"Object already added to a process. It is read only now: {name} can't be changed")

    def update_(self, changes: Mapping[str, Any] | _Parameterizable) -> None:
        """Change parameters in place by the rules of `clone`; takes a dict or a PSet."""
        modify_parameters(self, changes, TypeError)

    def copy(self: _Self) -> _Self:
        """A deep copy without a label."""
        result = type(self).__new__(type(self))
        own = result.__dict__
        own.update(self.__dict__)
        for name in _OWN_STATE:
            own.pop(name, None)
        own["_names"], own["_declared"] = list(self._names), {}
        if "_asked" in own:  # what a modifier has not done to the original, it has not done to the copy
            own["_asked"] = list(own["_asked"])
        for name in self._names:
            own[name] = _copy_of(self.__dict__[name])
        for name, placeholder in self._declared.items():
            bound = own["_declared"][name] = placeholder.boundTo(result, name)
            if name in own and self.__dict__[name] is placeholder:
                own[name] = bound
        if isinstance(result, _ConfigureComponent):
            result._setPosition()
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
        result: _Self = _copy_of(self)
        take_blocks(result, blocks)
        modify_parameters(result, changes, TypeError, retype=True)
        result.__dict__["_isModified"] = False
        return result

    # ---- handing over and printing

    def insertContentsInto(self, parameterSet: Any) -> None:
        """Store all parameters in a C++-like parameter set."""
        for name in self._names:
            self.__dict__[name].insertInto(parameterSet, name)

    def directDependencies(self) -> list[Any]:
        """The components that a dump of it refers to: none."""
        return []

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        """The parameters, sorted by name, each on lines of its own."""
        specialImportRegistry.registerUse(self)
        inner = (options or PrintOptions()).deeper()
        pad = inner.indentation()
        names = sorted(self._names, key=lambda name: (not name.startswith("using_"), name))
        if len(names) > 200:
            text = [self._dump_many(names, inner)]
        else:
            text = [pad + self._dump_one(name, inner) for name in names]
        if self._validator is not None:
            text.append(f"{pad}{ALLOW_ANY}={self._validator.dumpPython(inner)}")
        return ",\n".join(text) + "\n"

    def _dump_one(self, name: str, options: PrintOptions) -> str:
        value = self.__dict__[name].dumpPython(options).rstrip("\n")
        if name.startswith("using_"):
            return str(value)
        return f"{name} = {value}" if _is_writable(name) else f"**{{'{name}': {value}}}"

    def _dump_many(self, names: list[str], options: PrintOptions) -> str:
        """As a dictionary, since a call takes 255 arguments at most in old versions of Python."""
        inner = options.deeper()
        pairs = [f"{inner.indentation()}('{name}', {self.__dict__[name].dumpPython(inner)})" for name in names]
        lines = ",\n".join(pairs)
        return f"{options.indentation()}**dict([\n{lines}\n{options.indentation()}])"

    def _configBlock(self, start: str, options: PrintOptions) -> str:
        """The parameters in the old configuration language."""
        inner = options.deeper()
        lines = [start]
        for name in self._names:
            value = self.__dict__[name]
            if hasattr(value, "convert_"):  # not set
                continue
            lines.append(f"{inner.indentation()}{value.configTypeName()} {name} = {value.configValue(inner)}\n")
        return "".join(lines) + options.indentation() + "}\n"

    def __repr__(self) -> str:
        return self.dumpPython()


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

    def isLeaf(self) -> bool:
        """Whether it is a module or service, rather than a container of such."""
        return True

    def _takeContents(self, other: _TypedParameterizable) -> None:
        """Take type, parameters and place of creation of `other`; label and identity stay."""
        replace_parameters(self, other)
        for attribute in ("_TypedParameterizable__type", "_filename", "_lineNumber"):
            self.__dict__[attribute] = other.__dict__[attribute]

    def moduleLabel_(self, name: str) -> str:
        return name

    def nameInProcessDesc_(self, name: str) -> str:
        """Under which name the engine's parameter set holds it."""
        return name

    def insertInto(self, parameterSet: Any, name: str) -> None:
        """Store it as a PSet of a C++-like parameter set."""
        inner = parameterSet.newPSet()
        inner.addString(True, "@module_label", self.moduleLabel_(name))
        inner.addString(True, "@module_type", self.type_())
        inner.addString(True, "@module_edm_type", type(self).__name__)
        self.insertContentsInto(inner)
        parameterSet.addPSet(True, self.nameInProcessDesc_(name), inner)

    def _dumpHead(self) -> str:
        """The constructor's name and its first arguments."""
        return f'cms.{type(self).__name__}("{self.type_()}"'

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        if not self._names and self._validator is None:
            specialImportRegistry.registerUse(self)
            return self._dumpHead() + ")\n"
        return f"{self._dumpHead()},\n{_Parameterizable.dumpPython(self, options)}{options.indentation()})\n"

    def dumpPythonAttributes(self, name: str, options: PrintOptions) -> str:
        """Assignments of all parameters to the object called `name`."""
        lines = [f"{name}.{key} = {self.__dict__[key].dumpPython(options)}" for key in sorted(self._names)]
        return "".join(f"{options.indentation()}{line}\n" for line in lines)

    def dumpConfig(self, options: PrintOptions | None = None) -> str:
        """As it was written in the old configuration language."""
        return self._configBlock(self.type_() + " { \n", options or PrintOptions())


def replace_parameters(target: _Parameterizable, source: _Parameterizable) -> None:
    """Give `target` copies of the parameters of `source`, and no others."""
    for name in target.parameterNames_():
        delattr(target, name)
    target.__dict__["_validator"] = source._validator
    for name, value in source.parameters_().items():
        target._addParameter(name, value)
