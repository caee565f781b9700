"""Parameters declared without a value: ``cms.required``, ``cms.optional``, ``cms.obsolete``; and ``cms.untracked``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base import PrintOptions
from .changes import suggestion
from .parametertypes import _ParameterTypeBase, parameter_types
from .psets import PSet, PSetTemplate, VPSet


class _Placeholder(_ParameterTypeBase):
    """A parameter whose type is known and whose value is not yet.

    A module or PSet that gets one keeps it as the declaration of the parameter: what is assigned must fit it,
    and takes its place as the value. Only while nothing is assigned does the placeholder stand for itself.

    Parameters
    ----------
    mode : ``"required"``, ``"optional"`` or ``"obsolete"``
    types : the types a value may have; several for ``allowed``
    default : for ``allowed``, the value if none is set
    template : for ``PSetTemplate`` and, with VPSet as the type, ``VPSetTemplate``
    """

    held: _ParameterTypeBase | None = None  # the value that a module gets together with the declaration
    _owner: Any = None
    _name: str = ""

    def __init__(
        self,
        mode: str,
        types: tuple[type[_ParameterTypeBase], ...],
        *,
        tracked: bool = True,
        default: _ParameterTypeBase | None = None,
        template: PSetTemplate | None = None,
    ) -> None:
        self._mode, self._types, self._template = mode, types, template
        self._tracked = tracked
        self._default = default
        if default is not None:
            self.held = self.convert_(default.copy())

    @property
    def isRequired(self) -> bool:
        return self._mode == "required"

    def describe(self) -> str:
        """The declared types, for messages."""
        names = ", ".join(type_.__name__ for type_ in self._types)
        return names if self._tracked else f"untracked {names}"

    def copy(self) -> _Placeholder:
        return _Placeholder(
            self._mode, self._types, tracked=self._tracked, default=self._default, template=self._template
        )

    def holding(self, value: _ParameterTypeBase) -> _ParameterTypeBase:
        """A placeholder like this one that has a value."""
        if isinstance(value, _Placeholder):
            return value
        result = self.copy()
        result.held = value
        return result

    def boundTo(self, owner: Any, name: str) -> _Placeholder:
        """A placeholder like this one that knows whose parameter it is."""
        result = self.copy()
        result.held, result._owner, result._name = self.held, owner, name
        return result

    def convert_(self, value: Any) -> Any:
        """`value` as a parameter of the declared type and trackedness."""
        if isinstance(value, _Placeholder):
            return value
        if isinstance(value, _ParameterTypeBase):
            if not isinstance(value, self._types):
                raise TypeError(f"a {type(value).__name__} was given where {self.describe()} is needed")
            # The declaration knows the trackedness; a literal in a configuration often leaves it out.
            if value.isTracked() != self._tracked:
                value = value.copy()
                value.setIsTracked(self._tracked)
            return value
        result = self._from_raw(value)
        result.setIsTracked(self._tracked)
        return result

    def _from_raw(self, value: Any) -> _ParameterTypeBase:
        if self._template is not None:
            if self._types == (VPSet,):
                return VPSet(*VPSet._refuse_text(value), template=self._template)
            if not isinstance(value, dict):
                raise TypeError(f"a PSet is made from a dict, not from {type(value).__name__}: {value!r}")
            return self._template(**value)
        if len(self._types) == 1:
            return self._types[0]._fromRaw(value)
        fitting = []
        for type_ in self._types:
            try:
                fitting.append(type_._fromRaw(value))
            except (TypeError, ValueError, RuntimeError):
                continue
        if not fitting:
            raise RuntimeError(f"{value!r} fits none of the allowed types {self.describe()}")
        if len(fitting) > 1:
            names = ", ".join(type(fit).__name__ for fit in fitting)
            raise RuntimeError(f"{value!r} fits several of the allowed types: say which of cms.{names} is meant")
        return fitting[0]

    def setValue(self, value: Any) -> None:
        """Assign to the parameter that this stands for."""
        if self._owner is None:
            self.held = self.convert_(value)
        else:
            setattr(self._owner, self._name, value)
            self.held = self._owner.__dict__[self._name]

    def value(self) -> Any:
        """The value; None if there is none. A required one must have one."""
        if self.held is None and self.isRequired:
            raise AttributeError(f"the required parameter of type {self.describe()} has no value")
        return None if self.held is None else self.held.value()  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or self.held is None:
            raise AttributeError(f"a cms.{self.__dict__.get('_mode')} parameter without a value has no '{name}'")
        return getattr(self.held, name)

    def __bool__(self) -> bool:
        return bool(self.held)

    def isCompatibleCMSType(self, type_: type) -> bool:
        return self._types == (type_,) if self.held is None else isinstance(self.held, type_)

    def insertInto(self, parameterSet: Any, name: str) -> None:
        if self.held is not None:
            self.held.insertInto(parameterSet, name)
        elif self.isRequired:
            raise RuntimeError(f"Required parameter {name} was not set")

    def __call__(self, *blocks: Any, **changes: Any) -> PSet:
        """Make the PSet of a PSetTemplate."""
        if self._template is None:
            raise TypeError(f"cms.{self._mode}.{self.describe()} can't be called: it is a declaration, not a type")
        result = self._template(*blocks, **changes)
        result.setIsTracked(self._tracked)
        return result

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        if self.held is not None:
            return self.held.dumpPython(options)
        prefix = f"cms.{self._mode}." if self._tracked else f"cms.{self._mode}.untracked."
        if self._template is not None:
            template = self._template.dumpPython(options)
            if self._types == (VPSet,):
                return f"{prefix}VPSetTemplate({template})"
            return prefix + template.removeprefix("cms.")
        names = ",".join(f"cms.{type_.__name__}" for type_ in self._types)
        return f"{prefix}allowed({names})" if len(self._types) > 1 else prefix + self._types[0].__name__

    def __repr__(self) -> str:
        return self.dumpPython()


def _type_named(name: str, where: str) -> type[_ParameterTypeBase]:
    if name not in parameter_types:
        raise AttributeError(f"{where} has no parameter type '{name}'{suggestion(name, parameter_types)}")
    return parameter_types[name]


_Template = PSetTemplate  # a method of the next class has its name


class _Declare:
    """``cms.required`` and its like: each parameter type is an attribute."""

    def __init__(self, mode: str, tracked: bool = True) -> None:
        self._mode, self._tracked = mode, tracked
        if tracked:
            self.untracked = _Declare(mode, tracked=False)

    def __getattr__(self, name: str) -> _Placeholder:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Placeholder(self._mode, (_type_named(name, f"cms.{self._mode}"),), tracked=self._tracked)

    def allowed(self, *types: type[_ParameterTypeBase], default: _ParameterTypeBase | None = None) -> _Placeholder:
        """A parameter that may have any of several types."""
        if not types or not all(isinstance(type_, type) and issubclass(type_, _ParameterTypeBase) for type_ in types):
            raise TypeError("allowed takes parameter types: cms.required.allowed(cms.int32, cms.string)")
        if default is not None and not isinstance(default, types):
            raise TypeError(f"the default {default!r} has none of the allowed types")
        return _Placeholder(self._mode, types, tracked=self._tracked, default=default)

    def PSetTemplate(self, *blocks: Any, **parameters: Any) -> _Placeholder:
        """A PSet with these parameters."""
        template = PSetTemplate(*blocks, **parameters)
        return _Placeholder(self._mode, (PSet,), tracked=self._tracked, template=template)

    def VPSetTemplate(self, template: _Template) -> _Placeholder:
        """A list of PSets with the parameters of `template`; it takes dicts."""
        if not isinstance(template, PSetTemplate):
            raise TypeError(f"VPSetTemplate takes a cms.PSetTemplate, not {type(template).__name__}: {template!r}")
        return _Placeholder(self._mode, (VPSet,), tracked=self._tracked, template=template)


required = _Declare("required")
optional = _Declare("optional")
obsolete = _Declare("obsolete")


class _Untracked:
    """``cms.untracked.T(...)`` makes an untracked T; ``cms.untracked(x)`` makes x untracked."""

    def __call__(self, parameter: Any) -> Any:
        if not isinstance(parameter, _ParameterTypeBase):
            raise TypeError(f"only parameters can be untracked, not {type(parameter).__name__}: {parameter!r}")
        parameter.setIsTracked(False)
        return parameter

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        type_ = _type_named(name, "cms.untracked")

        def make(*args: Any, **kwargs: Any) -> Any:
            return self(type_(*args, **kwargs))

        return make


untracked = _Untracked()
