"""The pool of interactions that pile-up is drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from pyrun.framework import errors

from .event_records import PARTICLE
from .records import Records, to_records

if TYPE_CHECKING:
    import awkward as ak

HARD_QCD = range(111, 130)  # Pythia's codes of hard QCD processes


@attrs.frozen(eq=False)
class Pool:
    """Interactions by rising pThat, each with the probability to be drawn.

    Attributes
    ----------
    particles : array of PARTICLE
    offsets : array of int, shape (n + 1,)
        Interaction i is ``particles[offsets[i]:offsets[i + 1]]``.
    pt_hat, weight : array, shape (n,), or None
        Of each interaction; None: they are all equal.
    codes : array of int, shape (n,), or None
        Pythia's process codes.
    cumulative : array, shape (n,), or None
        Probability to draw an interaction up to each, in the order of pThat; None: they are all equal.
    order : array of int, shape (n,), or None
        The interactions by rising pThat.
    """

    particles: Records
    offsets: npt.NDArray[np.int64]
    pt_hat: npt.NDArray[np.float32] | None = None
    weight: npt.NDArray[np.float64] | None = None
    codes: npt.NDArray[np.int32] | None = None
    cumulative: npt.NDArray[np.float64] | None = None
    order: npt.NDArray[np.int64] | None = None

    @classmethod
    def empty(cls) -> Pool:
        """A pool that is never drawn from, but for one interaction without particles."""
        return cls(np.empty(0, dtype=PARTICLE), np.zeros(2, dtype=np.int64))

    def with_hard_tail(self, pt_hat_min: float, hard_fraction: float) -> Pool:
        """The pool with its hard interactions replaced by weighted ones.

        Minimum-bias interactions above `pt_hat_min` are left out; hard QCD events above it, in proportion to their
        weights, make up `hard_fraction` of the draws. So the tail of the pThat spectrum has as many different events
        as were generated for it, and not the few that a pool of minimum bias holds.

        Raises
        ------
        Configuration
            If the pool lacks one of the two parts.
        """
        assert self.pt_hat is not None and self.weight is not None and self.codes is not None
        hard = np.isin(self.codes, HARD_QCD) & (self.pt_hat > pt_hat_min)
        soft = ~np.isin(self.codes, HARD_QCD) & (self.pt_hat <= pt_hat_min)
        if not hard.any() or not soft.any():
            raise errors.Configuration(
                f"MixingModule: the pool has {soft.sum()} soft and {hard.sum()} hard interactions, divided at pThat "
                f"{pt_hat_min:g} GeV; hardFraction asks for both (see l1_pool_cfg.py)"
            )
        probability = np.where(soft, (1.0 - hard_fraction) / soft.sum(), 0.0)
        probability[hard] = hard_fraction * self.weight[hard] / self.weight[hard].sum()
        order = np.argsort(self.pt_hat, kind="stable")
        order = order[probability[order] > 0.0]
        return attrs.evolve(self, order=order, cumulative=np.cumsum(probability[order]))

    def fraction_below(self, pt_hat: float) -> float:
        """Part of all interactions that is softer than `pt_hat` (GeV)."""
        if self.cumulative is None or np.isinf(pt_hat):
            return 1.0
        number = self._number_below(pt_hat)
        return float(self.cumulative[number - 1]) if number else 0.0

    def draw(self, rng: np.random.Generator, number: int, pt_hat: float = np.inf) -> npt.NDArray[np.int64]:
        """Indices of `number` interactions softer than `pt_hat`, drawn with replacement."""
        if self.cumulative is None or self.order is None:
            return rng.integers(0, len(self.offsets) - 1, number)
        allowed = self.cumulative[: self._number_below(pt_hat)]
        if not len(allowed):
            return np.empty(0, dtype=np.int64)
        return self.order[np.searchsorted(allowed[:-1], rng.random(number) * allowed[-1], side="right")]

    def _number_below(self, pt_hat: float) -> int:
        assert self.pt_hat is not None and self.order is not None
        if np.isinf(pt_hat):
            return len(self.order)
        return int(np.searchsorted(self.pt_hat[self.order], pt_hat))


def read_pool(path: str | Path, branch: str, info: str | None = None) -> Pool:
    """Read a pool's particles, and with `info` pThat, weights and process codes.

    Raises
    ------
    FileOpenError
        If the file is not there, is no pool, or lacks a branch.
    """
    import uproot

    wanted = [branch] if info is None else [branch, info]
    try:
        with uproot.open(path) as file:
            events = file["Events"]
            there = events.keys(recursive=False)
            for name in wanted:
                if name not in there:
                    raise errors.FileOpenError(f"Pile-up pool {path} has no branch {name!r}; it has {', '.join(there)}")
            arrays: ak.Array = events.arrays(wanted)
    except (OSError, KeyError) as error:
        raise errors.FileOpenError(
            f"Can't read the pile-up pool {path}: {error}. Make one with minbias_pool_cfg.py"
        ) from error
    interactions = to_records(arrays[branch], PARTICLE)
    offsets = np.cumsum([0, *map(len, interactions)], dtype=np.int64)
    particles = np.concatenate([np.empty(0, dtype=PARTICLE), *interactions])
    if info is None:
        return Pool(particles, offsets)
    facts = {name: np.asarray(arrays[info][name]) for name in ("scalePDF", "weight", "processId")}
    return Pool(particles, offsets, facts["scalePDF"], facts["weight"], facts["processId"])
