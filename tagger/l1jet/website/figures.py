"""The few numbers of a run that people ask for first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import attrs

from .content import Run, title

Better = Literal["more", "less", ""]

#: Words in the names of a firmware report's entries, what that figure is called, its unit and which way is better.
FIRMWARE: tuple[tuple[tuple[str, ...], str, str, Better], ...] = (
    (("latency_ns",), "Latency", "ns", "less"),
    (("latency_cycles", "stages"), "Latency", "clock cycles", "less"),
    (("initiation_interval", "ii"), "Initiation interval", "clock cycles", "less"),
    (("luts", "lut"), "LUTs", "", "less"),
    (("ffs", "ff", "flip_flops"), "Flip-flops", "", "less"),
    (("dsps", "dsp"), "DSPs", "", "less"),
    (("brams", "bram"), "Block RAMs", "", "less"),
    (("differing_bits", "differing"), "Differing bits", "", "less"),
)


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
            return f"{self.value:.{digits(self.error)}f} ± {self.error:.{digits(self.error)}f}"
        whole = float(self.value).is_integer() or abs(self.value) >= 10_000
        number = f"{self.value:,.0f}" if whole else f"{self.value:.4g}"
        return number.replace(",", "\N{THIN SPACE}") + (f" {self.unit}" if self.unit else "")

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
    return [*_areas(run), *_model(run), *_firmware(run)]


def _areas(run: Run) -> Iterator[Figure]:
    summary = next((x.numbers for x in run.plots if x.name == "auc" and x.group.endswith("summary")), None)
    entries = summary.get("auc") if isinstance(summary, dict) else None
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        if isinstance(entry, dict) and isinstance(entry.get("auc"), int | float):
            yield Figure(
                f"auc_{name}",
                f"AUC {title(name, capital=False)}",
                entry["auc"],
                entry.get("uncertainty"),
                entry.get("required"),
                better="more",
            )


def _model(run: Run) -> Iterator[Figure]:
    if run.metadata.get("quantized", True) and _is_number(run.metadata.get("ebops")):
        yield Figure("ebops", "EBOPs", run.metadata["ebops"], better="less")


def _firmware(run: Run) -> Iterator[Figure]:
    """The first entry of a known name in each report, the shallowest first."""
    for report, content in run.reports.items():
        known: set[str] = set()
        for name, value in _numbers(content):
            for words, label, unit, better in FIRMWARE:
                if name.lower() in words and label not in known:
                    known.add(label)
                    where = title(report.removesuffix(".json").replace("/", " "))
                    yield Figure(f"{report}:{label}", f"{label} ({where})", value, unit=unit, better=better)


def _numbers(content: Any) -> Iterator[tuple[str, float]]:
    if isinstance(content, dict):
        yield from ((name, value) for name, value in content.items() if _is_number(value))
        for value in content.values():
            yield from _numbers(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
