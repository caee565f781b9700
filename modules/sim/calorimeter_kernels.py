"""Energy deposits in a grid of calorimeter cells. Pure functions for `LightParticleFlowProducer`.

Up to |eta| = 3 the electromagnetic and the hadron calorimeter have cells of 0.087 x 0.087 in eta and phi, the hadron
calorimeter wider towers in the endcaps; the forward calorimeter has towers of 0.175 x 0.175. Deposits in a cell
add up: overlapping showers can't be told apart.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .helix import calorimeter_entrance, perigee
from .track_kernels import charge_of

CELLS_PHI = 72
CELLS_ETA = 70
CELL = 2.0 * math.pi / CELLS_PHI
FORWARD_PHI = 36
FORWARD_ETA = 13  # rings of one side, from |eta| = 2.95
FORWARD_TOWER = 2.0 * math.pi / FORWARD_PHI
FORWARD_START = 2.95
ENDCAP_ETA = 1.48
PROMPT_RADIUS = 0.1  # cm; what is made nearer to the beam line enters the calorimeters as if made on it


@njit(cache=True, nogil=True)
def cell_index(eta, phi):
    """Number of the cell at a direction; the grid's eta is centred on zero."""
    row = min(max(int(math.floor(eta / CELL + 0.5 * CELLS_ETA)), 0), CELLS_ETA - 1)
    return row * CELLS_PHI + int(math.floor((phi + math.pi) / CELL)) % CELLS_PHI


@njit(cache=True, nogil=True)
def tower_index(cell):
    """Number of the hadron tower that a cell belongs to: the lowest of the tower's cells.

    Beyond |eta| = 1.74 towers are two cells wide in phi, beyond 2.5 also in eta.
    """
    row, column = cell // CELLS_PHI, cell % CELLS_PHI
    eta = abs(row + 0.5 - 0.5 * CELLS_ETA) * CELL
    if eta > 1.74:
        column -= column % 2
    if eta > 2.5:
        row -= row % 2
    return row * CELLS_PHI + column


@njit(cache=True, nogil=True)
def tower_direction(tower):
    """Centre of a hadron tower, given as by `tower_index`."""
    row, column = tower // CELLS_PHI, tower % CELLS_PHI
    eta, phi = (row + 0.5 - 0.5 * CELLS_ETA) * CELL, (column + 0.5) * CELL - math.pi
    if abs(eta) > 1.74:
        phi += 0.5 * CELL
    if abs(eta) > 2.5:
        eta += 0.5 * CELL
    return eta, phi


@njit(cache=True, nogil=True)
def forward_index(eta, phi):
    """Number of the forward tower at a direction, -1 outside; beyond |eta| = 4.7 towers are twice as wide in phi."""
    ring = int(math.floor((abs(eta) - FORWARD_START) / FORWARD_TOWER))
    if ring < 0 or ring >= FORWARD_ETA:
        return -1
    sector = int(math.floor((phi + math.pi) / FORWARD_TOWER)) % FORWARD_PHI
    if ring >= 10:
        sector -= sector % 2
    return ((FORWARD_ETA if eta > 0 else 0) + ring) * FORWARD_PHI + sector


@njit(cache=True, nogil=True)
def forward_direction(index):
    """Centre of a forward tower."""
    row, sector = index // FORWARD_PHI, index % FORWARD_PHI
    ring = row % FORWARD_ETA
    eta = FORWARD_START + (ring + 0.5) * FORWARD_TOWER
    phi = (sector + (1.0 if ring >= 10 else 0.5)) * FORWARD_TOWER - math.pi
    return (eta if row >= FORWARD_ETA else -eta), phi


@njit(cache=True, nogil=True)
def electromagnetic_energy(rng, energy):
    """Measured energy of a photon or electron: 2.8% / sqrt(E) + 0.3% + 40 MeV of noise, added in quadrature."""
    sigma = math.sqrt(0.028**2 * energy + (0.003 * energy) ** 2 + 0.04**2)
    return max(0.0, energy + sigma * rng.standard_normal())


@njit(cache=True, nogil=True)
def converts_and_is_lost(rng, pt, abs_eta):
    """Whether a photon becomes an electron pair in the tracker and the field keeps both from the calorimeter.

    The tracker is 0.4 radiation lengths thick at its centre and up to 1.8 near |eta| = 1.5 (JINST 3 (2008) S08004).
    """
    thickness = 0.5 + 1.2 * math.exp(-((abs_eta - 1.5) ** 2) / 0.3)
    return pt < 0.4 + 1.6 * rng.random() and rng.random() < 1.0 - math.exp(-7.0 / 9.0 * thickness)


@njit(cache=True, nogil=True)
def hadronic_energy(rng, energy):
    """Measured energy of a hadron, and the part of it in the electromagnetic calorimeter.

    Resolution 95% / sqrt(E) + 7%; a third cross the electromagnetic calorimeter as minimum-ionising particles. At low
    energies much of the shower stays below the thresholds of single cells and is lost.
    """
    lost = 1.0 - 0.35 * math.exp(-energy / 2.0)
    sigma = math.sqrt(0.95**2 * energy + (0.07 * energy) ** 2)
    measured = max(0.0, energy * lost + lost * sigma * rng.standard_normal())
    fraction = 0.0 if rng.random() < 0.33 else rng.random()
    early = fraction * measured if fraction > 0.0 else min(0.3, 0.3 * measured)
    return measured, early


@njit(cache=True, nogil=True)
def _entrance(particle):
    """Which calorimeter a particle enters and where, as `helix.calorimeter_entrance` says, and its energy."""
    cot_theta = math.sinh(particle.eta)
    charge = charge_of(particle.pdgId)
    dz, phi = particle.z, particle.phi
    if particle.x**2 + particle.y**2 > PROMPT_RADIUS**2:
        _, dz, phi = perigee(particle.x, particle.y, particle.z, particle.pt, particle.phi, cot_theta, charge)
    where, eta, phi = calorimeter_entrance(dz, particle.pt, phi, cot_theta, charge)
    return where, eta, phi, particle.pt * math.sqrt(1.0 + cot_theta * cot_theta)


@njit(cache=True, nogil=True)
def deposit(rng, particles, track_of, tracks, ecal, ecal_tracks, hcal, tower_p, tower_variance, tower_tracks, forward):
    """Send the particles of one event into the calorimeters.

    Parameters
    ----------
    particles : array of PARTICLE
    track_of : array of int
        For each particle the track it made, -1 if none.
    tracks : array of TRACK
    ecal : array of float, shape (cells, 3)
        Filled with energy, energy * eta, and energy * phi relative to the cell's low edge.
    ecal_tracks : array of int, shape (cells,)
        Filled with the number of tracks that point at a cell.
    hcal, tower_p, tower_variance : array of float, shape (cells,)
        Filled with energy, summed momentum of the tracks that point at a tower, and variance of the energy they
        explain.
    tower_tracks : array of int, shape (cells,)
    forward : array of float, shape (forward towers, 2)
        Filled with electromagnetic and hadronic energy.
    """
    for i in range(len(particles)):
        particle = particles[i]
        code = abs(particle.pdgId)
        if code == 13:
            continue
        where, eta, phi, energy = _entrance(particle)
        if where == 0:
            continue
        is_electromagnetic = code == 22 or code == 11
        if where == 2:
            index = forward_index(eta, phi)
            if index >= 0:
                _deposit_forward(rng, energy, is_electromagnetic, forward[index])
            continue
        if abs(eta) > 0.5 * CELLS_ETA * CELL:
            continue
        cell = cell_index(eta, phi)
        tower = tower_index(cell)
        if is_electromagnetic:
            if code == 22 and converts_and_is_lost(rng, particle.pt, abs(eta)):
                continue
            early = electromagnetic_energy(rng, energy)
        else:
            measured, early = hadronic_energy(rng, energy)
            hcal[tower] += measured - early
        ecal[cell, 0] += early
        ecal[cell, 1] += early * eta
        ecal[cell, 2] += early * ((phi + math.pi) % CELL)
        if track_of[i] >= 0:
            track = tracks[track_of[i]]
            momentum = track.pt * math.cosh(track.eta)
            ecal_tracks[cell] += 1
            tower_tracks[tower] += 1
            tower_p[tower] += momentum
            tower_variance[tower] += momentum + (0.09 * momentum) ** 2


@njit(cache=True, nogil=True)
def _deposit_forward(rng, energy, is_electromagnetic, tower):
    """Split a shower between the electromagnetic and the hadronic energy of a forward tower.

    The first is what long fibres see more than short ones, so part of the light of a photon is missing there.
    """
    if is_electromagnetic:
        measured = max(0.0, energy + math.sqrt(1.5**2 * energy + (0.09 * energy) ** 2) * rng.standard_normal())
        early, late = 0.45, 0.10
    else:
        measured = max(0.0, energy + math.sqrt(2.0**2 * energy + (0.09 * energy) ** 2) * rng.standard_normal())
        early = 0.25 * rng.random()
        late = 0.92 * (1.0 - early)
    tower[0] += early * measured
    tower[1] += late * measured


@njit(cache=True, nogil=True)
def empty_calorimeters():
    """Zeroed grids, in the order in which `deposit` takes them."""
    cells = CELLS_ETA * CELLS_PHI
    return (
        np.zeros((cells, 3)),
        np.zeros(cells, dtype=np.int32),
        np.zeros(cells),
        np.zeros(cells),
        np.zeros(cells),
        np.zeros(cells, dtype=np.int32),
        np.zeros((2 * FORWARD_ETA * FORWARD_PHI, 2)),
    )
