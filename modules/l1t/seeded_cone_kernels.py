"""The seeded-cone jet algorithm on integers. Pure functions on flat arrays.

Follows the emulator of the Phase-2 correlator (CMSSW's L1SCJetEmu) in every bit; what of it can be switched off is in
`seeded_cone_quirks`. Everything is int64, in units of the words: pt in 1/4 GeV, eta and phi in pi/720, mass squared in
1/4 GeV^2.
"""

from __future__ import annotations

import numpy as np
from numba import boolean, int32, int64, njit, uint64
from numba.types import Array, Tuple

from pyrun.framework.kernels import kernel

from .seeded_cone_quirks import Quirk
from .word_kernels import PUPPI_ETA, PUPPI_PHI, PUPPI_PT, SAT, WRAP, fit, signed_bits, unsigned_bits
from .words import ETA_PHI_PI

# for numba, which knows no IntFlag
_MIRRORED_DELTA_PHI, _UNWRAPPED_PHI = int(Quirk.MIRRORED_DELTA_PHI), int(Quirk.UNWRAPPED_PHI)
_TREE_SEED, _TRUNCATED_AXIS = int(Quirk.TREE_SEED), int(Quirk.TRUNCATED_AXIS)
_RECIPROCAL_TABLE = int(Quirk.RECIPROCAL_TABLE)

PT_MAX = (1 << 14) - 1
TWO_PI = 2 * ETA_PHI_PI
INVERSE_FRACTION = 20
SUM_WIDTH = 22  # of the sum of pt times difference
MASS_MEMBERS = 32
MOMENTUM_FRACTION, TRIG_FRACTION = 8, 12
_MOMENTUM_SHIFT = 2 + TRIG_FRACTION - MOMENTUM_FRACTION
_ENERGY_MAX, _Y_LIMIT = (1 << 20) - 1, 1 << 21  # of E and px, and of py and pz
_MASS2_WIDTH, _MASS2_SHIFT = 17, 2 * MOMENTUM_FRACTION - 2

_REST = (PUPPI_PT[1], 47)  # the rest of a word
_TAKEN = -1  # the key of a candidate that has its jet
_OUT_OF_REACH = np.float32(1e9)


@njit(cache=True, nogil=True)
def delta_phi(a, b, mirrored):
    """a - b, brought into +-pi. Mirrored: a difference D above pi becomes 2 pi - D, and only below -pi D + 2 pi."""
    difference = a - b
    if difference > ETA_PHI_PI:
        return TWO_PI - difference if mirrored else difference - TWO_PI
    return difference + TWO_PI if difference < -ETA_PHI_PI else difference


@njit(cache=True, nogil=True)
def axis_shift(total, pt, inverse, quirks):
    """The pt-weighted mean difference; `total` in GeV if the axis is truncated, else in 1/4 GeV."""
    truncated = quirks & _TRUNCATED_AXIS != 0
    magnitude = abs(total)
    if quirks & _RECIPROCAL_TABLE:
        magnitude *= inverse[pt]
        fraction = INVERSE_FRACTION if truncated else INVERSE_FRACTION + 2
        magnitude = (magnitude + (0 if truncated else 1 << (fraction - 1))) >> fraction
    elif truncated:
        magnitude = 4 * magnitude // max(pt, 1)
    else:
        magnitude = (magnitude + (pt >> 1)) // max(pt, 1)  # to nearest, halves away from zero
    return magnitude if total >= 0 else -magnitude


@njit(cache=True, nogil=True)
def load(words, quirks, keys, eta, phi):
    """Fill arrays with what seeds are chosen by, and with eta and phi for `mark`.

    The largest key, of equal ones the first, is the seed. That is what the firmware's tree of comparisons finds, in
    which of equal pt the left one wins. Without that quirk the rest of the word decides: the result does not depend
    on the order of the candidates.

    Returns
    -------
    falling : bool
        No key is larger than the one before it.
    """
    tree, falling = quirks & _TREE_SEED != 0, True
    for i in range(len(words)):
        word = np.int64(words[i])
        pt = unsigned_bits(word, PUPPI_PT)
        keys[i] = pt if tree else (pt << _REST[1]) | unsigned_bits(word, _REST)
        eta[i], phi[i] = signed_bits(word, PUPPI_ETA), signed_bits(word, PUPPI_PHI)
    for i in range(1, len(words)):
        falling &= keys[i - 1] >= keys[i]
    return falling


@njit(cache=True, nogil=True)
def next_seed(keys, n, falling, start):
    """The candidate that is left and has the largest key; if keys fall, the first one left from `start` on."""
    if falling:
        while keys[start] == _TAKEN:
            start += 1
        return start
    largest = keys[0]
    for i in range(n):
        largest = max(largest, keys[i])
    seed = 0
    while keys[seed] != largest:
        seed += 1
    return seed


@njit(cache=True, nogil=True)
def within(eta, phi, first, n, seed, limit, inside, places):
    """List the candidates from `first` on whose squared distance to candidate `seed` is below `limit`.

    In single precision, because that is fast: squares up to 2^24 are exact, and larger ones are outside anyway. The
    second loop has no branch, as few are inside, and which can't be predicted. Unsigned indices save numba the look
    whether they are negative, without which the first loop would not be vectorised.

    Returns
    -------
    taken : int
        How many were put at the beginning of `places`.
    """
    seed_eta, seed_phi = eta[seed], phi[seed]
    for i in range(np.uintp(first), np.uintp(n)):
        d_eta = eta[i] - seed_eta
        d_phi = abs(phi[i] - seed_phi)
        d_phi = min(d_phi, np.float32(TWO_PI) - d_phi)
        inside[i] = d_eta * d_eta + d_phi * d_phi < limit
    taken = np.uintp(0)
    for i in range(np.uintp(first), np.uintp(n)):
        places[taken] = np.int64(i)
        taken += np.uintp(inside[i])
    return np.int64(taken)


@njit(cache=True, nogil=True)
def take(words, seed, places, quirks, with_mass, members, keys, eta):
    """Sum up the candidates at `places`, which are then neither seeds nor within a cone any more.

    Rows of `members` are filled with their pt, differences to the seed in eta and phi, and keys, for the mass only.

    Returns
    -------
    pt, shift_eta, shift_phi : int
        Sums of pt and of pt times difference.
    """
    word = np.int64(words[seed])
    seed_eta, seed_phi = signed_bits(word, PUPPI_ETA), signed_bits(word, PUPPI_PHI)
    mirrored, drop = quirks & _MIRRORED_DELTA_PHI != 0, 2 if quirks & _TRUNCATED_AXIS else 0
    total = shift_eta = shift_phi = 0
    for k in range(len(places)):
        i = places[k]
        word = np.int64(words[i])
        pt, d_eta = unsigned_bits(word, PUPPI_PT), signed_bits(word, PUPPI_ETA) - seed_eta
        d_phi = delta_phi(signed_bits(word, PUPPI_PHI), seed_phi, mirrored)
        total += pt
        shift_eta += (pt * d_eta) >> drop
        shift_phi += (pt * d_phi) >> drop
        if with_mass:
            members[0, k], members[1, k], members[2, k], members[3, k] = pt, d_eta, d_phi, keys[i]
        keys[i], eta[i] = _TAKEN, _OUT_OF_REACH
    return total, shift_eta, shift_phi


@njit(cache=True, nogil=True)
def put_hardest_first(members, n):
    """Sort the first n columns of `members` by falling keys, equal ones as they are; of more than 32, only these."""
    order = np.argsort(-members[3, :n], kind="mergesort")[:MASS_MEMBERS]
    members[:, : len(order)] = members[:, :n][:, order]


@njit(cache=True, nogil=True)
def mass_squared(members, n, cos, sin, cosh, sinh):
    """Mass squared of the first n of `members`, in the frame of the seed.

    All products and sums saturate in the firmware. Of sums of positive numbers only the last result need be clamped; a
    product of y or z never reaches the limit.
    """
    energy = x = y = z = 0
    for i in range(n):
        pt, d_eta, d_phi = members[0, i], members[1, i], members[2, i]
        eta, phi = abs(d_eta), abs(d_phi)
        energy += (pt * cosh[eta]) >> _MOMENTUM_SHIFT
        x += (pt * cos[phi]) >> _MOMENTUM_SHIFT
        up, along = pt * sin[phi], pt * sinh[eta]
        y += (up if d_phi >= 0 else -up) >> _MOMENTUM_SHIFT
        z += (along if d_eta >= 0 else -along) >> _MOMENTUM_SHIFT
        y, z = min(max(y, -_Y_LIMIT), _Y_LIMIT - 1), min(max(z, -_Y_LIMIT), _Y_LIMIT - 1)
    energy, x = min(energy, _ENERGY_MAX), min(x, _ENERGY_MAX)
    return fit((energy * energy - x * x - y * y - z * z) >> _MASS2_SHIFT, _MASS2_WIDTH, False, SAT)


@njit(cache=True, nogil=True)
def jet_of(sums, seed, inverse, quirks):
    """Raw pt, eta and phi of a jet, from what `take` returns and the word of the seed."""
    pt, shift_eta, shift_phi = sums
    if quirks & _TRUNCATED_AXIS:
        shift_eta, shift_phi = fit(shift_eta, SUM_WIDTH, True, WRAP), fit(shift_phi, SUM_WIDTH, True, WRAP)
    pt = min(pt, PT_MAX)
    eta = fit(signed_bits(seed, PUPPI_ETA) + axis_shift(shift_eta, pt, inverse, quirks), 12, True, WRAP)
    phi = fit(signed_bits(seed, PUPPI_PHI) + axis_shift(shift_phi, pt, inverse, quirks), 11, True, WRAP)
    if not quirks & _UNWRAPPED_PHI:
        phi += TWO_PI if phi < -ETA_PHI_PI else (-TWO_PI if phi > ETA_PHI_PI else 0)
    return pt, eta, phi


@njit(cache=True, nogil=True)
def put_event(found, number, starts, places, highest, jets, filled, constituents, listed):
    """Append an event's jets by falling pt, equal ones as they are; pt above `highest` counts as equal.

    With negative `highest` they stay in the order in which they were found. Row by row `found` is as the result of
    `find_jets`; the constituents of jet k are ``places[starts[k]:starts[k + 1]]``. What an event has is still in the
    processor's nearest cache here, which makes this several times faster than sorting all events at the end.
    """
    order = found[5]
    for jet in range(number):
        place = jet
        if highest >= 0:
            pt = min(found[0, jet], highest)
            while place > 0 and min(found[0, order[place - 1]], highest) < pt:
                order[place] = order[place - 1]
                place -= 1
        order[place] = jet
    for place in range(number):
        jet = order[place]
        for row in range(5):
            jets[row, filled + place] = found[row, jet]
        for k in range(starts[jet], starts[jet + 1]):
            constituents[np.uintp(listed)] = places[np.uintp(k)]
            listed += 1


_INTEGERS, _WORDS = Array(int64, 1, "C", readonly=True), Array(uint64, 1, "C", readonly=True)  # or writable


@kernel(
    Tuple((int64[:, ::1], int64[::1], int32[::1]))(
        _WORDS, _INTEGERS, int64, int64, int64, boolean, int64, *[_INTEGERS] * 5
    ),
)
def find_jets(words, offsets, n_jets, limit, quirks, with_mass, highest, inverse, cos, sin, cosh, sinh):
    """Jets of many events, by falling pt or in the order in which they are found.

    Parameters
    ----------
    words : array of uint64, shape (candidates,)
        Puppi words of all events.
    offsets : array of int64, shape (events + 1,)
        Event i has ``words[offsets[i]:offsets[i + 1]]``.
    n_jets : int
        The most jets of an event.
    limit : int
        What squared distances of members are below; see `seeded_cone_tables.cone_limit`.
    quirks : int
        Of `seeded_cone_quirks.Quirk`; that of the cone's radius is part of `limit`.
    with_mass : bool
        Also compute mass squared; otherwise it is 0.
    highest : int
        Each event's jets are sorted by pt, where pt above this is equal; negative: they are not sorted.
    inverse, cos, sin, cosh, sinh : array of int64
        See `seeded_cone_tables.tables`.

    Returns
    -------
    jets : array of int64, shape (5, jets)
        Raw pt, eta, phi and mass squared, number of members.
    counts : array of int64, shape (events,)
        Jets per event.
    constituents : array of int32
        Constituents as indices in the event, jet after jet, each jet's in the order of the candidates.
    """
    events = len(offsets) - 1
    largest = most = 0
    for event in range(events):
        n = offsets[event + 1] - offsets[event]
        largest, most = max(largest, n), most + min(n, n_jets)
    jets, counts = np.empty((5, most), np.int64), np.empty(events, np.int64)
    constituents = np.empty(len(words), np.int32)
    keys, inside = np.empty(largest, np.int64), np.empty(largest, np.uint8)
    eta, phi = np.empty(largest, np.float32), np.empty(largest, np.float32)
    members = np.empty((4, largest), np.int64)
    found, starts = np.empty((6, min(n_jets, largest)), np.int64), np.zeros(min(n_jets, largest) + 1, np.int64)
    chosen = np.empty(largest + 1, np.int64)  # `within` writes one more than it counts
    filled = listed = 0
    for event in range(events):
        n = offsets[event + 1] - offsets[event]
        here, left, seed, jet = words[offsets[event] : offsets[event + 1]], n, 0, 0
        falling = load(here, quirks, keys, eta, phi)
        while left > 0 and jet < n_jets:
            seed = next_seed(keys, n, falling, seed)
            first = seed if falling else 0  # of those left
            places = chosen[n - left :]
            taken = within(eta, phi, first, n, seed, np.float32(limit), inside, places)
            sums = take(here, seed, places[:taken], quirks, with_mass, members, keys, eta)
            found[0, jet], found[1, jet], found[2, jet] = jet_of(sums, np.int64(here[seed]), inverse, quirks)
            found[3, jet], found[4, jet] = 0, taken
            if with_mass:
                if not falling and (taken > MASS_MEMBERS or found[0, jet] == PT_MAX):  # else order does not matter
                    put_hardest_first(members, taken)
                found[3, jet] = mass_squared(members, min(taken, MASS_MEMBERS), cos, sin, cosh, sinh)
            left -= taken
            jet += 1
            starts[jet] = n - left
        put_event(found, jet, starts, chosen, highest, jets, filled, constituents, listed)
        counts[event] = jet
        filled += jet
        listed += n - left
    return jets, counts, constituents[:listed]


@kernel(
    Tuple((int64[::1], int32[::1]))(int64[::1], int64[::1], int64[::1], int32[::1]),
)
def sort_jets(pt, sizes, counts, constituents):
    """Order each event's jets by falling pt, equal ones as they are.

    Parameters
    ----------
    pt, sizes : array of int64, shape (jets,)
        What to sort by, and the number of constituents.
    counts : array of int64, shape (events,)
        Jets per event.
    constituents : array of int32
        Constituents, jet after jet.

    Returns
    -------
    order : array of int64, shape (jets,)
        Where each jet was.
    constituents : array of int32
        Constituents in the new order.
    """
    order, sorted_constituents = np.empty(len(pt), np.int64), np.empty(len(constituents), np.int32)
    begin = np.empty(len(pt), np.int64)
    first = filled = listed = 0
    for event in range(len(counts)):
        for jet in range(first, first + counts[event]):
            begin[jet] = listed
            listed += sizes[jet]
            place = jet
            while place > first and pt[order[place - 1]] < pt[jet]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = jet
        for place in range(first, first + counts[event]):
            jet = order[place]
            for k in range(sizes[jet]):
                sorted_constituents[filled + k] = constituents[begin[jet] + k]
            filled += sizes[jet]
        first += counts[event]
    return order, sorted_constituents
