"""Intervals of validity without data."""

from __future__ import annotations

from ..errors import Configuration
from ..plugins import parameters as param
from ..plugins.registry import plugin
from .es_module import ESSource
from .iov import IntervalOfValidity, IOVSyncValue, since


@plugin
class EmptyESSource(ESSource):
    """Makes a record valid whose data come from ESProducers alone."""

    class Parameters(param.ParameterSet):
        recordName: str = param.string(doc="the record")
        iovIsRunNotTime: bool = param.bool(doc="whether firstValid are runs; otherwise they are times")
        firstValid: list[int] = param.vuint32(doc="where intervals begin; each ends where the next begins")

    def declare(self, p: Parameters) -> None:
        if not p.iovIsRunNotTime and len(p.firstValid) > 1:
            raise Configuration(
                "Events of pyrun have no time, so times can't tell the intervals in firstValid apart. Give runs, with "
                "iovIsRunNotTime = cms.bool(True), or a single time, which is taken for the beginning of time."
            )
        self.findingRecord(p.recordName)
        runs = sorted(set(p.firstValid))
        self.starts = [IOVSyncValue(run if p.iovIsRunNotTime else 1) for run in runs]

    def setIntervalFor(self, record: str, sync: IOVSyncValue) -> IntervalOfValidity | None:
        found = since(self.starts, sync)
        return None if found is None else found[1]
