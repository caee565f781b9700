"""What ``process.MessageLogger`` says: destinations, limits, statistics.

Reads the configuration of CMSSW since 11_3 (``cerr``, ``cout``, ``files``) and the older one with lists of
``destinations``, ``statistics`` and ``categories``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import Configuration
from ..near_names import did_you_mean
from .message_logger import MessageLogger
from .messages import ERROR, FWKINFO, INFO, SEVERITIES, UNLIMITED, WARNING, Destination, Limits, Statistics

if TYPE_CHECKING:
    from ..config.description import ModuleDescription, Parameter

_CATEGORY = {"limit": "int32", "reportEvery": "int32", "timespan": "int32", "optionalPSet": "bool"}
_LINES = {"lineLength": "int32", "noLineBreaks": "bool", "noTimeStamps": "bool"}
_DESTINATION = {
    "enable": "bool", "enableStatistics": "bool", "resetStatistics": "bool", "statisticsThreshold": "string",
    "threshold": "string", "output": "string", "filename": "string", "extension": "string", "placeholder": "bool",
    "optionalPSet": "bool", "reset": "bool", **_LINES,
}  # fmt: skip
_DEFAULT = {**_CATEGORY, **_LINES, "statisticsThreshold": "string", "threshold": "string"}
_SUPPRESSION = {"suppressDebug": 0, "suppressInfo": INFO, "suppressFwkInfo": FWKINFO, "suppressWarning": WARNING,
                "suppressError": ERROR}  # fmt: skip
_LOGGER = {
    "debugModules": "vstring", "destinations": "vstring", "statistics": "vstring", "categories": "vstring",
    "fwkJobReports": "vstring", "messageIDs": "vstring", "threshold": "string", "messageSummaryToJobReport": "bool",
    "waiting_threshold": "uint32", "generate_preconfiguration_message": "string",
    **dict.fromkeys(_SUPPRESSION, "vstring"),
}  # fmt: skip
_OLD = {"destinations", "statistics", "categories"}

Settings = Mapping[str, Any]


def read_configuration(service: ModuleDescription | None) -> MessageLogger:
    """The logger of a process with this service; the usual one if it has none.

    Raises
    ------
    Configuration
        An unknown or ill-typed parameter, an unknown threshold, two destinations with one file.
    FileWriteError
        A log file can't be written.
    """
    given = {} if service is None else _settings(service)
    destinations: dict[str, Destination] = {}
    statistics: list[Statistics] = []
    old = "files" not in given and not _OLD.isdisjoint(given)
    for name, settings in _old_destinations(given) if old else _destinations(given):
        if name in destinations:
            raise Configuration(
                f"Two destinations of the MessageLogger both write {name!r}; give one of them another filename"
            )
        destinations[name] = _destination(name, settings, given)
        if settings.get("enableStatistics"):
            statistics.append(_statistics(destinations[name], settings, given))
    if old:
        statistics += _old_statistics(given, destinations)
    suppressed = {label: level for name, level in _SUPPRESSION.items() for label in given.get(name, ())}
    return MessageLogger(list(destinations.values()), statistics, suppressed, given.get("debugModules", ()))


# ---- reading the parameters


def _settings(service: ModuleDescription) -> dict[str, Any]:
    """The service's parameters as plain values, once their names and types are checked."""
    from ..plugins.validation import plain

    where = f"the MessageLogger ({service.file}, line {service.line})" if service.file else "the MessageLogger"
    _check(service.parameters, _LOGGER, where, "")
    for name, parameter in service.parameters.items():
        if name == "files" and parameter.type == "PSet":
            for file, settings in parameter.value.items():
                _check({file: settings}, {}, where, "files.")
                _check_destination(settings.value, _DESTINATION, where, f"files.{file}.")
        elif parameter.type == "PSet":
            known = _DEFAULT if name == "default" else _DESTINATION | _CATEGORY
            _check_destination(parameter.value, known, where, f"{name}.")
    return {name: plain(parameter) for name, parameter in service.parameters.items()}


def _check_destination(parameters: Mapping[str, Parameter], known: Mapping[str, str], where: str, prefix: str) -> None:
    """Check the parameters of a destination, and of the categories in it."""
    _check(parameters, known, where, prefix)
    for name, parameter in parameters.items():
        if parameter.type == "PSet":
            _check(parameter.value, _CATEGORY | {"placeholder": "bool"}, where, f"{prefix}{name}.")


def _check(parameters: Mapping[str, Parameter], known: Mapping[str, str], where: str, prefix: str) -> None:
    """Refuse what is neither known nor a parameter set, which would be a category or a destination."""
    for name, parameter in parameters.items():
        if parameter.type == "PSet" and name not in known:
            continue
        if name not in known:
            hint = did_you_mean(name, known, "Only parameter sets may have names of their own.")
            raise Configuration(f"Illegal parameter {prefix + name!r} (type {parameter.type}) in {where}. {hint}")
        if parameter.type != known[name] or parameter.tracked:
            given = ("" if parameter.tracked else "untracked.") + parameter.type
            raise Configuration(
                f"The parameter {prefix + name!r} of {where} is given as cms.{given}; "
                f"write cms.untracked.{known[name]}(...)."
            )


# ---- destinations


def _destinations(given: Settings) -> Iterator[tuple[str, Settings]]:
    """Names and settings of the destinations."""
    cerr = _cerr_defaults() | given.get("cerr", {})
    if cerr["enable"]:
        yield "cerr", cerr
    cout = given.get("cout", {})
    if cout.get("enable", False):
        yield "cout", cout
    for name, settings in given.get("files", {}).items():
        yield _file_name(name, settings), settings


def _cerr_defaults() -> dict[str, Any]:
    """What holds for standard error where a configuration does not say otherwise."""
    return {
        "enable": True,
        "INFO": {"limit": 0},
        "FwkReport": {"limit": UNLIMITED, "reportEvery": 1},
        "FwkSummary": {"limit": UNLIMITED, "reportEvery": 1},
        "Root_NoDictionary": {"limit": 0},
        "statisticsThreshold": "WARNING",
    }


def _old_destinations(given: Settings) -> Iterator[tuple[str, Settings]]:
    for name in given.get("destinations", ()) or ["cerr"]:
        settings = given.get(name, {})
        if not settings.get("placeholder"):
            yield _file_name(name, settings), settings


def _file_name(name: str, settings: Settings) -> str:
    """The destination's file; ``cerr`` and ``cout`` are themselves."""
    file = settings.get("filename") or settings.get("output") or name
    extension = settings.get("extension", "")
    if extension:
        file += extension if extension.startswith(".") else f".{extension}"
    return file if file in ("cerr", "cout") or "." in file else f"{file}.log"


def _destination(name: str, settings: Settings, given: Settings) -> Destination:
    common: Settings = given.get("default", {})
    default = Limits.of(settings.get("default", {})).or_else(Limits.of(common))
    psets = {key for part in (settings, common) for key, value in part.items() if isinstance(value, Mapping)}
    psets |= {key for key, value in given.items() if isinstance(value, Mapping) and key in _categories(given)}
    severities, categories = {}, {}
    for key in psets - {"default"}:
        limits = Limits.of(settings.get(key, {})).or_else(Limits.of(common.get(key, {})))
        if key in SEVERITIES:
            severities[SEVERITIES[key]] = limits
        else:  # a category that is named takes the default rather than the severity's limit
            own = given.get(key, {}) if key in _categories(given) else {}
            categories[key] = limits.or_else(Limits.of(own)).or_else(default)
            if categories[key].limit is None:
                categories[key] = Limits(UNLIMITED).or_else(categories[key])
    no_breaks = settings.get("noLineBreaks", common.get("noLineBreaks", False))
    line_length = 32000 if no_breaks else int(settings.get("lineLength", common.get("lineLength", 80)))
    no_stamps = settings.get("noTimeStamps", common.get("noTimeStamps", False))
    threshold = _threshold(settings.get("threshold") or given.get("threshold") or common.get("threshold") or "INFO")
    return Destination(name, threshold, default, severities, categories, line_length, not no_stamps)


def _categories(given: Settings) -> set[str]:
    """The categories that are set for all destinations, beside these."""
    places = {"cerr", "cout", "files", "default", *given.get("destinations", ()), *given.get("statistics", ())}
    return {key for key, value in given.items() if isinstance(value, Mapping)} - places


def _threshold(name: str) -> int:
    if name not in SEVERITIES:
        raise Configuration(f"The MessageLogger has no threshold {name!r}. {did_you_mean(name, SEVERITIES)}")
    return SEVERITIES[name]


# ---- statistics


def _statistics(destination: Destination, settings: Settings, given: Settings) -> Statistics:
    common = given.get("default", {})
    name = settings.get("statisticsThreshold") or settings.get("threshold") or common.get("threshold") or "INFO"
    reset = bool(settings.get("resetStatistics") or settings.get("reset"))
    return Statistics(destination.write, _threshold(name), reset)


def _old_statistics(given: Settings, destinations: dict[str, Destination]) -> Iterator[Statistics]:
    """The destinations of statistics, which may be files of their own."""
    for name in given.get("statistics", ()):
        settings = given.get(name, {})
        if settings.get("placeholder"):
            continue
        file = _file_name(name, settings)
        if file not in destinations:  # nothing but statistics goes there
            destinations[file] = Destination(file, threshold=max(SEVERITIES.values()) + 1)
        yield _statistics(destinations[file], settings, given)
