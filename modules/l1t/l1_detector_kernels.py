"""What the level-1 trigger gets of an event: tracks and calorimeter clusters. Functions for `L1TLightDetectorProducer`.

Up to |eta| = 3 the calorimeters are a grid of cells of 0.087 x 0.087, beyond (the forward calorimeter) of 0.175 x
0.175. True energies are summed by cell and smeared once: with resolutions that grow as the root of the energy that is
the same as smearing particle by particle, and much faster at 200 interactions.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ..sim.calorimeter_kernels import (
    CELL,
    CELLS_ETA,
    CELLS_PHI,
    FORWARD_ETA,
    FORWARD_PHI,
    cell_index,
    forward_direction,
    forward_index,
)
from ..sim.helix import calorimeter_entrance, perigee
from ..sim.track_kernels import charge_of
from .l1_records import L1_CLUSTER
from .l1_track_kernels import (
    BEAM_SPOT_LENGTH,
    MIN_PT,
    add_fakes,
    empty_tracks,
    identity_of,
    l1_track_efficiency,
    lose_close_tracks,
    measure_track,
    quality_of,
)

N_CELLS = CELLS_ETA * CELLS_PHI
N_FORWARD = 2 * FORWARD_ETA * FORWARD_PHI
HALF_LENGTH_ETA = 0.5 * CELLS_ETA * CELL
ENDCAP_ETA = 1.48
PROMPT_RADIUS = 0.1  # cm; what is made nearer to the beam line enters the calorimeters as if made on it
REACHES_BARREL = 0.7  # GeV; softer charged particles curl up in the barrel
# stochastic and constant terms of the energy resolution, and noise (GeV): barrel, endcap
EM_TERMS = ((0.06, 0.03, 0.15), (0.24, 0.03, 0.30))
HAD_TERMS = ((1.10, 0.07, 0.30), (0.80, 0.05, 0.50))
FORWARD_TERMS = (2.0, 0.09)
EARLY_RESPONSE = 0.75  # of the electromagnetic section to hadrons


@njit(cache=True, nogil=True)
def smear(rng, energy, terms):
    """A measured energy: a / sqrt(E) + b + c / E, in quadrature."""
    stochastic, constant, noise = terms
    sigma = math.sqrt(stochastic**2 * energy + (constant * energy) ** 2 + noise**2)
    return energy + sigma * rng.standard_normal()


@njit(cache=True, nogil=True)
def early_fraction(rng):
    """Part of a hadron's energy in the electromagnetic section; 40% cross it as minimum-ionising particles."""
    draw = rng.random()
    return 0.0 if draw < 0.4 else (draw - 0.4) / 0.6


@njit(cache=True, nogil=True)
def detect(rng, particles, fake_rate, em_min, had_min):
    """Tracks and clusters of one event.

    Parameters
    ----------
    rng : numpy.random.Generator
    particles : array of sim.event_records.PARTICLE
    fake_rate : float
        Mean number of fake tracks per true one.
    em_min, had_min : float
        Least transverse energy (GeV) of the two parts of a cell.

    Returns
    -------
    tracks : array of L1_TRACK
    clusters : array of L1_CLUSTER
    """
    cells = np.zeros((N_CELLS, 5))  # early, true by eta, true by phi in the cell, late, true: transverse
    forward = np.zeros(N_FORWARD)
    tracks = empty_tracks(np.sum(particles["pt"] > 0.9 * MIN_PT))
    n = 0
    for i in range(len(particles)):
        particle = particles[i]
        charge = charge_of(particle.pdgId)
        code = abs(particle.pdgId)
        pt = particle.pt
        if charge != 0 and pt < REACHES_BARREL and abs(particle.eta) < 1.2:
            continue
        cot_theta = math.sinh(particle.eta)
        dxy, dz, phi = 0.0, particle.z, particle.phi
        radius2 = particle.x**2 + particle.y**2
        if radius2 > PROMPT_RADIUS**2 or (charge != 0 and pt > 0.9 * MIN_PT):
            dxy, dz, phi = perigee(particle.x, particle.y, particle.z, pt, particle.phi, cot_theta, charge)
        where, eta, calo_phi = calorimeter_entrance(dz, pt, phi, cot_theta, charge)
        if charge != 0 and pt > 0.9 * MIN_PT:
            efficiency = l1_track_efficiency(abs(particle.eta), code, math.sqrt(radius2), dxy)
            if rng.random() < efficiency:
                track = tracks[n]
                measure_track(rng, track, pt, particle.eta, phi, dz, dxy, charge)
                if track.pt > MIN_PT:
                    track.caloEta, track.caloPhi = eta, calo_phi
                    track.quality, track.identity = quality_of(rng, True, dxy), identity_of(rng, code)
                    n += 1
        if code == 13 or where == 0:
            continue
        if where == 2 or abs(eta) >= HALF_LENGTH_ETA:
            index = forward_index(eta, calo_phi)
            if index >= 0:
                forward[index] += pt
            continue
        cell = cells[cell_index(eta, calo_phi)]
        early = pt
        if code != 22 and code != 11:
            early = pt * early_fraction(rng)
            cell[3] += pt - early
            early *= EARLY_RESPONSE
        cell[0] += early
        cell[1] += pt * eta
        cell[2] += pt * ((calo_phi + math.pi) % CELL)
        cell[4] += pt
    n = lose_close_tracks(rng, tracks, n)
    n = add_fakes(rng, tracks, n, fake_rate, BEAM_SPOT_LENGTH)
    return tracks[:n], read_out(rng, cells, forward, em_min, had_min)


@njit(cache=True, nogil=True)
def read_out(rng, cells, forward, em_min, had_min):
    """Smear the cells and keep what is above threshold: see `detect`."""
    clusters = np.empty(N_CELLS + N_FORWARD, dtype=L1_CLUSTER)
    n = 0
    for index in range(N_CELLS):
        early, late, total = cells[index, 0], cells[index, 3], cells[index, 4]
        if total < 0.5 * min(em_min, had_min):  # the noise alone stays below the thresholds
            continue
        eta = cells[index, 1] / total
        to_energy = math.cosh(eta)
        region = 0 if abs(eta) < ENDCAP_ETA else 1
        em = smear(rng, early * to_energy, EM_TERMS[region]) / to_energy
        had = smear(rng, late * to_energy, HAD_TERMS[region]) / to_energy if late > 0.0 else 0.0
        em, had = em if em > em_min else 0.0, had if had > had_min else 0.0
        if em + had > 0.0:
            cluster = clusters[n]
            cluster.emPt, cluster.hadPt, cluster.eta = em, had, eta
            cluster.phi = index % CELLS_PHI * CELL - math.pi + cells[index, 2] / total
            n += 1
    for index in range(N_FORWARD):
        if forward[index] < had_min:
            continue
        eta, phi = forward_direction(index)
        energy = forward[index] * math.cosh(eta)
        stochastic, constant = FORWARD_TERMS
        sigma = math.sqrt(stochastic**2 * energy + (constant * energy) ** 2)
        measured = (energy + sigma * rng.standard_normal()) / math.cosh(eta)
        if measured > had_min:
            cluster = clusters[n]
            cluster.emPt, cluster.hadPt, cluster.eta, cluster.phi = 0.0, measured, eta, phi
            n += 1
    return clusters[:n]
