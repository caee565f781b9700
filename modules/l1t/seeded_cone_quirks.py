"""What of the seeded-cone algorithm is an artefact of the firmware; each can be switched off."""

from __future__ import annotations

import enum


class Quirk(enum.IntFlag):
    """Where the firmware's arithmetic differs from what was meant, or decides arbitrarily.

    Attributes
    ----------
    COARSE_R_CONE2
        The square of the cone's radius is held in steps of 32 (fixed<18,23>): 0.4 becomes 0.3995.
    MIRRORED_DELTA_PHI
        A difference D in phi above pi becomes 2 pi - D instead of D - 2 pi. Who belongs to a jet is not affected, but
        its axis moves the wrong way if the seed is just above -pi.
    UNWRAPPED_PHI
        The phi of a jet may lie beyond +-pi, by as much as its axis moves.
    TREE_SEED
        Of candidates of equal pt the first is the seed. Without: the one with the larger rest of its word, so that
        the jets do not depend on the order of the candidates.
    RECIPROCAL_TABLE
        1/pt comes from a table that is addressed by 10 bits of pt, and overflows at pt <= 4 GeV. Without: exact.
    TRUNCATED_AXIS
        Each product of pt and difference is rounded down to whole GeV, their sum is held in 22 bits, and the shift of
        the axis is cut toward zero. Without: products are kept as they are, the shift goes to the nearest step.
    """

    COARSE_R_CONE2 = 1
    MIRRORED_DELTA_PHI = 2
    UNWRAPPED_PHI = 4
    TREE_SEED = 8
    RECIPROCAL_TABLE = 16
    TRUNCATED_AXIS = 32


ALL_QUIRKS = Quirk(sum(Quirk))
