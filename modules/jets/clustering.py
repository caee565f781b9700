"""Jets of many events at once, on flat arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import LogicError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# CMS's names of the algorithms, and the power p of kt that makes them of the generalised kt family
ALGORITHMS = {"AntiKt": -1, "CambridgeAachen": 0, "Kt": 1}
LARGEST_MOMENTUM = 1e100  # GeV; squares of sums stay finite

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
    jet: Ints  # of each particle, -1 if it is in none

    def constituents(self) -> tuple[Ints, Ints]:
        """The particles of all jets, jet after jet and ascending in each, and how many each jet has."""
        order = np.argsort(self.jet, kind="stable")
        return order[np.count_nonzero(self.jet < 0) :], np.bincount(
            self.jet[self.jet >= 0], minlength=len(self.momenta.E)
        )


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
        A momentum is no number or far too large, or an energy is negative.
    """
    from .recombination_kernels import recombine, room  # here, as not all who need momenta need numba

    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    _check(momenta, offsets)
    sums = np.column_stack(momenta)
    first = np.empty(len(sums), dtype=np.int64)
    recombine(sums, offsets, ALGORITHMS[algorithm], float(radius), first, *room(np.max(counts, initial=0), radius))

    is_jet = (first == np.arange(len(first))) & (sums[:, 0] ** 2 + sums[:, 1] ** 2 >= pt_min**2)
    event = np.repeat(np.arange(len(counts)), counts)[is_jet]
    found = Momenta(*sums[is_jet].T)
    order = np.lexsort((-found.pt, event))
    number = np.full(len(first), -1)
    number[np.flatnonzero(is_jet)[order]] = np.arange(len(order))
    in_order = Momenta(*(component[order] for component in found))
    return Jets(in_order, np.bincount(event, minlength=len(counts)), number[first])


def _check(momenta: Momenta, offsets: Ints) -> None:
    broken = ~((np.abs(momenta) < LARGEST_MOMENTUM).all(axis=0) & (momenta.E >= 0))
    if broken.any():
        event = np.searchsorted(offsets, np.argmax(broken), side="right") - 1
        raise LogicError(
            f"{broken.sum()} momenta to be clustered are no numbers, infinite or of negative energy, "
            f"first in event {event} of the view"
        )
