"""Seeded-cone jets in floating point, what the firmware's integers approximate. Pure functions on flat arrays."""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int32, int64, njit
from numba.types import Array, Tuple

from pyrun.framework.kernels import kernel


@njit(cache=True, nogil=True)
def wrap(phi):
    """An angle within 3 pi brought into +-pi."""
    if phi > math.pi:
        return phi - 2.0 * math.pi
    return phi + 2.0 * math.pi if phi <= -math.pi else phi


@njit(cache=True, nogil=True)
def take(pt, eta, phi, left, n, cone2, members):
    """Move the candidates of `left` within the cone around the first one to `members`; both keep their order.

    Returns the numbers of those left and taken.
    """
    seed = left[0]
    kept = taken = 0
    for k in range(n):
        i = left[k]
        d_eta, d_phi = eta[i] - eta[seed], wrap(phi[i] - phi[seed])
        if d_eta * d_eta + d_phi * d_phi <= cone2:
            members[taken] = i
            taken += 1
        else:
            left[kept] = i
            kept += 1
    return kept, taken


@njit(cache=True, nogil=True)
def jet_of(pt, eta, phi, mass, members, jet):
    """Fill `jet` with pt, eta, phi and mass; the first of `members` is the seed."""
    seed_eta, seed_phi = np.float64(eta[members[0]]), np.float64(phi[members[0]])
    total = shift_eta = shift_phi = energy = x = y = z = 0.0
    for i in members:
        pt_i, eta_i, phi_i = np.float64(pt[i]), np.float64(eta[i]), np.float64(phi[i])
        total += pt_i
        shift_eta += pt_i * (eta_i - seed_eta)
        shift_phi += pt_i * wrap(phi_i - seed_phi)
        energy += math.hypot(pt_i * math.cosh(eta_i), np.float64(mass[i]))
        x, y, z = x + pt_i * math.cos(phi_i), y + pt_i * math.sin(phi_i), z + pt_i * math.sinh(eta_i)
    scale = 1.0 / total if total > 0.0 else 0.0
    jet[0], jet[1], jet[2] = total, seed_eta + scale * shift_eta, wrap(seed_phi + scale * shift_phi)
    jet[3] = math.sqrt(max(energy * energy - x * x - y * y - z * z, 0.0))


_COLUMN, _OFFSETS = Array(float32, 1, "C", readonly=True), Array(int64, 1, "C", readonly=True)  # or writable


@kernel(
    Tuple((float64[:, ::1], int64[::1], int64[::1], int32[::1]))(
        _COLUMN, _COLUMN, _COLUMN, _COLUMN, _OFFSETS, int64, float64
    ),
)
def find_jets(pt, eta, phi, mass, offsets, n_jets, cone_size):
    """Jets of many events, in the order in which they are found.

    Parameters
    ----------
    pt, eta, phi, mass : array of float32, shape (candidates,)
        Candidates of all events.
    offsets : array of int64, shape (events + 1,)
        Event i has ``pt[offsets[i]:offsets[i + 1]]``.
    n_jets : int
        The most jets of an event.
    cone_size : float
        The largest distance of a member to the seed.

    Returns
    -------
    jets : array of float64, shape (jets, 4)
        pt, eta, phi and mass.
    sizes : array of int64, shape (jets,)
        Number of members.
    counts : array of int64, shape (events,)
        Jets per event.
    constituents : array of int32
        Constituents as indices in the event, jet after jet, in the order of the candidates.
    """
    events = len(offsets) - 1
    most = 0
    for event in range(events):
        most += min(offsets[event + 1] - offsets[event], n_jets)
    jets, sizes = np.empty((most, 4), np.float64), np.empty(most, np.int64)
    counts, constituents = np.empty(events, np.int64), np.empty(len(pt), np.int32)
    filled = listed = 0
    for event in range(events):
        first, n = offsets[event], offsets[event + 1] - offsets[event]
        left = first + np.argsort(-pt[first : first + n], kind="mergesort")
        members = np.empty(n, np.int64)
        found = 0
        while n > 0 and found < n_jets:
            n, taken = take(pt, eta, phi, left, n, cone_size * cone_size, members)
            jet_of(pt, eta, phi, mass, members[:taken], jets[filled])
            constituents[listed : listed + taken] = np.sort(members[:taken]) - first
            sizes[filled] = taken
            found, filled, listed = found + 1, filled + 1, listed + taken
        counts[event] = found
    return jets[:filled], sizes[:filled], counts, constituents[:listed]
