"""Matching of two collections by distance, on flat arrays of many events."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]


def match_nearest(
    eta: Floats, phi: Floats, counts: Ints, other_eta: Floats, other_phi: Floats, other_counts: Ints, max_dr: float
) -> Ints:
    """For each object the nearest of the other collection in its event, each of which is given away once.

    Of several objects with the same nearest other, the first one (the hardest, if they are sorted by pt) gets it.

    Parameters
    ----------
    eta, phi : numpy.ndarray, shape (n,)
        Objects, event after event.
    counts, other_counts : numpy.ndarray of int, shape (events,)
        Objects of each event, and those of the other collection.
    other_eta, other_phi : numpy.ndarray, shape (m,)
    max_dr : float
        Matches are nearer than this.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Rows of the other collection, -1 where there is no match.
    """
    event = np.repeat(np.arange(len(counts)), counts)
    choices = other_counts[event]
    row = np.repeat(np.arange(len(event)), choices)
    begin = np.cumsum(other_counts) - other_counts
    other = np.arange(len(row)) - np.repeat(np.cumsum(choices) - choices, choices) + begin[event[row]]
    dphi = np.remainder(phi[row].astype(np.float64) - other_phi[other] + np.pi, 2 * np.pi) - np.pi
    dr2 = (eta[row].astype(np.float64) - other_eta[other]) ** 2 + dphi**2

    near = dr2 < max_dr**2
    row, other, dr2 = row[near], other[near], dr2[near]
    order = np.lexsort((dr2, row))
    row, first = np.unique(row[order], return_index=True)
    other, first_row = np.unique(other[order][first], return_index=True)
    matched = np.full(len(event), -1)
    matched[row[first_row]] = other
    return matched
