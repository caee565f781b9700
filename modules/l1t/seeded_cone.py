"""Seeded-cone jets of Puppi words, as the Phase-2 correlator makes them.

Examples
--------
>>> import numpy as np
>>> from pyrun.modules.l1t.words import PuppiFields, pack_puppi
>>> words = pack_puppi(PuppiFields.of(pt=[400, 100, 40], eta=[0, 8, 300], phi=[700, 710, 0]))
>>> jets = SeededCone().jets(words, offsets=np.array([0, 3]))      # one event of three candidates
>>> jets.pt, jets.eta, jets.phi, jets.sizes
(array([500,  40]), array([  1, 300]), array([701,   0]), array([2, 1]))
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import Configuration

from . import seeded_cone_tables
from .seeded_cone_quirks import ALL_QUIRKS, Quirk
from .words import ETA_PHI_LSB, GT_PT, PT, CTJetFields, Integers, Words, ct_to_gt_jet, pack_ct_jet

Floats = npt.NDArray[np.float32]
Correction = Callable[[Floats, Floats], Floats]

_GT_SHIFT = GT_PT.fraction - PT.fraction
_FARTHEST = seeded_cone_tables.TRIG_STEPS - 1  # a difference of more steps has no entry in the tables


class Jets(NamedTuple):
    """Jets of many events, event after event, each event's by falling pt.

    Attributes
    ----------
    pt, eta, phi, mass2 : array of int64, shape (jets,)
        Raw values: 1/4 GeV, pi/720, pi/720, 1/4 GeV^2.
    raw_pt : array of int64, shape (jets,)
        pt before any correction.
    sizes : array of int64, shape (jets,)
        Number of constituents.
    counts : array of int64, shape (events,)
        Jets per event.
    constituents : array of int32
        Constituents as indices in their event, jet after jet.
    """

    pt: Integers
    eta: Integers
    phi: Integers
    mass2: Integers
    raw_pt: Integers
    sizes: Integers
    counts: Integers
    constituents: npt.NDArray[np.int32]

    def ct_words(self) -> Words:
        """The correlator's words, shape (jets, 2)."""
        return pack_ct_jet(self._fields_of_words())

    def gt_words(self) -> Words:
        """The global trigger's words, shape (jets, 2)."""
        return ct_to_gt_jet(self._fields_of_words())

    def gt_wide_words(self) -> Words:
        """The global trigger's words of wide jets, shape (jets, 2): mass squared fills the second half's low bits."""
        words = self.gt_words()
        words[:, 1] = self.mass2.astype(np.uint64)
        return words

    def _fields_of_words(self) -> CTJetFields:
        return CTJetFields.of(pt=self.pt, eta=self.eta, phi=self.phi)


@attrs.frozen
class SeededCone:
    """The algorithm with its settings.

    The hardest candidate left is the seed of the next jet, which takes all candidates left within the cone around it;
    the jet's direction is the pt-weighted mean of theirs. Integer for integer as in the firmware's emulation, as long
    as `quirks` is not changed.

    Attributes
    ----------
    n_jets : int
        The most jets of an event.
    cone_size : float
        At most 0.805, where the tables of the mass end.
    with_mass : bool
        Compute mass squared, of the 32 hardest constituents; otherwise it is 0.
    quirks : Quirk
        The artefacts of the firmware that are kept.

    Raises
    ------
    Configuration
        A cone that is too large, or so small that it holds not even its seed.
    """

    n_jets: int = 16
    cone_size: float = 0.4
    with_mass: bool = False
    quirks: Quirk = ALL_QUIRKS

    def __attrs_post_init__(self) -> None:
        largest = (_FARTHEST + 1) * ETA_PHI_LSB
        if not (0 < self.cone_size < largest and 0 < self._limit <= (_FARTHEST + 1) ** 2):
            smallest = np.sqrt(32) * ETA_PHI_LSB if Quirk.COARSE_R_CONE2 in self.quirks else 0.0
            raise Configuration(
                f"coneSize is {self.cone_size}; with integers it can be from {smallest:.4f} to {largest:.3f}"
            )

    @cached_property
    def _limit(self) -> int:
        return seeded_cone_tables.cone_limit(self.cone_size, coarse=Quirk.COARSE_R_CONE2 in self.quirks)

    def jets(self, words: Words, offsets: npt.ArrayLike, correction: Correction | None = None) -> Jets:
        """The jets of many events.

        Parameters
        ----------
        words : array of uint64, shape (candidates,)
            Puppi words of all events.
        offsets : array of int, shape (events + 1,)
            Event i has ``words[offsets[i]:offsets[i + 1]]``.
        correction : callable, optional
            Gives corrected pt (GeV) for pt (GeV) and eta of jets.
        """
        from .seeded_cone_kernels import find_jets, sort_jets

        words = np.ascontiguousarray(words, dtype=np.uint64)
        offsets = np.ascontiguousarray(offsets, dtype=np.int64)
        tables = seeded_cone_tables.tables()
        highest = -(-GT_PT.highest >> _GT_SHIFT) if correction is None else -1  # from here on the word saturates
        found, counts, members = find_jets(
            words, offsets, self.n_jets, self._limit, int(self.quirks), self.with_mass, highest, *tables
        )
        raw_pt, eta, phi, mass2, sizes = found[:, : counts.sum()]
        if correction is None:
            return Jets(raw_pt, eta, phi, mass2, raw_pt, sizes, counts, members)
        pt = corrected(raw_pt, eta, correction)
        order, constituents = sort_jets(np.minimum(pt << _GT_SHIFT, GT_PT.highest), sizes, counts, members)
        pt, eta, phi, mass2, raw_pt, sizes = (column[order] for column in (pt, eta, phi, mass2, raw_pt, sizes))
        return Jets(pt, eta, phi, mass2, raw_pt, sizes, counts, constituents)


def corrected(pt: Integers, eta: Integers, correction: Correction) -> Integers:
    """Raw pt after a correction that works on numbers: rounded down to 1/4 GeV, and saturated."""
    eta_lsb = np.float32(ETA_PHI_LSB)
    return PT.raw(correction(PT.value(pt).astype(np.float32), eta.astype(np.float32) * eta_lsb))
