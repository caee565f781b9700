"""What the commands of the studies do, and the files that they leave.

A study's folder has ``working_points.json`` (a menu's file with the derived seed, that without tagger, and all points
of the contour), ``rates.json`` and ``efficiencies.json``, and plots beside them, each with its numbers.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from pyrun.framework.errors import Configuration, FileWriteError
from pyrun.framework.resources import file_in_path

from . import drawing
from .counting import efficiency, rate
from .definitions import Study
from .deriving import best, contour, plain
from .samples import CROSSINGS, Sample, files, read
from .seeds import Seed, accepted

WORKING_POINTS, RATES, EFFICIENCIES = "working_points.json", "rates.json", "efficiencies.json"
MENU = "data/l1_working_points.json"
WITHOUT_TAGGER = "without tagger"


@attrs.frozen(slots=False)
class Job:
    """A study with its samples.

    Attributes
    ----------
    study : Study
    samples : Path
        Folder with files of cfg/l1_candidates_cfg.py.
    model : str
        For L1TSC4NGJetProducer.
    output : Path
        The study's folder.
    limit : int
        Events of each sample, all if negative.
    """

    study: Study
    samples: Path
    model: str
    output: Path
    limit: int = -1

    @functools.cached_property
    def crossings(self) -> list[Sample]:
        """Weighted bunch crossings."""
        return [self._read(process) for process in CROSSINGS]

    @functools.cached_property
    def signal(self) -> Sample:
        return self._read(self.study.signal, with_truth=True)

    def _read(self, process: str, with_truth: bool = False) -> Sample:
        return read(files(self.samples, process), process, self.model, self.limit, with_truth)

    def seeds(self) -> dict[str, Seed]:
        """The derived seed, that without tagger, and existing ones.

        Raises
        ------
        Configuration
            Nothing has been derived.
        """
        path = self.output / WORKING_POINTS
        if not path.exists():
            raise Configuration(f"There is no {path}: run `pytagger {self.study.name} --derive-wps` first.")
        derived = json.loads(path.read_text())["seeds"]
        known = existing()
        return {**derived, **{name: known[name] for name in self.study.existing}}


def existing() -> dict[str, Seed]:
    """The seeds of the menu's file."""
    found: dict[str, Seed] = json.loads(Path(file_in_path(MENU)).read_text())["seeds"]
    return found


def derive(job: Job) -> dict[str, Any]:
    """Find thresholds at the target rate; returns what is written to working_points.json."""
    study = job.study
    points = list(contour(study, job.crossings, job.signal))
    chosen, without = best(points, study), plain(study, job.crossings, job.signal)
    seeds = {
        study.seed: {"origin": f"derived at {study.target / 1e3:g} kHz", "conditions": chosen.conditions},
        WITHOUT_TAGGER: {"origin": f"derived at {study.target / 1e3:g} kHz", "conditions": without.conditions},
    }
    result = {
        "study": study.name,
        "model": job.model,
        "target_rate": study.target,
        "events": {sample.process: len(sample) for sample in [*job.crossings, job.signal]},
        "seeds": seeds,
        "best": chosen.as_dict(),
        "without_tagger": without.as_dict(),
        "contour": [point.as_dict() for point in points],
    }
    _write(job.output / WORKING_POINTS, result)
    drawing.contour(study, points, chosen, without, job.output / "thresholds")
    return result


def background_rates(job: Job) -> dict[str, Any]:
    """Rates of the derived and the existing seeds, and against the threshold of HT or pt."""
    study, menu = job.study, existing()
    seeds = job.seeds()
    rates = {
        name: rate([accepted(seed, sample, menu) for sample in job.crossings], job.crossings)._asdict()
        for name, seed in seeds.items()
    }
    chosen = json.loads((job.output / WORKING_POINTS).read_text())["best"]["thresholds"]
    scanned = next(iter(study.grid))
    values = study.plain_cuts[study.plain_cuts <= 1.5 * max(study.grid[scanned])][:: 10 if scanned == "HT" else 4]
    curves = {
        study.seed: [study.conditions({**chosen, scanned: float(value)}) for value in values],
        WITHOUT_TAGGER: [study.plain(float(value)) for value in values],
    }
    curve = {
        name: np.array([_rate(conditions, job.crossings) for conditions in steps]) for name, steps in curves.items()
    }
    result = {"study": study.name, "rates": rates, "threshold": values.tolist()}
    result |= {"curves": {name: points.tolist() for name, points in curve.items()}}
    _write(job.output / RATES, result)
    drawing.rates(study, scanned, values, curve, job.output / "rate_curve")
    return result


def _rate(conditions: list[dict[str, Any]], crossings: list[Sample]) -> tuple[float, float, float]:
    return rate([accepted({"conditions": conditions}, sample) for sample in crossings], crossings)


def efficiencies(job: Job) -> dict[str, Any]:
    """Efficiencies of the signal: in all, and against what was generated."""
    study, signal, menu = job.study, job.signal, existing()
    passed = {name: accepted(seed, signal, menu) for name, seed in job.seeds().items()}
    result: dict[str, Any] = {
        "study": study.name,
        "signal": study.signal,
        "events": len(signal),
        "efficiencies": {name: efficiency(mask, signal.weights)._asdict() for name, mask in passed.items()},
        "against": {},
    }
    for variable in study.variables:
        regions = {"": np.ones(len(signal), dtype=bool)}
        if study.name == "single-tau":
            barrel = np.abs(signal.truth["tau_eta"]) < 1.5
            regions = {"_barrel": barrel, "_endcap": ~barrel}
        for region, inside in regions.items():
            bins = np.where(inside, np.digitize(signal.truth[variable.name], variable.edges), 0)
            rows = {
                name: [efficiency(mask[bins == k], signal.weights[bins == k]) for k in range(1, len(variable.edges))]
                for name, mask in passed.items()
            }
            result["against"][variable.name + region] = {"edges": variable.edges, **rows}
            drawing.efficiencies(study, variable, region, rows, job.output / f"efficiency_{variable.name}{region}")
    _write(job.output / EFFICIENCIES, result)
    return result


def _write(path: Path, content: Mapping[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{path.name}.tmp")
        scratch.write_text(json.dumps(content, indent=1) + "\n")
        os.replace(scratch, path)
    except OSError as error:
        raise FileWriteError(f"{path} can't be written: {error.strerror or error}") from error
