"""Conditions from a JSON file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import attrs

from ..errors import Configuration
from ..plugins import parameters as param
from ..plugins.registry import plugin
from ..resources import file_in_path
from .es_module import ESSource
from .iov import IntervalOfValidity, IOVSyncValue, since
from .record import RecordView
from .tokens import DataKey

_KNOWN = {"record", "type", "label", "iovs"}


@attrs.frozen
class _Tag:
    """One kind of data: where its payloads begin, and the payloads."""

    starts: list[IOVSyncValue]
    payloads: list[Any]

    def at(self, sync: IOVSyncValue) -> tuple[Any, IntervalOfValidity] | None:
        """The payload at a moment and its interval; None if there is none then."""
        found = since(self.starts, sync)
        if found is None or self.payloads[found[0]] is None:
            return None
        return self.payloads[found[0]], found[1]


@plugin
class JSONConditionsESSource(ESSource):
    """Delivers what a JSON file holds, as the dicts, lists and numbers that it is written in.

    The file has a list of tags. Each holds the data of one type and label of one record, and says since when each
    payload is valid: since a run, ``"382000"``, or a luminosity block, ``"382000:15"``, until the next one begins. A
    payload ``null`` ends the validity of the one before. A record is valid where all its tags are::

        {"tags": [{"record": "BTagCalibrationRcd", "type": "BTagWorkingPoints", "label": "ParT",
                   "iovs": [{"since": "1", "payload": {"loose": 0.05}},
                            {"since": "382000:15", "payload": {"loose": 0.06}}]}]}
    """

    class Parameters(param.ParameterSet):
        fileName: str = param.fileInPath(doc="the JSON file")

    def declare(self, p: Parameters) -> None:
        path = file_in_path(p.fileName)
        self._tags: dict[str, list[_Tag]] = {}
        for place, entry in enumerate(_read(path)):
            where = f"tags[{place}] of {path}"
            tag = _tag(entry, where)
            record, key = _text(entry, "record", where), DataKey(_text(entry, "type", where), entry.get("label", ""))
            if any((product.record, product.key) == (record, key) for product in self.produced):
                raise Configuration(f"{where} has {key} of record {record} again")
            self.findingRecord(record)
            self._tags.setdefault(record, []).append(tag)
            self.setWhatProduced(_payload_of(tag), key.type, record, key.label)

    def setIntervalFor(self, record: str, sync: IOVSyncValue) -> IntervalOfValidity | None:
        found = [tag.at(sync) for tag in self._tags[record]]
        intervals = [one[1] for one in found if one is not None]
        return reduce(IntervalOfValidity.intersection, intervals) if len(intervals) == len(found) else None


def _payload_of(tag: _Tag) -> Callable[[RecordView], Any]:
    def payload(record: RecordView) -> Any:
        found = tag.at(record.validityInterval.first)
        return None if found is None else found[0]

    return payload


def _read(path: Path) -> list[Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Configuration(f"The conditions in {path} can't be read: {error}") from error
    tags = content.get("tags") if isinstance(content, dict) else None
    if not isinstance(tags, list):
        raise Configuration(f'{path} must hold {{"tags": [...]}}, one entry for each record, type and label')
    return tags


def _tag(entry: Any, where: str) -> _Tag:
    if not isinstance(entry, dict) or not isinstance(entry.get("iovs"), list) or entry.keys() - _KNOWN:
        raise Configuration(f"{where} must have 'record', 'type', 'iovs' (a list), may have 'label', and nothing else")
    for place, iov in enumerate(entry["iovs"]):
        if not isinstance(iov, dict) or iov.keys() != {"since", "payload"}:
            raise Configuration(f"iovs[{place}] of {where} must have 'since' and 'payload', and nothing else")
    starts = [_moment(iov["since"], where) for iov in entry["iovs"]]
    if any(second <= first for first, second in zip(starts, starts[1:], strict=False)):
        raise Configuration(f"The intervals of {where} do not begin in ascending order: {', '.join(map(str, starts))}")
    return _Tag(starts, [iov["payload"] for iov in entry["iovs"]])


def _moment(text: Any, where: str) -> IOVSyncValue:
    """``"run"`` or ``"run:lumi"``."""
    match = re.fullmatch(r"(\d+)(?::(\d+))?", text) if isinstance(text, str) else None
    if match is None:
        raise Configuration(f'{text!r} in {where} is not a beginning of validity: "run" or "run:lumi"')
    return IOVSyncValue(*(int(number) for number in match.groups("0")))


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise Configuration(f"{where} must have {name!r}, a text")
    return value
