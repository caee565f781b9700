"""Sequential recombination of many events at once with FastJet, on flat arrays.

References
----------
Cacciari, Salam, Soyez, Eur. Phys. J. C 72 (2012) 1896, arXiv:1111.6097.
"""

from __future__ import annotations

from typing import NamedTuple

import awkward as ak
import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import LogicError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# CMS's names of the algorithms, and FastJet's
ALGORITHMS = {
    "AntiKt": "antikt_algorithm",
    "CambridgeAachen": "cambridge_algorithm",
    "Kt": "kt_algorithm",
}

# of charged particles (GeV); particle flow takes all others for massless
MASSES = {211: 0.13957, 13: 0.10566, 11: 0.000511}


class Momenta(NamedTuple):
    """Four-momenta in GeV, arrays of one shape."""

    px: Floats
    py: Floats
    pz: Floats
    E: Floats

    @classmethod
    def from_pt_eta_phi_mass(cls, pt: npt.ArrayLike, eta: npt.ArrayLike, phi: npt.ArrayLike, mass: npt.ArrayLike):
        """From CMS's usual coordinates, of any precision."""
        pt, eta, phi, mass = (np.asarray(values, dtype=np.float64) for values in (pt, eta, phi, mass))
        pz = pt * np.sinh(eta)
        return cls(pt * np.cos(phi), pt * np.sin(phi), pz, np.sqrt(pt**2 + pz**2 + mass**2))

    def scaled(self, factor: npt.ArrayLike) -> Momenta:
        """All components times `factor`."""
        return Momenta(*(component * factor for component in self))

    @property
    def pt(self) -> Floats:
        return np.hypot(self.px, self.py)

    @property
    def eta(self) -> Floats:
        return np.arcsinh(self.pz / self.pt)

    @property
    def phi(self) -> Floats:
        return np.arctan2(self.py, self.px)

    @property
    def mass(self) -> Floats:
        """Zero where rounding made the square negative."""
        return np.sqrt(np.maximum(self.E**2 - self.px**2 - self.py**2 - self.pz**2, 0.0))


class Jets(NamedTuple):
    """What `cluster` finds; jets of all events one after the other."""

    momenta: Momenta
    counts: Ints  # jets per event
    constituents: ak.Array  # per jet, indices into the event's input, ascending


def masses(pdg_ids: npt.ArrayLike) -> Floats:
    """The masses (GeV) that particle flow gives to its candidates, by PDG id."""
    ids = np.abs(pdg_ids)
    return np.select([ids == pdg_id for pdg_id in MASSES], list(MASSES.values()), 0.0)


def cluster(momenta: Momenta, counts: Ints, algorithm: str, radius: float, pt_min: float) -> Jets:
    """Cluster each event's particles with the E scheme.

    Parameters
    ----------
    momenta : Momenta of arrays of shape (n,)
        Particles, event after event.
    counts : numpy.ndarray of int, shape (events,)
        Particles of each event.
    algorithm : {"AntiKt", "CambridgeAachen", "Kt"}
    radius : float
        The distance parameter R.
    pt_min : float
        Smallest pt of a jet (GeV).

    Returns
    -------
    Jets
        In each event, by descending pt.

    Raises
    ------
    LogicError
        A momentum is no number, which FastJet does not survive.
    """
    import fastjet  # here, so that modules that only need the arithmetic above don't load it

    offsets = np.concatenate([[0], np.cumsum(counts)])
    broken = ~np.isfinite(np.sum(momenta, axis=0))
    if broken.any():
        event = np.searchsorted(offsets, np.argmax(broken), side="right") - 1
        raise LogicError(
            f"{broken.sum()} momenta to be clustered are infinite or no numbers, first in event {event} of the view"
        )
    particles = ak.Array(
        ak.contents.ListOffsetArray(
            ak.index.Index64(offsets),
            ak.contents.RecordArray([ak.contents.NumpyArray(component) for component in momenta], momenta._fields),
        )
    )
    definition = fastjet.JetDefinition(getattr(fastjet, ALGORITHMS[algorithm]), float(radius))
    sequence = fastjet.ClusterSequence(particles, definition)
    jets, constituents = sequence.inclusive_jets(pt_min), sequence.constituent_index(pt_min)

    jet_counts = ak.to_numpy(ak.num(jets, axis=1))
    flat = ak.flatten(jets)
    found = Momenta(*(ak.to_numpy(flat[name]) for name in Momenta._fields))
    order = np.lexsort((-found.pt, np.repeat(np.arange(len(counts)), jet_counts)))
    sorted_jets = Momenta(*(component[order] for component in found))
    return Jets(sorted_jets, jet_counts, ak.sort(ak.flatten(constituents)[order], axis=1))
