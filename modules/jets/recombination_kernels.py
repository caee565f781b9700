"""Sequential recombination: the generalised kt family of jet algorithms, compiled, without the interpreter's lock.

Pseudojets i and j have the distance d_ij = min(kt_i^2p, kt_j^2p) DeltaR_ij^2 / R^2, and i has d_iB = kt_i^2p from the
beam: p = 1 for kt, 0 for Cambridge/Aachen, -1 for anti-kt. As long as there are pseudojets the smallest of all
distances is looked for. If it is a d_ij, i and j become one, of the sum of their four-momenta (the E scheme); if it is
a d_iB, i is a jet.

As Cacciari and Salam have shown, the smallest d_ij is among those of each pseudojet and its geometric neighbour, the
one nearest to it in DeltaR. Each pseudojet keeps its neighbour, if one is closer than R, and one distance, to it or to
the beam. When two become one, only those change who had one of them for a neighbour, or who have the new one closer.

Two structures make that fast. The distances are the leaves of a tournament: a tree in which each node holds the smaller
of the two below it, the root the smallest of all. And pseudojets are kept strip by strip of rapidity, the strips not
narrower than R: neighbours are in the same strip or one beside it, which is one piece of memory. The sum of two momenta
has a rapidity between theirs, so the new pseudojet can have the place of one of the two; the other's stays empty.

A pseudojet has the number of its first particle. Of equal distances that of the lowest number counts, and of equally
near neighbours the one of lowest number; FastJet has no rule for that, and its strategies differ there.

References
----------
Cacciari, Salam, Phys. Lett. B 641 (2006) 57, hep-ph/0512210, for neighbours; Cacciari, Salam, Soyez, JHEP 04 (2008)
063, arXiv:0802.1189, for the family; FastJet (Eur. Phys. J. C 72 (2012) 1896, arXiv:1111.6097), for what is done where
pt or mass vanish.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import float64, int64, njit, void

from pyrun.framework.kernels import kernel

NONE = -1
TWO_PI = 2 * math.pi
BEAM_RAPIDITY = 1e5  # of what has no pt and no mass; |pz| is added, so that no two are close by chance
LARGEST_WEIGHT = 1e300
NARROWEST_STRIP = 0.1
STRIPS_END = 6.0  # in rapidity; the outermost strips have what is beyond, too

# The rows of `jets`, with a column for each place; the last two are room for computing
RAPIDITY, PHI, WEIGHT, DISTANCE2, SEPARATION, TO_NEW = range(6)
# The rows of `links`; PLACE has a column for each number
NEIGHBOUR, STRIP, NUMBER, PLACE = range(4)

_options = {"cache": True, "nogil": True, "error_model": "numpy"}


def room(n: int, radius: float) -> tuple[npt.NDArray[Any], ...]:
    """Arrays for an event of up to `n` particles: jets, links, where strips begin, and the tournament."""
    n_strips = 2 * math.ceil(STRIPS_END / max(radius, NARROWEST_STRIP))
    begin, tournament = np.empty(n_strips + 3, dtype=np.int64), np.empty(4 * max(n, 1))
    return np.empty((6, n)), np.empty((4, n), dtype=np.int64), begin, tournament


@njit(**_options)
def leaves(n):
    """Of a tournament for n pseudojets: the smallest power of two that is not below n."""
    power = 1
    while power < n:
        power *= 2
    return power


@njit(**_options)
def coordinates(momentum, power):
    """Rapidity, phi from 0 to 2 pi, and kt^2p of px, py, pz and E."""
    px, py, pz, energy = momentum[0], momentum[1], momentum[2], momentum[3]
    kt2 = px * px + py * py
    if kt2 == 0.0 and energy == abs(pz):
        rapidity = BEAM_RAPIDITY + abs(pz)
    else:  # precise also where energy and momentum are nearly equal
        mass2 = max(0.0, (energy + pz) * (energy - pz) - kt2)
        forward = energy + abs(pz)
        rapidity = -0.5 * math.log((kt2 + mass2) / (forward * forward))
        rapidity = max(-BEAM_RAPIDITY, min(rapidity, BEAM_RAPIDITY))  # also of E < |p|; infinity is for empty places
    phi = math.atan2(py, px) if kt2 != 0.0 else 0.0
    if phi < 0.0:
        phi += TWO_PI
    if phi >= TWO_PI:  # which rounding makes of a negative one
        phi -= TWO_PI
    weight = 1.0
    if power > 0:
        weight = kt2
    elif power < 0:
        weight = 1.0 / kt2 if kt2 > 1.0 / LARGEST_WEIGHT else LARGEST_WEIGHT
    return rapidity if pz > 0.0 else -rapidity, phi, weight


@njit(**_options)
def strip_of(rapidity, radius, n_strips):
    """The strip of a rapidity; for those beyond all strips the outermost."""
    width = max(radius, NARROWEST_STRIP) * (1 + 1e-6)  # whatever rounding does, neighbours are in strips side by side
    above = rapidity / width + n_strips // 2
    return np.int64(min(above, n_strips - 1.0)) if above > 0.0 else 0


@njit(**_options)
def separate(jets, i, low, high, row):
    """Compute DeltaR^2 from pseudojet i to those from `low` to `high`, infinite to itself, into a row of `jets`."""
    rapidity, phi = jets[RAPIDITY, i], jets[PHI, i]
    rapidities, phis, result = jets[RAPIDITY, low:high], jets[PHI, low:high], jets[row, low:high]
    for j in range(len(result)):
        dphi = abs(phis[j] - phi)
        dphi = min(dphi, TWO_PI - dphi)
        drapidity = rapidities[j] - rapidity
        result[j] = dphi * dphi + drapidity * drapidity
    jets[row, i] = np.inf


@njit(**_options)
def find_neighbour(jets, links, begin, i, radius2):
    """Find the pseudojet nearest to i, and closer than R."""
    low, high = begin[links[STRIP, i]], begin[links[STRIP, i] + 3]
    separate(jets, i, low, high, SEPARATION)
    # positive floating-point numbers have the order of their bits; of integers processors compare many at a time
    bits, numbers = jets[SEPARATION, low:high].view(np.int64), links[NUMBER, low:high]
    smallest = bits[0]
    for j in range(len(bits)):
        smallest = min(smallest, bits[j])
    lowest = np.int64(len(links[NUMBER]))
    for j in range(len(bits)):
        lowest = min(lowest, numbers[j] if bits[j] == smallest else lowest)
    links[NEIGHBOUR, i], jets[DISTANCE2, i] = NONE, radius2
    if smallest != bits[i - low]:  # which is infinite
        nearest = links[PLACE, lowest]
        if jets[SEPARATION, nearest] < radius2:
            links[NEIGHBOUR, i], jets[DISTANCE2, i] = nearest, jets[SEPARATION, nearest]


@njit(**_options)
def set_leaf(tournament, leaf, value):
    """Give a leaf of the tournament a value. Node n is above the nodes 2n and 2n + 1; 1 is the root."""
    node = len(tournament) // 2 + leaf
    tournament[node] = value
    while node > 1:
        node //= 2
        smaller = min(tournament[2 * node], tournament[2 * node + 1])
        if tournament[node] == smaller:
            break
        tournament[node] = smaller


@njit(**_options)
def winner(tournament):
    """The first leaf that has the smallest value."""
    node = 1
    while node < len(tournament) // 2:
        node = 2 * node + (1 if tournament[2 * node] != tournament[1] else 0)
    return node - len(tournament) // 2


@njit(**_options)
def distance(jets, links, i):
    """The smallest distance of pseudojet i, times R^2."""
    neighbour = links[NEIGHBOUR, i]
    weight = jets[WEIGHT, i] if neighbour == NONE else min(jets[WEIGHT, i], jets[WEIGHT, neighbour])
    return weight * jets[DISTANCE2, i]


@njit(**_options)
def fill(momenta, jets, links, begin, power, radius):
    """Give an event's particles their places, strip by strip.

    Those of strip s will be from begin[s + 1] to begin[s + 2], and with those of the strips beside it from begin[s] to
    begin[s + 3].
    """
    n_strips = len(begin) - 3
    for s in range(len(begin)):
        begin[s] = 0
    strip = links[NEIGHBOUR]  # by number; there are no neighbours yet
    for number in range(len(momenta)):
        strip[number] = strip_of(coordinates(momenta[number], power)[0], radius, n_strips)
        begin[strip[number] + 3] += 1
    for s in range(1, len(begin)):
        begin[s] += begin[s - 1]
    for number in range(len(momenta)):
        i = begin[strip[number] + 2]
        begin[strip[number] + 2] += 1
        jets[RAPIDITY, i], jets[PHI, i], jets[WEIGHT, i] = coordinates(momenta[number], power)
        links[STRIP, i], links[NUMBER, i], links[PLACE, number] = strip[number], number, i


@njit(**_options)
def unite(momentum, number, jets, links, begin, i, j, power, radius):
    """Put the sum of pseudojets i and j in the place of one of them, and make the other's empty.

    Returns
    -------
    kept, emptied, low, high : int
        The two places, and where those begin and end whose neighbours may have changed.
    """
    rapidity, phi, weight = coordinates(momentum, power)
    strip = strip_of(rapidity, radius, len(begin) - 3)
    low, high = begin[min(links[STRIP, i], links[STRIP, j])], begin[max(links[STRIP, i], links[STRIP, j]) + 3]
    if strip == links[STRIP, j]:
        i, j = j, i
    elif strip != links[STRIP, i]:
        # momenta that are not of particles may have a sum of any rapidity; from now on all are in one strip
        links[STRIP, :], begin[3] = 0, begin[-1]
        low, high = 0, begin[-1]
    jets[RAPIDITY, i], jets[PHI, i], jets[WEIGHT, i] = rapidity, phi, weight
    links[NUMBER, i], links[PLACE, number] = number, i
    jets[RAPIDITY, j], links[NEIGHBOUR, j] = np.inf, NONE
    return i, j, low, high


@njit(**_options)
def update(jets, links, begin, tournament, kept, emptied, low, high, radius2):
    """Give neighbours to the new pseudojet, in place `kept`, to those who have lost theirs or have it nearer."""
    separate(jets, kept, low, high, TO_NEW)
    first = links[NUMBER, kept]
    links[NEIGHBOUR, kept] = emptied  # lost, too
    for k in range(low, high):
        neighbour = links[NEIGHBOUR, k]
        if jets[TO_NEW, k] < jets[DISTANCE2, k]:
            links[NEIGHBOUR, k], jets[DISTANCE2, k] = kept, jets[TO_NEW, k]
        elif neighbour == kept or neighbour == emptied:
            find_neighbour(jets, links, begin, k, radius2)
        elif jets[TO_NEW, k] == jets[DISTANCE2, k] and neighbour != NONE and first < links[NUMBER, neighbour]:
            links[NEIGHBOUR, k] = kept
        else:
            continue
        set_leaf(tournament, links[NUMBER, k], distance(jets, links, k))


@njit(**_options)
def start(jets, links, begin, tournament, n, radius2):
    """Find all neighbours, and fill the tournament."""
    tournament[:] = np.inf
    for i in range(n):
        find_neighbour(jets, links, begin, i, radius2)
    for i in range(n):
        set_leaf(tournament, links[NUMBER, i], distance(jets, links, i))


@njit(**_options)
def recombine_event(momenta, jets, links, begin, tournament, power, radius, absorber):
    """Recombine one event's pseudojets; by number, who became part of which."""
    n = len(momenta)
    fill(momenta, jets, links, begin, power, radius)
    start(jets, links, begin, tournament, n, radius * radius)
    for number in range(n):
        absorber[number] = number
    for _ in range(n):
        number = winner(tournament)
        i = links[PLACE, number]
        j = links[NEIGHBOUR, i]
        if j == NONE:  # a jet
            jets[RAPIDITY, i] = np.inf
            set_leaf(tournament, number, np.inf)
            continue
        first, second = min(number, links[NUMBER, j]), max(number, links[NUMBER, j])
        for component in range(4):
            momenta[first, component] += momenta[second, component]
        absorber[second] = first
        kept, emptied, low, high = unite(momenta[first], first, jets, links, begin, i, j, power, radius)
        update(jets, links, begin, tournament, kept, emptied, low, high, radius * radius)
        set_leaf(tournament, second, np.inf)


@kernel(
    void(
        *(float64[:, ::1], int64[::1], int64, float64, int64[::1]),
        *(float64[:, ::1], int64[:, ::1], int64[::1], float64[::1]),
    ),
    error_model="numpy",
)
def recombine(momenta, offsets, power, radius, first, jets, links, begin, tournament):
    """Make jets of each event's particles.

    Parameters
    ----------
    momenta : numpy.ndarray, shape (n, 4)
        px, py, pz and E of particles, event after event. Afterwards a jet's are where its first particle's were; what
        is elsewhere means nothing.
    offsets : numpy.ndarray of int, shape (events + 1,)
        Where each event's particles begin and end.
    power : int
        p of the generalised kt family.
    radius : float
        R.
    first : numpy.ndarray of int, shape (n,)
        To be filled with the first particle of each particle's jet, both counted over all events.
    jets, links, begin, tournament
        `room` for the largest event.
    """
    for event in range(len(offsets) - 1):
        begins, ends = offsets[event], offsets[event + 1]
        own, absorber = momenta[begins:ends], first[begins:ends]
        recombine_event(own, jets, links, begin, tournament[: 2 * leaves(ends - begins)], power, radius, absorber)
        for number in range(ends - begins):  # who absorbed is before who was absorbed
            absorber[number] = begins + number if absorber[number] == number else absorber[absorber[number]]
