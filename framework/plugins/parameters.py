"""Declaring a module's parameters, once, as an attrs class.

From a declaration come the validation of configurations, the generated ``_cfi`` file and ``edmPluginHelp``.

Examples
--------
>>> from pyrun.framework.plugins import parameters as param
>>> class Parameters(param.ParameterSet):
...     src: param.InputTag = param.inputTag("particleFlow", doc="candidates to cluster")
...     jetPtMin: float = param.double(5.0, doc="smallest jet pt kept (GeV)")
...     debug: bool = param.untracked.bool(False, doc="print each jet")
>>> Parameters(jetPtMin=10.0).jetPtMin
10.0
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from typing import Any, dataclass_transform

import attrs

from ..event.branch import InputTag
from ..event.ranges import EventID, EventRange, LuminosityBlockID, LuminosityBlockRange
from ..eventsetup.tokens import ESInputTag

__all__ = [
    "PARSED",
    "ESInputTag",
    "EventID",
    "EventRange",
    "InputTag",
    "LuminosityBlockID",
    "LuminosityBlockRange",
    "ParameterInfo",
    "ParameterSet",
    "parameter_infos",
    "untracked",
]

PARSED: Mapping[str, builtins.type[Any]] = {
    cls.__name__: cls for cls in (InputTag, ESInputTag, EventID, EventRange, LuminosityBlockID, LuminosityBlockRange)
}
"""Types whose values are written as text, which their ``parse`` reads; with a V in front, lists of them."""


@attrs.frozen
class ParameterInfo:
    """What is declared of one parameter, beside its Python default."""

    type: str  # the configuration language's name of the type: "int32", "vstring", "PSet" ...
    doc: str
    tracked: bool = True
    optional: bool = False
    nested: builtins.type[ParameterSet] | None = None  # of a PSet, and of each entry of a VPSet


@dataclass_transform(kw_only_default=True, frozen_default=True)
class ParameterSet:
    """Base of every declaration; a subclass is a frozen, keyword-only attrs class.

    A class with ``allow_any = True`` takes entries it does not declare; they arrive in `extra`
    as plain values by name (what CMSSW calls a wildcard description).
    """

    allow_any = False
    extra: Mapping[str, Any] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        attrs.define(cls, frozen=True, kw_only=True, slots=False, auto_attribs=True)


def parameter_infos(parameters: type[ParameterSet]) -> Iterator[tuple[str, ParameterInfo, Any]]:
    """Yield name, declaration and default (`attrs.NOTHING` if required) of each parameter."""
    if not attrs.has(parameters):
        return
    for field in attrs.fields(parameters):
        default = field.default
        if hasattr(default, "factory"):
            default = default.factory()
        yield field.name, field.metadata["parameter"], default


class _Declarations:
    """One method per type of the configuration language, each returning an attrs field."""

    def __init__(self, *, tracked: builtins.bool) -> None:
        self._tracked = tracked

    def _field(self, type_: str, default: Any, doc: str, **info: Any) -> Any:
        metadata = {"parameter": ParameterInfo(type_, doc, self._tracked, default is None, **info)}
        if isinstance(default, (list, dict)):
            return attrs.field(factory=lambda: type(default)(default), metadata=metadata)
        return attrs.field(default=default, metadata=metadata)

    def _parsed(self, type_: str, default: Any, doc: str) -> Any:
        return self._field(type_, PARSED[type_].parse(default) if isinstance(default, str) else default, doc)

    def _parsed_list(self, type_: str, default: Any, doc: str) -> Any:
        if isinstance(default, (list, tuple)):
            default = [PARSED[type_].parse(item) if isinstance(item, str) else item for item in default]
        return self._field("V" + type_, default, doc)

    def int32(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("int32", default, doc)

    def uint32(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("uint32", default, doc)

    def int64(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("int64", default, doc)

    def uint64(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("uint64", default, doc)

    def double(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("double", default, doc)

    def bool(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("bool", default, doc)

    def string(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("string", default, doc)

    def vint32(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("vint32", default, doc)

    def vuint32(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("vuint32", default, doc)

    def vdouble(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("vdouble", default, doc)

    def vstring(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._field("vstring", default, doc)

    def inputTag(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        """An `InputTag`; the default may be written ``"label:instance:process"``."""
        return self._parsed("InputTag", default, doc)

    def vInputTag(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._parsed_list("InputTag", default, doc)

    def esInputTag(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        """An `ESInputTag`, for ``esConsumes(..., tag=...)``; the default may be written ``"module:label"``."""
        return self._parsed("ESInputTag", default, doc)

    def eventID(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        """An `EventID`, written ``"run:lumi:event"`` or ``"run:event"``; so are the three below, with their ranges."""
        return self._parsed("EventID", default, doc)

    def luminosityBlockID(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._parsed("LuminosityBlockID", default, doc)

    def eventRange(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._parsed("EventRange", default, doc)

    def luminosityBlockRange(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._parsed("LuminosityBlockRange", default, doc)

    def vEventID(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._parsed_list("EventID", default, doc)

    def vLuminosityBlockID(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._parsed_list("LuminosityBlockID", default, doc)

    def vEventRange(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._parsed_list("EventRange", default, doc)

    def vLuminosityBlockRange(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        return self._parsed_list("LuminosityBlockRange", default, doc)

    def fileInPath(self, default: Any = attrs.NOTHING, *, doc: str) -> Any:
        """The name of a file on the search path, given as in a configuration; see `resources.file_in_path`."""
        return self._field("FileInPath", default, doc)

    def pset(self, nested: type[ParameterSet], *, doc: str, required: builtins.bool = False) -> Any:
        """A nested parameter set, declared by the class `nested`."""
        metadata = {"parameter": ParameterInfo("PSet", doc, self._tracked, False, nested)}
        if required:
            return attrs.field(metadata=metadata)
        return attrs.field(factory=nested, metadata=metadata)

    def vpset(self, nested: type[ParameterSet], *, doc: str) -> Any:
        """A list of parameter sets, each declared by the class `nested`; empty by default."""
        return attrs.field(
            factory=list, metadata={"parameter": ParameterInfo("VPSet", doc, self._tracked, False, nested)}
        )


_tracked = _Declarations(tracked=True)
untracked = _Declarations(tracked=False)

int32, uint32, int64, uint64 = _tracked.int32, _tracked.uint32, _tracked.int64, _tracked.uint64
double, bool, string = _tracked.double, _tracked.bool, _tracked.string
vint32, vuint32, vdouble, vstring = _tracked.vint32, _tracked.vuint32, _tracked.vdouble, _tracked.vstring
inputTag, vInputTag, fileInPath = _tracked.inputTag, _tracked.vInputTag, _tracked.fileInPath
esInputTag = _tracked.esInputTag
pset, vpset = _tracked.pset, _tracked.vpset
eventID, luminosityBlockID = _tracked.eventID, _tracked.luminosityBlockID
eventRange, luminosityBlockRange = _tracked.eventRange, _tracked.luminosityBlockRange
vEventID, vLuminosityBlockID = _tracked.vEventID, _tracked.vLuminosityBlockID
vEventRange, vLuminosityBlockRange = _tracked.vEventRange, _tracked.vLuminosityBlockRange
