"""Which particles of a generator's record are worth keeping. Pure functions for `GenParticleProducer`."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def is_quark_or_gluon(code):
    """Whether a parton can start a jet (top quarks decay instead)."""
    return 1 <= code <= 5 or code == 21


@njit(cache=True, nogil=True)
def hadron_flavour(code):
    """5 for hadrons with a b quark, 4 for those with a c quark and none heavier, else 0."""
    if code < 100:
        return 0
    if (code // 100) % 10 == 5 or (code // 1000) % 10 == 5:
        return 5
    if (code // 100) % 10 == 4 or (code // 1000) % 10 == 4:
        return 4
    return 0


@njit(cache=True, nogil=True)
def is_last_copy(pdg_id, daughter1, daughter2, i):
    """Whether no daughter of particle `i` is the same particle, or for heavy hadrons one with the same heavy quark."""
    if daughter1[i] == 0:
        return True
    flavour = hadron_flavour(abs(pdg_id[i]))
    last = daughter2[i] if daughter2[i] > 0 else daughter1[i]
    for d in range(daughter1[i], last + 1):
        if pdg_id[d] == pdg_id[i] or (flavour > 0 and hadron_flavour(abs(pdg_id[d])) == flavour):
            return False
    return True


@njit(cache=True, nogil=True)
def is_pion_or_kaon(code):
    """Whether a particle counts as one in a tau's decay, whatever becomes of it."""
    return code == 111 or code == 211 or code == 130 or code == 310 or code == 311 or code == 321


@njit(cache=True, nogil=True)
def keep_particles(pdg_id, status, mother1, daughter1, daughter2, pt, parton_pt_min):
    """Mask of the particles to keep in one event; see `GenParticleProducer` for which."""
    keep = np.zeros(len(pdg_id), dtype=np.bool_)
    of_tau = np.zeros(len(pdg_id), dtype=np.bool_)
    for i in range(1, len(pdg_id)):
        code, state, parent = abs(pdg_id[i]), abs(status[i]), abs(pdg_id[mother1[i]])
        of_tau[i] = code != 15 and (parent == 15 or (of_tau[mother1[i]] and not is_pion_or_kaon(parent)))
        if 21 <= state <= 29 or of_tau[i]:
            keep[i] = True
        elif is_quark_or_gluon(code):
            keep[i] = 71 <= state <= 79 and pt[i] > parton_pt_min
        elif code == 6 or 23 <= code <= 37 or code == 15:
            keep[i] = is_last_copy(pdg_id, daughter1, daughter2, i)
        elif 11 <= code <= 16:
            keep[i] = status[i] > 0
        elif hadron_flavour(code) > 0:
            keep[i] = is_last_copy(pdg_id, daughter1, daughter2, i)
    return keep


@njit(cache=True, nogil=True)
def kept_mothers(keep, mother1):
    """For each kept particle, the position among the kept of its nearest kept ancestor along first mothers, else -1."""
    position = np.cumsum(keep) - 1
    mothers = np.empty(np.sum(keep), dtype=np.int32)
    for i in np.flatnonzero(keep):
        ancestor = mother1[i]
        while ancestor > 0 and not keep[ancestor]:
            ancestor = mother1[ancestor]
        mothers[position[i]] = position[ancestor] if ancestor > 0 else -1
    return mothers
