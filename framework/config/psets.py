"""PSet, VPSet and the template that describes what a PSet must hold."""

from __future__ import annotations

from typing import Any

from .base import PrintOptions, _ConfigureComponent, _Labelable
from .parameterizable import _Parameterizable, modify_parameters
from .parametertypes import _ParameterTypeBase, _ValidatingParameterListBase, like


class PSet(_Parameterizable, _ParameterTypeBase, _ConfigureComponent, _Labelable):
    """A set of named parameters: ``PSet(*others, name=value, ...)``."""

    _category = "psets"

    def __init__(self, /, *blocks: Any, **parameters: Any) -> None:
        self._setPosition()
        super().__init__(*blocks, **parameters)

    def value(self) -> PSet:
        return self

    def setValue(self, value: Any) -> None:
        modify_parameters(self, value, TypeError)

    @classmethod
    def _fromRaw(cls, value: Any) -> PSet:
        if not isinstance(value, dict):
            raise TypeError(f"a PSet is made from a dict, not from {type(value).__name__}: {value!r}")
        return cls(**value)

    def copy(self) -> PSet:
        return like(self, super().copy())

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return f"{self.pythonTypeName()}({self.dumpArguments([], options or PrintOptions())})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PSet):
            return NotImplemented
        return (
            sorted(self._names) == sorted(other._names)
            and self.isTracked() == other.isTracked()
            and all(type(self.__dict__[n]) is type(other.__dict__[n]) for n in self._names)
            and all(self.__dict__[name] == other.__dict__[name] for name in self._names)
        )

    def __hash__(self) -> int:
        return id(self)  # identity: a process and its visitors keep PSets in sets

    def __repr__(self) -> str:
        return self.dumpPython()

    def __str__(self) -> str:
        return self.dumpPython()


class PSetTemplate:
    """What a PSet must hold, as placeholders; calling it makes such a PSet."""

    def __init__(self, /, *blocks: Any, **parameters: Any) -> None:
        self._pset = PSet(*blocks, **parameters)

    def __call__(self, *blocks: Any, **changes: Any) -> PSet:
        """A new PSet by this template, changed like a clone."""
        return self._pset.clone(*blocks, **changes)

    def copy(self) -> PSetTemplate:
        return PSetTemplate(**self._pset.parameters_())

    def dumpArguments(self, options: PrintOptions) -> str:
        return self._pset.dumpArguments([], options)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return f"cms.PSetTemplate({self.dumpArguments(options or PrintOptions())})"


class VPSet(_ValidatingParameterListBase, _ConfigureComponent, _Labelable):
    """A list of PSets; with ``template=`` it also takes dicts, which it turns into PSets by the template."""

    _category = "vpsets"
    _perLine = 1

    def __init__(self, *psets: Any, template: PSetTemplate | None = None) -> None:
        if template is not None and not isinstance(template, PSetTemplate):
            raise TypeError(f"the template of a VPSet must be a cms.PSetTemplate, not {type(template).__name__}")
        self._template = template
        self._setPosition()
        super().__init__(*[template(**pset) if template and isinstance(pset, dict) else pset for pset in psets])

    @classmethod
    def _itemIsValid(cls, item: Any) -> bool:
        return isinstance(item, PSet)

    def _check(self, item: Any) -> Any:
        if isinstance(item, dict) and self._template is not None:
            return self._template(**item)
        return super()._check(item)

    @classmethod
    def _refuse_text(cls, items: Any) -> Any:
        if isinstance(items, PSet):
            raise TypeError("wrong type (PSet) for VPSet, a list of PSets is needed")
        return super()._refuse_text(items)

    def isModified(self) -> bool:
        return self._isModified or any(pset.isModified() for pset in self)

    def resetModified(self) -> None:
        self._isModified = False
        for pset in self:
            pset.resetModified()

    def copy(self) -> VPSet:
        return like(self, VPSet(*[pset.copy() for pset in self], template=self._template))

    def clone(self, *psets: Any, **changes: Any) -> VPSet:
        """A deep copy; given PSets take the place of the old ones."""
        if changes:
            raise TypeError("the clone of a VPSet takes PSets, no named parameters")
        return like(self, VPSet(*psets, template=self._template)) if psets else self.copy()

    def pythonValueForItem(self, item: Any, options: PrintOptions) -> str:
        return str(item.dumpPython(options))

    def _dumpItems(self, options: PrintOptions) -> str:
        if self._template is None and not self:
            return ""
        inner = options.deeper()
        items = [self.pythonValueForItem(item, inner) for item in self]
        if self._template is not None:
            items.append("template = " + self._template.dumpPython(inner))
        text = (",\n" + inner.indentation()).join(items)
        body = f"\n{inner.indentation()}{text}\n{options.indentation()}"
        return f"*( {body} )" if len(self) >= 256 and self._template is None else body

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)
