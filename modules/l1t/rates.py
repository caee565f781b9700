"""Trigger rates and efficiencies from weighted counts, and their sums over samples.

    python -m pyrun.modules.l1t.rates qcd_1.json qcd_2.json minbias.json

adds up what jobs with L1TRateService have written: parts of one sample first, then the samples, whose events stand for
different bunch crossings.

Examples
--------
>>> table = RateTable("minbias", 1000, 1000.0, 1000.0, 1.0, {"L1_HT450": Counts(16, 16.0, 16.0)}, 31.04e6)
>>> table.rate("L1_HT450")
Estimate(value=496640.0, uncertainty=124160.0)
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import attrs

BUNCH_CROSSING_RATE = 2760 * 11246.0  # Hz: filled bunches times revolutions per second
ANY = "any seed"
_POISSON_LIMIT = -math.log(0.05)  # events expected of which none is seen with 5% probability


class Estimate(NamedTuple):
    """A number and its statistical standard deviation."""

    value: float
    uncertainty: float


@attrs.frozen
class Counts:
    """Events that a seed accepted.

    Attributes
    ----------
    events : int
    weight, weight2 : float
        Sums of their weights and squared weights.
    """

    events: int
    weight: float
    weight2: float

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.events + other.events, self.weight + other.weight, self.weight2 + other.weight2)


@attrs.frozen
class RateTable:
    """What the seeds of a menu accepted of one sample.

    Attributes
    ----------
    sample : str
    events : int
        All events of the sample, accepted or not.
    weight, weight2, largest : float
        Sums of their weights and of the squares, and the largest.
    seeds : mapping
        By name; under `ANY` the events that at least one seed accepted.
    bunch_crossing_rate : float
        Hz; 0 for samples that don't stand for bunch crossings, which have efficiencies only.
    """

    sample: str
    events: int
    weight: float
    weight2: float
    largest: float
    seeds: Mapping[str, Counts]
    bunch_crossing_rate: float = BUNCH_CROSSING_RATE

    def rate(self, seed: str) -> Estimate:
        """Rate in Hz: bunch crossings times the sum of weights of accepted events over the number of all events."""
        scale = self.bunch_crossing_rate / max(self.events, 1)
        counts = self.seeds[seed]
        return Estimate(scale * counts.weight, scale * math.sqrt(counts.weight2))

    def limit(self) -> float:
        """Rate in Hz that a seed without accepted events has at most, with 95% confidence.

        Three events of the largest weight: for equal weights the exact Poisson limit, else a cautious one.
        """
        return self.bunch_crossing_rate * _POISSON_LIMIT * self.largest / max(self.events, 1)

    def efficiency(self, seed: str) -> Estimate:
        """Accepted part of the sample's weight; its uncertainty is binomial, for weighted events."""
        if self.weight == 0.0:
            return Estimate(0.0, 0.0)
        counts = self.seeds[seed]
        part = counts.weight / self.weight
        variance = (1.0 - 2.0 * part) * counts.weight2 + part**2 * self.weight2
        return Estimate(part, math.sqrt(max(variance, 0.0)) / self.weight)

    def __add__(self, other: RateTable) -> RateTable:
        """More events of the same sample.

        Raises
        ------
        ValueError
            Sample, seeds or bunch-crossing rate differ.
        """
        mine, its = ((one.sample, list(one.seeds), one.bunch_crossing_rate) for one in (self, other))
        if mine != its:
            raise ValueError(f"These are different samples or menus: {mine} and {its}")
        return attrs.evolve(
            self,
            events=self.events + other.events,
            weight=self.weight + other.weight,
            weight2=self.weight2 + other.weight2,
            largest=max(self.largest, other.largest),
            seeds={name: counts + other.seeds[name] for name, counts in self.seeds.items()},
        )

    def as_dict(self) -> dict[str, Any]:
        """Numbers and texts only, with the results for readers."""
        whole = attrs.asdict(self)
        for name, counts in whole["seeds"].items():
            counts["efficiency"] = self.efficiency(name)
            if self.bunch_crossing_rate:
                counts["rate"] = self.rate(name)
        return whole

    @classmethod
    def from_dict(cls, whole: Mapping[str, Any]) -> RateTable:
        """The table that `as_dict` has described."""
        seeds = {name: Counts(one["events"], one["weight"], one["weight2"]) for name, one in whole["seeds"].items()}
        return cls(**{**whole, "seeds": seeds})

    def lines(self) -> list[str]:
        """The table as text: rates in kHz if there are any, efficiencies in percent."""
        title = f"---------- Seeds of sample {self.sample}: {self.events} events, sum of weights {self.weight:.6g}"
        lines = [title, f"{'Events':>10} {'Accepted (%)':>20} {'Rate (kHz)':>22} Name"]
        for name, counts in self.seeds.items():
            part = _percent(self.efficiency(name), _POISSON_LIMIT * self.largest / (self.weight or 1.0), counts.events)
            rate = _khz(self.rate(name), self.limit(), counts.events) if self.bunch_crossing_rate else "-"
            lines.append(f"{counts.events:10d} {part:>20} {rate:>22} {name}")
        return [f"L1RateReport {line}" for line in lines]


def total_rate(tables: Iterable[RateTable], seed: str) -> Estimate:
    """Rate in Hz of samples that stand for different bunch crossings, together."""
    rates = [table.rate(seed) for table in tables]
    return Estimate(
        math.fsum(rate.value for rate in rates), math.sqrt(math.fsum(rate.uncertainty**2 for rate in rates))
    )


def merged(tables: Iterable[RateTable]) -> list[RateTable]:
    """One table per sample, in the order in which they first occur."""
    found: dict[str, RateTable] = {}
    for table in tables:
        found[table.sample] = found[table.sample] + table if table.sample in found else table
    return list(found.values())


def read_tables(files: Iterable[str | Path]) -> list[RateTable]:
    """One table per sample from files of L1TRateService."""
    return merged(RateTable.from_dict(json.loads(Path(file).read_text())) for file in files)


def total_lines(tables: Sequence[RateTable]) -> list[str]:
    """The summed rates of several samples as text."""
    names = " + ".join(table.sample for table in tables)
    lines = [f"---------- Seeds of {names}", f"{'Rate (kHz)':>22} Name"]
    for seed in tables[0].seeds:
        seen = sum(table.seeds[seed].events for table in tables)
        limit = max(table.limit() for table in tables)
        lines.append(f"{_khz(total_rate(tables, seed), limit, seen):>22} {seed}")
    return [f"L1RateReport {line}" for line in lines]


def _percent(part: Estimate, limit: float, events: int) -> str:
    if not events:
        return f"< {100.0 * limit:.3g} (95%)"
    return f"{100.0 * part.value:.3f} +- {100.0 * part.uncertainty:.3f}"


def _khz(rate: Estimate, limit: float, events: int) -> str:
    if not events:
        return f"< {limit / 1e3:.4g} (95%)"
    value, error = rate.value / 1e3, rate.uncertainty / 1e3
    digits = max(0, 1 - math.floor(math.log10(error))) if error else 1  # two that count of the uncertainty
    return f"{value:.{digits}f} +- {error:.{digits}f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Adds up files of L1TRateService.")
    parser.add_argument("files", nargs="+", help="JSON files; those of one sample are parts of it")
    options = parser.parse_args(arguments)
    try:
        tables = read_tables(options.files)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        parser.error(f"These aren't files of L1TRateService with the same seeds: {problem}")
    if len({tuple(table.seeds) for table in tables}) > 1:
        parser.error("The samples have different seeds")
    lines = [line for table in tables for line in [*table.lines(), ""]]
    with_rates = [table for table in tables if table.bunch_crossing_rate]
    if len(with_rates) > 1:
        lines += total_lines(with_rates)
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
