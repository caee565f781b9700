"""The seeded-cone jet algorithm on integers. Pure functions on flat arrays.

Follows the emulator of the Phase-2 correlator (CMSSW's L1SCJetEmu) in every bit; what of it can be switched off is in
`seeded_cone_quirks`. Everything is int64, in units of the words: pt in 1/4 GeV, eta and phi in pi/720, mass squared in
1/4 GeV^2.
"""

from __future__ import annotations

import numpy as np
from numba import boolean, int32, int64, njit, uint64
from numba.types import Tuple

from .seeded_cone_quirks import Quirk
from .word_kernels import PUPPI_ETA, PUPPI_PHI, PUPPI_PT, SAT, WRAP, fit, signed_bits, unsigned_bits
from .words import ETA_PHI_PI

# for numba, which knows no IntFlag
_MIRRORED_DELTA_PHI, _UNWRAPPED_PHI = int(Quirk.MIRRORED_DELTA_PHI), int(Quirk.UNWRAPPED_PHI)
_TREE_SEED, _TRUNCATED_AXIS = int(Quirk.TREE_SEED), int(Quirk.TRUNCATED_AXIS)
_RECIPROCAL_TABLE = int(Quirk.RECIPROCAL_TABLE)

PT_WIDTH, PT_MAX = 14, (1 << 14) - 1
TWO_PI = 2 * ETA_PHI_PI
TABLE_BITS, INVERSE_WIDTH, INVERSE_FRACTION = 10, 18, 20
SUM_WIDTH = 22  # of the sum of pt times difference
MASS_MEMBERS = 32
MOMENTUM_FRACTION, TRIG_FRACTION = 8, 12
_MOMENTUM_SHIFT = 2 + TRIG_FRACTION - MOMENTUM_FRACTION
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
def inverse_pt(pt, table):
    """1/pt in 2^-20 / GeV from the firmware's table.

    pt is shifted until its highest bit is set, the next ten address the table, and the entry is shifted back, in 18
    bits: at pt <= 4 GeV the highest bits are lost.
    """
    shift = 0
    while shift < PT_WIDTH - 1 and not (pt << shift) >> (PT_WIDTH - 1):
        shift += 1
    index = ((pt << shift) >> (PT_WIDTH - 1 - TABLE_BITS)) & ((1 << TABLE_BITS) - 1)
    return (table[index] << shift) & ((1 << INVERSE_WIDTH) - 1)


@njit(cache=True, nogil=True)
def axis_shift(total, pt, table, quirks):
    """The pt-weighted mean difference; `total` in GeV if the axis is truncated, else in 1/4 GeV."""
    truncated = quirks & _TRUNCATED_AXIS != 0
    magnitude = abs(total)
    if quirks & _RECIPROCAL_TABLE:
        magnitude *= inverse_pt(pt, table)
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
        falling &= i == 0 or keys[i - 1] >= keys[i]
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
def mark(eta, phi, n, seed, limit, inside):
    """Set `inside` for the candidates whose squared distance to candidate `seed` is below `limit`.

    In single precision, because that is fast: squares up to 2^24 are exact, and larger ones are outside anyway.
    """
    seed_eta, seed_phi = eta[seed], phi[seed]
    for i in range(n):
        d_eta = eta[i] - seed_eta
        d_phi = abs(phi[i] - seed_phi)
        d_phi = min(d_phi, np.float32(TWO_PI) - d_phi)
        inside[i] = d_eta * d_eta + d_phi * d_phi < limit


@njit(cache=True, nogil=True)
def take(inside, words, seed, mirrored, members, keys, eta):
    """Fill the rows of `members` with the marked candidates' pt, differences to the seed in eta and phi, place and key.

    They are neither seeds nor marked again. Returns the number of members.
    """
    taken = 0
    for i in range(len(words)):  # no branch: few are inside, and which can't be predicted
        members[3, taken] = i
        taken += inside[i]
    word = np.int64(words[seed])
    seed_eta, seed_phi = signed_bits(word, PUPPI_ETA), signed_bits(word, PUPPI_PHI)
    for k in range(taken):
        i = members[3, k]
        word = np.int64(words[i])
        members[0, k] = unsigned_bits(word, PUPPI_PT)
        members[1, k] = signed_bits(word, PUPPI_ETA) - seed_eta
        members[2, k] = delta_phi(signed_bits(word, PUPPI_PHI), seed_phi, mirrored)
        members[4, k] = keys[i]
        keys[i], eta[i] = _TAKEN, _OUT_OF_REACH
    return taken


@njit(cache=True, nogil=True)
def leading(members, n):
    """The columns of `members` that the mass is computed from, in the order of falling keys, equal ones as they are."""
    return members[:3, :n][:, np.argsort(-members[4, :n], kind="mergesort")[:MASS_MEMBERS]]


@njit(cache=True, nogil=True)
def mass_squared(members, n, cos, sin, cosh, sinh):
    """Mass squared of the n `members`, in the frame of the seed; every product and sum saturates."""
    energy = x = y = z = 0
    for i in range(n):
        pt, d_eta, d_phi = members[0, i], members[1, i], members[2, i]
        eta, phi = abs(d_eta), abs(d_phi)
        energy = fit(energy + fit((pt * cosh[eta]) >> _MOMENTUM_SHIFT, 20, False, SAT), 20, False, SAT)
        x = fit(x + fit((pt * cos[phi]) >> _MOMENTUM_SHIFT, 20, False, SAT), 20, False, SAT)
        up = pt * sin[phi] if d_phi >= 0 else -pt * sin[phi]
        along = pt * sinh[eta] if d_eta >= 0 else -pt * sinh[eta]
        y = fit(y + fit(up >> _MOMENTUM_SHIFT, 22, True, SAT), 22, True, SAT)
        z = fit(z + fit(along >> _MOMENTUM_SHIFT, 22, True, SAT), 22, True, SAT)
    return fit((energy * energy - x * x - y * y - z * z) >> _MASS2_SHIFT, _MASS2_WIDTH, False, SAT)


@njit(cache=True, nogil=True)
def jet_of(members, n, seed, inverse, quirks):
    """Raw pt, eta and phi of a jet."""
    drop = 2 if quirks & _TRUNCATED_AXIS else 0
    pt = eta = phi = 0
    for i in range(n):
        pt += members[0, i]
        eta += (members[0, i] * members[1, i]) >> drop
        phi += (members[0, i] * members[2, i]) >> drop
    if quirks & _TRUNCATED_AXIS:
        eta, phi = fit(eta, SUM_WIDTH, True, WRAP), fit(phi, SUM_WIDTH, True, WRAP)
    pt = min(pt, PT_MAX)
    seed_eta, seed_phi = signed_bits(np.int64(seed), PUPPI_ETA), signed_bits(np.int64(seed), PUPPI_PHI)
    eta = fit(seed_eta + axis_shift(eta, pt, inverse, quirks), 12, True, WRAP)
    phi = fit(seed_phi + axis_shift(phi, pt, inverse, quirks), 11, True, WRAP)
    if not quirks & _UNWRAPPED_PHI:
        phi += TWO_PI if phi < -ETA_PHI_PI else (-TWO_PI if phi > ETA_PHI_PI else 0)
    return pt, eta, phi


_TRIG = (int64[::1],) * 4
_TABLES = (int64[::1], *_TRIG)


@njit(
    Tuple((int64[:, ::1], int64[::1], int32[::1]))(uint64[::1], int64[::1], int64, int64, int64, boolean, *_TABLES),
    cache=True,
    nogil=True,
)
def find_jets(words, offsets, n_jets, limit, quirks, with_mass, inverse, cos, sin, cosh, sinh):
    """Jets of many events, in the order in which they are found.

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
    inverse, cos, sin, cosh, sinh : array of int64
        See `seeded_cone_tables.tables`.

    Returns
    -------
    jets : array of int64, shape (jets, 5)
        Raw pt, eta, phi and mass squared, number of members.
    counts : array of int64, shape (events,)
        Jets per event.
    owners : array of int32, shape (candidates,)
        The jet of each candidate as an index in the event, -1 for none.
    """
    events = len(offsets) - 1
    largest = most = 0
    for event in range(events):
        n = offsets[event + 1] - offsets[event]
        largest, most = max(largest, n), most + min(n, n_jets)
    jets, counts = np.empty((most, 5), np.int64), np.empty(events, np.int64)
    owners = np.full(len(words), -1, np.int32)
    members, inside = np.empty((5, largest), np.int64), np.empty(largest, np.uint8)
    keys, eta, phi = np.empty(largest, np.int64), np.empty(largest, np.float32), np.empty(largest, np.float32)
    mirrored = quirks & _MIRRORED_DELTA_PHI != 0
    filled = 0
    for event in range(events):
        first, n = offsets[event], offsets[event + 1] - offsets[event]
        event_words, left, seed, found = words[first : first + n], n, 0, 0
        falling = load(event_words, quirks, keys, eta, phi)
        while left > 0 and found < n_jets:
            seed = next_seed(keys, n, falling, seed)
            mark(eta, phi, n, seed, np.float32(limit), inside)
            taken = take(inside, event_words, seed, mirrored, members, keys, eta)
            for i in range(taken):
                owners[first + members[3, i]] = found
            jet = jets[filled + found]
            jet[0], jet[1], jet[2] = jet_of(members, taken, words[first + seed], inverse, quirks)
            jet[3], jet[4] = 0, taken
            if with_mass and (taken > MASS_MEMBERS or jet[0] == PT_MAX):  # else their order does not matter
                hardest = leading(members, taken)
                jet[3] = mass_squared(hardest, hardest.shape[1], cos, sin, cosh, sinh)
            elif with_mass:
                jet[3] = mass_squared(members, taken, cos, sin, cosh, sinh)
            found += 1
            left -= taken
        counts[event] = found
        filled += found
    return jets[:filled], counts, owners


@njit(
    Tuple((int64[::1], int32[::1]))(int64[::1], int64[::1], int64[::1], int64[::1], int32[::1]),
    cache=True,
    nogil=True,
)
def sort_jets(pt, sizes, counts, offsets, owners):
    """Order each event's jets by falling pt, equal ones as they are, and list their constituents.

    Parameters
    ----------
    pt, sizes : array of int64, shape (jets,)
        What to sort by, and the number of constituents.
    counts : array of int64, shape (events,)
        Jets per event.
    offsets, owners
        As in `find_jets`.

    Returns
    -------
    order : array of int64, shape (jets,)
        Where each jet was.
    constituents : array of int32
        Constituents as indices in the event, jet after jet, in the order of the candidates.
    """
    order, constituents = np.empty(len(pt), np.int64), np.empty(sizes.sum(), np.int32)
    begin = np.empty(len(pt), np.int64)  # where the next constituent of each jet goes, by its old place
    first = filled = 0
    for event in range(len(counts)):
        for jet in range(first, first + counts[event]):
            place = jet
            while place > first and pt[order[place - 1]] < pt[jet]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = jet
        for jet in order[first : first + counts[event]]:
            begin[jet] = filled
            filled += sizes[jet]
        for i in range(offsets[event], offsets[event + 1]):
            if owners[i] >= 0:
                constituents[begin[first + owners[i]]] = i - offsets[event]
                begin[first + owners[i]] += 1
        first += counts[event]
    return order, constituents
