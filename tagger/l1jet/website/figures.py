"""The few numbers of a run that people ask for first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import attrs

from .content import Run, title

Better = Literal["more", "less", ""]

#: What the synthesis counts, and how it is called.
RESOURCES = {"lut": "LUTs", "ff": "Flip-flops", "dsp": "DSPs", "bram18": "Block RAMs (18 kb)"}


@attrs.frozen
class Figure:
    """A number with a name.

    Attributes
    ----------
    key : str
        The same for the same figure of all runs.
    label, unit : str
    value : float
    error : float, optional
        One standard deviation.
    asked : float, optional
        What it should reach.
    better : {"more", "less", ""}
        Which direction is.
    """

    key: str
    label: str
    value: float
    error: float | None = None
    asked: float | None = None
    unit: str = ""
    better: Better = ""

    @property
    def text(self) -> str:
        """As many digits as the uncertainty has two of."""
        if self.error:
            n = digits(self.error)
            return f"{self.value:.{n}f} ± {self.error:.{n}f}" + (f" {self.unit}" if self.unit else "")
        whole = float(self.value).is_integer() or abs(self.value) >= 10_000
        number = f"{self.value:,.0f}" if whole else f"{self.value:.4g}"
        unit = self.unit.removesuffix("s") if self.value == 1 and self.unit.endswith("cycles") else self.unit
        return number.replace(",", "\N{THIN SPACE}") + (f" {unit}" if unit else "")

    @property
    def short(self) -> bool:
        """Whether it falls short of what is asked for."""
        return self.asked is not None and self.value < self.asked


def digits(error: float) -> int:
    """Decimals that show two digits of an uncertainty.

    >>> digits(0.0023), digits(1.4)
    (4, 1)
    """
    return max(0, -int(f"{error:.1e}".split("e")[1]) + 1)


def figures(run: Run) -> list[Figure]:
    """Of a run, those that it has."""
    return [*_areas(run), *_studies(run), *_model(run), *_firmware(run)]


def _areas(run: Run) -> Iterator[Figure]:
    summary = next((x.numbers for x in run.plots if x.name == "auc" and x.group.endswith("summary")), None)
    models = _dict(_dict(summary).get("models"))
    first = _dict(next(iter(models.values()), None))  # the run's own; others are those that it is compared with
    for name, entry in _dict(first.get("auc")).items():
        if isinstance(entry, dict) and isinstance(entry.get("auc"), int | float):
            yield Figure(
                f"auc_{name}",
                f"AUC {title(name, capital=False)}",
                entry["auc"],
                entry.get("uncertainty"),
                entry.get("required"),
                better="more",
            )


def _studies(run: Run) -> Iterator[Figure]:
    """Efficiency of each study's signal at its rate, with the tagger and without."""
    for name, content in run.studies.items():
        if not name.endswith("working_points.json"):
            continue
        study, rate = name.split("/")[0], _dict(content).get("target_rate")
        at = f" at {rate / 1e3:g} kHz" if _is_number(rate) else ""
        for key, words in (("best", ""), ("without_tagger", ", without tagger")):
            found = _dict(_dict(_dict(content).get(key)).get("efficiency"))
            value, low, high = (found.get(x) for x in ("value", "low", "high"))
            if _is_number(value) and _is_number(low) and _is_number(high):
                label = f"Efficiency {title(study, capital=False)}{at}{words}"
                yield Figure(f"{key}_{study}", label, 100 * value, 50 * (high - low), unit="%", better="more")


def _model(run: Run) -> Iterator[Figure]:
    if run.metadata.get("quantized", True) and _is_number(run.metadata.get("ebops")):
        yield Figure("ebops", "EBOPs", run.metadata["ebops"], better="less")


def _firmware(run: Run) -> Iterator[Figure]:
    """What `pytagger firmware` has found: latency, resources (estimates if nothing was synthesised), differing bits."""
    made, synthesis, emulation = (
        _dict(run.reports.get(f"{name}.json")) for name in ("metadata", "synthesis", "emulation")
    )
    verilog, total = _dict(made.get("verilog")), _dict(synthesis.get("total"))
    for row in synthesis["latency"][:1] if isinstance(synthesis.get("latency"), list) else ():
        if _is_number(_dict(row).get("latency_ns")):
            yield Figure("latency", "Latency", row["latency_ns"], unit="ns", better="less")
    yield from _number("cycles", "Latency", verilog.get("latency_cycles"), "clock cycles")
    yield from _number("interval", "Initiation interval", verilog.get("initiation_interval"), "clock cycles")
    for kind, label in RESOURCES.items():
        if _is_number(total.get(kind)):
            yield from _number(kind, label, total[kind])
        else:
            yield from _number(kind, f"{label}, da4ml's estimate", verilog.get(f"estimated_{kind}"))
    for when in ("before_softmax", "after_softmax"):
        found = {name: x.get("differing_bits") for name, x in _dict(emulation.get(when)).items() if isinstance(x, dict)}
        counted = {name: bits for name, bits in found.items() if _is_number(bits)}
        if counted:
            label = f"Differing bits {when.replace('_', ' ')}: {', '.join(counted)}"
            yield Figure(f"bits_{when}", label, sum(counted.values()), better="less")


def _number(key: str, label: str, value: Any, unit: str = "") -> Iterator[Figure]:
    if _is_number(value):
        yield Figure(key, label, value, unit=unit, better="less")


def _dict(value: Any) -> dict[str, Any]:
    """It, if it is one: reports may be of any version."""
    return value if isinstance(value, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
