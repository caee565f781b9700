"""Seeded-cone jets in floating point: what the firmware's integers approximate."""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from .seeded_cone import Correction, Floats, Integers


class FloatJets(NamedTuple):
    """Jets of many events, event after event, each event's by falling pt; see `seeded_cone.Jets`.

    Attributes
    ----------
    pt, eta, phi, mass, raw_pt : array of float32, shape (jets,)
        In GeV and radians.
    """

    pt: Floats
    eta: Floats
    phi: Floats
    mass: Floats
    raw_pt: Floats
    sizes: Integers
    counts: Integers
    constituents: npt.NDArray[np.int32]


@attrs.frozen
class SeededConeFloat:
    """The algorithm with its settings; a candidate at the very edge of a cone is inside.

    Of candidates of equal pt the first is the seed. Sums are in double precision.
    """

    n_jets: int = 16
    cone_size: float = 0.4

    def jets(
        self,
        pt: Floats,
        eta: Floats,
        phi: Floats,
        mass: Floats,
        offsets: npt.ArrayLike,
        correction: Correction | None = None,
    ) -> FloatJets:
        """The jets of many events; columns of candidates of shape (candidates,), the rest as in `SeededCone.jets`."""
        from .seeded_cone_float_kernels import find_jets
        from .seeded_cone_kernels import sort_jets

        columns = (np.ascontiguousarray(column, dtype=np.float32) for column in (pt, eta, phi, mass))
        offsets = np.ascontiguousarray(offsets, dtype=np.int64)
        found, sizes, counts, members = find_jets(*columns, offsets, self.n_jets, self.cone_size)
        raw_pt, jet_eta, jet_phi, jet_mass = found.T.astype(np.float32)
        jet_pt = raw_pt if correction is None else correction(raw_pt, jet_eta)
        order, constituents = sort_jets(_sortable(jet_pt), sizes, counts, members)
        sorted_columns = (column[order] for column in (jet_pt, jet_eta, jet_phi, jet_mass, raw_pt, sizes))
        return FloatJets(*sorted_columns, counts, constituents)


def _sortable(values: Floats) -> Integers:
    """Integers in the same order as float32 numbers that are not negative: their bits."""
    return np.maximum(values, np.float32(0.0)).astype(np.float32).view(np.int32).astype(np.int64)
