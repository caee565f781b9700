"""PSet, VPSet and the template that describes what a PSet must hold."""

from __future__ import annotations

from typing import Any

from .base import PrintOptions, _ConfigureComponent, _Labelable
from .changes import modify_parameters
from .parameterizable import _Parameterizable
from .parametertypes import _ParameterTypeBase, _ValidatingParameterListBase


class PSet(_Parameterizable, _ParameterTypeBase, _ConfigureComponent, _Labelable):
    """A set of named parameters: ``PSet(*others, name=value, ...)``."""

    _category = "psets"
    _subfolder = "psets"

    def __init__(self, /, *blocks: Any, **parameters: Any) -> None:
        self._setPosition()
        super().__init__(*blocks, **parameters)

    def value(self) -> PSet:
        return self

    def setValue(self, value: Any) -> None:
        modify_parameters(self, value, TypeError)

    def isRef_(self) -> bool:
        """Whether it stands for a PSet of the process."""
        return "refToPSet_" in self._names

    def clone(self, *blocks: Any, **changes: Any) -> PSet:
        if "allowAnyLabel_" in changes:
            raise AttributeError("allowAnyLabel_ can't be changed in a clone")
        if not all(isinstance(block, _Parameterizable) for block in blocks):
            raise TypeError(f"the clone of a PSet takes PSets and named parameters, not {blocks!r}")
        return super().clone(*blocks, **changes)

    @classmethod
    def _fromRaw(cls, value: Any) -> PSet:
        if not isinstance(value, dict):
            raise TypeError(f"a PSet is made from a dict, not from {type(value).__name__}: {value!r}")
        return cls(**value)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        return f"{self.pythonTypeName()}(\n{_Parameterizable.dumpPython(self, options)}{options.indentation()})"

    def configValue(self, options: PrintOptions | None = None) -> str:
        return self._configBlock("{ \n", options or PrintOptions())

    def insertInto(self, parameterSet: Any, name: str) -> None:
        inner = parameterSet.newPSet()
        self.insertContentsInto(inner)
        parameterSet.addPSet(self._tracked, name, inner)

    def insertContentsInto(self, parameterSet: Any) -> None:
        if self.isRef_():
            parameterSet.getTopPSet_(self.refToPSet_.value()).insertContentsInto(parameterSet)
        else:
            super().insertContentsInto(parameterSet)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PSet):
            return NotImplemented
        return (
            sorted(self._names) == sorted(other._names)
            and self._tracked == other._tracked
            and all(type(self.__dict__[n]) is type(other.__dict__[n]) for n in self._names)
            and all(self.__dict__[name] == other.__dict__[name] for name in self._names)
        )

    def __hash__(self) -> int:
        return id(self)  # identity: a process and its visitors keep PSets in sets

    def __repr__(self) -> str:
        return self.dumpPython()

    __str__ = __repr__


class PSetTemplate:
    """What a PSet must hold, as placeholders; calling it makes such a PSet."""

    def __init__(self, /, *blocks: Any, **parameters: Any) -> None:
        self._pset = PSet(*blocks, **parameters)

    def __call__(self, *blocks: Any, **changes: Any) -> PSet:
        """A new PSet by this template, changed like a clone."""
        return self._pset.clone(*blocks, **changes)

    def copy(self) -> PSetTemplate:
        return PSetTemplate(self._pset)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        return f"cms.PSetTemplate(\n{_Parameterizable.dumpPython(self._pset, options)}{options.indentation()})"


class VPSet(_ValidatingParameterListBase, _ConfigureComponent, _Labelable):
    """A list of PSets; with ``template=`` it also takes dicts, which it turns into PSets by the template."""

    _category = "vpsets"
    _subfolder = "psets"
    _perLine = 1
    _template: PSetTemplate | None = None

    def __init__(self, *psets: Any, template: PSetTemplate | None = None, **named: Any) -> None:
        if template is not None and not isinstance(template, PSetTemplate):
            raise TypeError(f"the template of a VPSet must be a cms.PSetTemplate, not {type(template).__name__}")
        self._template = template
        self._setPosition()
        super().__init__(*psets, **named)

    @classmethod
    def _unpacked(cls, items: tuple[Any, ...]) -> Any:
        return items if len(items) == 1 and isinstance(items[0], dict) else super()._unpacked(items)

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
        result = super().copy()
        list.__setitem__(result, slice(None), [type(pset).copy(pset) for pset in self])
        result.__dict__.pop("_label", None)
        return result

    def clone(self, *psets: Any, **changes: Any) -> VPSet:
        """A deep copy; given PSets take the place of the old ones."""
        if changes:
            raise TypeError("the clone of a VPSet takes PSets, no named parameters")
        result = self.copy()
        if psets:
            result[:] = VPSet(*psets, template=self._template)
        return result

    def configValueForItem(self, item: Any, options: PrintOptions) -> str:
        return str(item.configValue(options))

    def pythonValueForItem(self, item: Any, options: PrintOptions) -> str:
        return str(item.dumpPython(options))

    def _dumpItems(self, options: PrintOptions) -> str:
        if self._template is None:
            return super()._dumpItems(options)
        inner = options.deeper()
        items = [self.pythonValueForItem(item, inner) for item in self]
        items.append("template = " + self._template.dumpPython(inner))
        text = (",\n" + inner.indentation()).join(items)
        return f"\n{inner.indentation()}{text}\n{options.indentation()}"

    def _inserted(self, parameterSet: Any) -> Any:
        inserted = []
        for pset in self:
            inner = parameterSet.newPSet()
            pset.insertContentsInto(inner)
            inserted.append(inner)
        return inserted

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    __str__ = _ValidatingParameterListBase.__repr__
