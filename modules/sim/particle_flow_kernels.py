"""Particle-flow candidates from tracks and calorimeter energies. Pure functions for `LightParticleFlowProducer`.

The idea is that of CMS's particle flow (JINST 12 (2017) P10003): tracks give the charged particles, calorimeter
energy that they don't explain the neutral ones.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .calorimeter_kernels import (
    CELL,
    CELLS_PHI,
    ENDCAP_ETA,
    deposit,
    empty_calorimeters,
    forward_direction,
    tower_direction,
    tower_index,
)
from .event_records import CANDIDATE
from .helix import wrap

MAX_DZ = 0.1  # cm, of a track from a vertex whose fit did not use it
MAX_DZ_SIGNIFICANCE = 5.0
MAX_DZ_LOOSE = 0.5  # cm
USED_IN_FIT_TIGHT, USED_IN_FIT_LOOSE, COMPATIBILITY_DZ, OTHER_DELTA_Z, NOT_RECONSTRUCTED = 7, 6, 5, 1, 0
MAX_PHOTON_ETA = 2.5  # beyond the tracker's useful range showers are not told apart
INNER_ENDCAP_NOISE = 3.0  # by which the hadronic threshold is raised there
EXCESS_SIGNIFICANCE = 1.5  # of energy above what the tracks explain, to count as neutral
HADRON_OFFSET = 0.8  # GeV, what a hadron shower typically loses below the thresholds of single cells
MIN_MUON_PT = 1.0
MIN_ELECTRON_PT = 4.0


@njit(cache=True, nogil=True)
def identify(rng, track, true_id):
    """Particle-flow type of a track: muon and electron identification with their efficiencies and fake rates."""
    code = abs(true_id)
    muon_acceptance = track.pt * math.cosh(track.eta) > 3.0 and track.pt > MIN_MUON_PT and abs(track.eta) < 2.4
    draw = rng.random()
    if code == 13:
        found = 13 if muon_acceptance and draw < 0.96 else 211
    elif code == 11:
        found = 11 if track.pt > MIN_ELECTRON_PT and abs(track.eta) < 2.5 and draw < 0.80 else 211
    elif muon_acceptance and draw < 0.004:
        found = 13  # decays in flight and punch-through
    elif track.pt > MIN_ELECTRON_PT and abs(track.eta) < 2.5 and draw > 0.9985:
        found = 11
    else:
        found = 211
    return -track.charge * found if found != 211 else track.charge * found


@njit(cache=True, nogil=True)
def associate(track, used, vertices):
    """Primary vertex of a track and how sure that is, on the scale of pat::PackedCandidate::PVAssociationQuality."""
    if used.vertex >= 0 and used.weight > 0.5:
        return used.vertex, USED_IN_FIT_TIGHT
    if used.vertex >= 0:
        return used.vertex, USED_IN_FIT_LOOSE
    nearest, distance = -1, MAX_DZ_LOOSE
    for k in range(len(vertices)):
        if abs(track.dz - vertices[k].z) < distance:
            nearest, distance = k, abs(track.dz - vertices[k].z)
    if nearest < 0:
        return -1, NOT_RECONSTRUCTED
    if distance < MAX_DZ and distance < MAX_DZ_SIGNIFICANCE * track.dzErr:
        return nearest, COMPATIBILITY_DZ
    return nearest, OTHER_DELTA_Z


@njit(cache=True, nogil=True)
def fill_charged(rng, track, used, vertices, true_id, candidate):
    """Make a candidate of a track; impact parameters move from the beam line to the first vertex."""
    sin, cos = math.sin(track.phi), math.cos(track.phi)
    first = vertices[0]
    candidate.pt, candidate.eta, candidate.phi = track.pt, track.eta, track.phi
    candidate.pdgId = identify(rng, track, true_id)
    candidate.d0 = track.dxy + first.x * sin - first.y * cos
    candidate.d0Err = track.dxyErr
    candidate.dz = track.dz - first.z + (first.x * cos + first.y * sin) * math.sinh(track.eta)
    candidate.dzErr = track.dzErr
    candidate.vertex, candidate.pvAssociation = associate(track, used, vertices)
    candidate.normalizedChi2 = track.normalizedChi2
    candidate.trackQuality = track.highPurity
    candidate.nHits, candidate.nPixelHits = track.nHits, track.nPixelHits


@njit(cache=True, nogil=True)
def fill_neutral(candidate, energy, eta, phi, pdg_id, hcal_fraction):
    """Make a candidate of calorimeter energy; it has no track, so its errors are -1."""
    candidate.pt, candidate.eta, candidate.phi = energy / math.cosh(eta), eta, wrap(phi)
    candidate.pdgId = pdg_id
    candidate.d0Err = candidate.dzErr = -1.0
    candidate.vertex = -1
    candidate.hcalFraction = hcal_fraction


@njit(cache=True, nogil=True)
def fill_photons(ecal, ecal_tracks, tower_early, thresholds, candidates, n):
    """Cells without a track above threshold become photons; what is in cells with tracks goes to `tower_early`."""
    for cell in range(len(ecal)):
        energy = ecal[cell, 0]
        if energy <= 0.0:
            continue
        eta = ecal[cell, 1] / energy
        if ecal_tracks[cell] > 0 or abs(eta) > MAX_PHOTON_ETA:
            tower_early[tower_index(cell)] += energy
            continue
        if energy > (thresholds[0] if abs(eta) < ENDCAP_ETA else thresholds[1]):
            phi = cell % CELLS_PHI * CELL - math.pi + ecal[cell, 2] / energy
            fill_neutral(candidates[n], energy, eta, phi, 22, 0.0)
            n += 1
    return n


@njit(cache=True, nogil=True)
def fill_tower(tower, sums, n_tracks, thresholds, candidates, n):
    """Neutral candidates of one tower: energy above what its tracks explain, electromagnetic first.

    `sums` are the tower's early and late energy, the momentum of its tracks, and the variance of the energy that they
    explain.
    """
    early, late, momentum, variance = sums
    eta, phi = tower_direction(tower)
    barrel = abs(eta) < ENDCAP_ETA
    photon_threshold = thresholds[0] if barrel else thresholds[1]
    threshold = thresholds[2] if barrel else thresholds[3]
    if abs(eta) > MAX_PHOTON_ETA:
        threshold *= INNER_ENDCAP_NOISE
    if n_tracks == 0:
        if early + late > threshold:
            fill_neutral(candidates[n], early + late + HADRON_OFFSET, eta, phi, 130, late / (early + late))
            n += 1
        return n
    excess = early + late - momentum
    if excess < EXCESS_SIGNIFICANCE * math.sqrt(variance):
        return n
    photon = min(excess, early) if abs(eta) < MAX_PHOTON_ETA else 0.0
    if photon > photon_threshold:
        fill_neutral(candidates[n], photon, eta, phi, 22, 0.0)
        n += 1
    if excess - photon > threshold:
        fill_neutral(candidates[n], excess - photon, eta, phi, 130, late / (early + late))
        n += 1
    return n


@njit(cache=True, nogil=True)
def fill_forward(forward, thresholds, candidates, n):
    """Forward towers give an electromagnetic (2) and a hadronic (1) candidate each."""
    for tower in range(len(forward)):
        eta, phi = forward_direction(tower)
        if forward[tower, 0] > thresholds[4] * (2.0 if abs(eta) > 4.0 else 1.0):
            fill_neutral(candidates[n], forward[tower, 0], eta, phi, 2, 0.0)
            n += 1
        if forward[tower, 1] > thresholds[5]:
            fill_neutral(candidates[n], forward[tower, 1], eta, phi, 1, 1.0)
            n += 1
    return n


@njit(cache=True, nogil=True)
def particle_flow(rng, particles, tracks, associations, vertices, thresholds):
    """All candidates of one event: charged ones, then photons, then by tower.

    Parameters
    ----------
    rng : numpy.random.Generator
    particles : array of PARTICLE
    tracks : array of TRACK
    associations : array of VERTEX_ASSOCIATION
        One per track.
    vertices : array of VERTEX
        At least one.
    thresholds : array of float
        Least energies (GeV): electromagnetic barrel and endcap, hadronic barrel and endcap, forward electromagnetic and
        hadronic.

    Returns
    -------
    array of CANDIDATE
    """
    track_of = np.full(len(particles), -1, dtype=np.int64)
    for k in range(len(tracks)):
        if tracks[k].particle >= 0:
            track_of[tracks[k].particle] = k
    ecal, ecal_tracks, hcal, momentum, variance, n_tracks, forward = empty_calorimeters()
    deposit(rng, particles, track_of, tracks, ecal, ecal_tracks, hcal, momentum, variance, n_tracks, forward)
    candidates = np.zeros(len(tracks) + np.sum(ecal[:, 0] > 0.0) + 2 * len(hcal) + 2 * len(forward), dtype=CANDIDATE)
    n = 0
    for k in range(len(tracks)):
        true_id = particles[tracks[k].particle].pdgId if tracks[k].particle >= 0 else 211
        fill_charged(rng, tracks[k], associations[k], vertices, true_id, candidates[n])
        n += 1
    early = np.zeros(len(hcal))
    n = fill_photons(ecal, ecal_tracks, early, thresholds, candidates, n)
    for tower in np.flatnonzero(early + hcal > 0.0):
        sums = early[tower], hcal[tower], momentum[tower], variance[tower]
        n = fill_tower(tower, sums, n_tracks[tower], thresholds, candidates, n)
    n = fill_forward(forward, thresholds, candidates, n)
    return candidates[:n]
