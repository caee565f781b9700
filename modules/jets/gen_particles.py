"""What generated particles are and whom they come from, on flat arrays of many events.

Kinds follow from the PDG numbering scheme (Review of Particle Physics, "Monte Carlo particle numbering scheme").
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

GLUON = 21
BOTTOM, CHARM = 5, 4


def has_quark(pdg_ids: Ints, quark: int) -> Bools:
    """Which particles are hadrons whose heaviest quark is `quark` (4 or 5), whatever their excitation.

    The heaviest quark is the digit of the hundreds (mesons) or of the thousands (baryons). Diquarks, whose tens are
    0, are no hadrons.
    """
    ids = np.abs(pdg_ids)
    heaviest = np.where(ids // 1000 % 10 == 0, ids // 100 % 10, ids // 1000 % 10)
    return (heaviest == quark) & (ids // 10 % 10 != 0) & (ids < 10**7)


def is_parton(pdg_ids: Ints) -> Bools:
    """Which particles are gluons or quarks other than top."""
    ids = np.abs(pdg_ids)
    return (ids == GLUON) | ((ids >= 1) & (ids <= 5))


def flat_mothers(mothers: Ints, offsets: Ints) -> Ints:
    """Each particle's mother as a row of the flat array of all events' particles, -1 if it has none.

    Parameters
    ----------
    mothers : numpy.ndarray of int, shape (n,)
        Mothers as indices in their event, -1 if none.
    offsets : numpy.ndarray of int, shape (events + 1,)
        The particles of event i are ``offsets[i]`` to ``offsets[i + 1]``.
    """
    begin = np.repeat(offsets[:-1], np.diff(offsets))
    return np.where(mothers >= 0, mothers + begin, -1)


def last_of(kind: Bools, mothers: Ints) -> Bools:
    """Which particles of `kind` have no daughter of that kind; `mothers` as `flat_mothers` gives them."""
    return kind & ~mothers_of(kind, mothers)


def mothers_of(kind: Bools, mothers: Ints) -> Bools:
    """Which particles are the mother of one of `kind`; `mothers` as `flat_mothers` gives them."""
    found = np.zeros(len(kind), dtype=np.bool_)
    found[mothers[kind & (mothers >= 0)]] = True
    return found


def daughters_of(kind: Bools, mothers: Ints) -> Bools:
    """Which particles have a mother of `kind`; `mothers` as `flat_mothers` gives them."""
    return (mothers >= 0) & kind[mothers]


def ancestors_of(kind: Bools, mothers: Ints) -> Bools:
    """Which particles have one of `kind` among their descendants; `mothers` as `flat_mothers` gives them."""
    found = np.zeros(len(kind), dtype=np.bool_)
    generation = kind
    while (generation := mothers_of(generation, mothers) & ~found).any():
        found |= generation
    return found


def has_ancestor(kind: Bools, mothers: Ints) -> Bools:
    """Which particles have one of `kind` among their ancestors; `mothers` as `flat_mothers` gives them."""
    found = np.zeros(len(kind), dtype=np.bool_)
    ancestors = mothers.copy()
    while (ancestors >= 0).any():
        exists = ancestors >= 0
        found[exists] |= kind[ancestors[exists]]
        ancestors[exists] = mothers[ancestors[exists]]
    return found
