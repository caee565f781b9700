"""Loops over generated particles for `jet_truth`: which leptons are prompt, how taus decay, what is nearest."""

from __future__ import annotations

import numpy as np
from numba import njit

ELECTRON, MUON, TAU = 11, 13, 15
PI0 = 111


@njit(cache=True, nogil=True)
def is_lepton(code):
    return code == ELECTRON or code == MUON or code == TAU


@njit(cache=True, nogil=True)
def is_boson(code):
    """Whether a particle is a Z, a W, or a Higgs boson of any kind."""
    return 23 <= code <= 37


@njit(cache=True, nogil=True)
def is_charged_hadron(code):
    """Whether a hadron of a tau's decay is charged: a pion or kaon, as those with c or b quarks are too heavy."""
    return code == 211 or code == 321


@njit(cache=True, nogil=True)
def find_prompt(pdg_id, mother, prompt):
    """Mark the electrons, muons and taus of bosons' decays and those of prompt taus; mothers come before daughters.

    Parameters
    ----------
    pdg_id, mother : array of int, shape (particles,)
        Mothers as rows of the same arrays, -1 for none.
    prompt : array of bool, shape (particles,)
        Where the answer goes.
    """
    for i in range(len(pdg_id)):
        code, m = abs(pdg_id[i]), mother[i]
        prompt[i] = False
        if is_lepton(code) and m >= 0:
            parent = abs(pdg_id[m])
            prompt[i] = is_boson(parent) or (prompt[m] and (parent == code or parent == TAU))


@njit(cache=True, nogil=True)
def sum_tau_decays(pdg_id, mother, prompt, momenta, visible, charged, neutral, leptonic):
    """Add up what can be seen of each prompt tau's decay; everything counts for the tau that it comes from last.

    Parameters
    ----------
    pdg_id, mother, prompt : array, shape (particles,)
    momenta : array of float64, shape (particles, 4)
        px, py, pz, E.
    visible : array of float64, shape (particles, 4)
        The sum of a tau's decay products without neutrinos.
    charged, neutral : array of int, shape (particles,)
        Numbers of charged pions and kaons, and of neutral pions, whatever resonances they come through.
    leptonic : array of bool, shape (particles,)
        Whether an electron or muon is among the products.
    """
    of_tau = np.full(len(pdg_id), -1)
    for i in range(len(pdg_id)):
        code, m = abs(pdg_id[i]), mother[i]
        if m < 0 or code == TAU:
            continue
        parent = abs(pdg_id[m])
        t = of_tau[i] = m if parent == TAU and prompt[m] else of_tau[m]
        if t < 0:
            continue
        if m == t and code != 12 and code != 14 and code != 16:
            visible[t] += momenta[i]
        if m == t and (code == ELECTRON or code == MUON):
            leptonic[t] = True
        charged[t] += is_charged_hadron(code)
        neutral[t] += code == PI0


@njit(cache=True, nogil=True)
def squared_distance(eta1, phi1, eta2, phi2):
    dphi = np.abs(phi1 - phi2) % (2.0 * np.pi)
    dphi = min(dphi, 2.0 * np.pi - dphi)
    return (eta1 - eta2) ** 2 + dphi**2


@njit(cache=True, nogil=True)
def nearest(offsets, eta, phi, largest_pt, other_offsets, other_eta, other_phi, other_pt, max_dr, rows, dr, counts):
    """For each object the nearest one of another collection in its event.

    Parameters
    ----------
    offsets, other_offsets : array of int64, shape (events + 1,)
    eta, phi, largest_pt : array of float64, shape (objects,)
        The last one is the pt from which on others are out of the question.
    other_eta, other_phi, other_pt : array of float64, shape (others,)
    max_dr : float
        Matches are nearer than this.
    rows, dr, counts : array, shape (objects,)
        Where the answer goes: the row, -1 for none; the distance, `max_dr` for none; how many are that near.
    """
    for event in range(len(offsets) - 1):
        for i in range(offsets[event], offsets[event + 1]):
            rows[i], best, counts[i] = -1, max_dr**2, 0
            for j in range(other_offsets[event], other_offsets[event + 1]):
                distance = squared_distance(eta[i], phi[i], other_eta[j], other_phi[j])
                if distance < max_dr**2 and other_pt[j] < largest_pt[i]:
                    counts[i] += 1
                    if distance < best:
                        rows[i], best = j, distance
            dr[i] = np.sqrt(best)
