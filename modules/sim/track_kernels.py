"""Which charged particles become tracks, and with what errors. Pure functions for `LightTrackProducer`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .event_records import TRACK
from .helix import perigee, wrap

PIXEL_RADII = (2.9, 6.8, 10.9, 16.0)  # cm, layers of the barrel pixel detector
MAX_ETA = 2.95
MAX_PRODUCTION_RADIUS = 60.0  # cm
BEAM_SPOT_LENGTH = 3.5  # cm


@njit(cache=True, nogil=True)
def charge_of(pdg_id):
    """Charge of a long-lived particle, in units of e; 0 for neutral ones."""
    code = abs(pdg_id)
    sign = 1 if pdg_id > 0 else -1
    if code == 211 or code == 321 or code == 2212 or code == 3222:
        return sign
    if code == 11 or code == 13 or code == 3112 or code == 3312 or code == 3334:
        return -sign
    return 0


@njit(cache=True, nogil=True)
def track_efficiency(pt, abs_eta, production_radius, is_muon, is_electron):
    """Probability that a charged particle is found; the numbers follow the plots in JINST 9 (2014) P10009."""
    if pt < 0.1 or abs_eta > MAX_ETA or production_radius > MAX_PRODUCTION_RADIUS:
        return 0.0
    plateau = 0.99 if is_muon else (0.85 if is_electron else 0.90)
    efficiency = plateau * (1.0 - math.exp(-((pt / 0.25) ** 1.6)))
    if abs_eta > 1.6:
        efficiency *= 1.0 - 0.12 * (abs_eta - 1.6)
    if abs_eta > 2.5:
        efficiency *= (MAX_ETA - abs_eta) / (MAX_ETA - 2.5)
    if production_radius > 2.0:
        efficiency *= max(0.0, 1.0 - (production_radius - 2.0) / (MAX_PRODUCTION_RADIUS - 2.0)) ** 2
    return efficiency


@njit(cache=True, nogil=True)
def impact_errors(pt, abs_eta, n_pixel):
    """Typical errors of dxy and dz (cm): sensor resolution and multiple scattering, worse with fewer pixel layers.

    Fitted to the medians of d0Err and dzErr of particle-flow candidates in CMS Run-3-like simulation, 0.5 to 100 GeV.
    """
    forward = max(0.0, abs_eta - 1.0)
    scattering = pt**-0.75
    dxy = math.hypot(9.5e-4, 64e-4 * (1.0 + 0.38 * forward) * scattering)
    dz = math.hypot(19e-4, 76e-4 * (1.0 + 0.25 * forward + 0.5 * forward**3) * scattering)
    missing = (1.0, 1.7, 4.0, 9.0, 40.0)[4 - n_pixel]
    return dxy * missing, dz * missing


@njit(cache=True, nogil=True)
def _pixel_hits(rng, production_radius):
    """Layers that the particle crossed and that gave a hit."""
    hits = 0
    for radius in PIXEL_RADII:
        if production_radius < radius and rng.random() < 0.975:
            hits += 1
    return hits


@njit(cache=True, nogil=True)
def _measure(rng, track, pt, eta, phi, dxy, dz, charge, n_pixel):
    """Smear true parameters into `track`. A few percent of tracks have errors twice as large as they claim."""
    abs_eta = abs(eta)
    dxy_error, dz_error = impact_errors(pt, abs_eta, n_pixel)
    spread = math.exp(0.22 * rng.standard_normal())
    dxy_error *= spread
    dz_error *= spread
    pull = 2.2 if rng.random() < 0.04 else 1.0
    resolution = math.hypot(
        0.007 * (1.0 + 0.6 * max(0.0, abs_eta - 0.9)), 1.2e-4 * pt * (1.0 + max(0.0, abs_eta - 1.6))
    )
    track.pt = max(0.05, pt / max(0.2, 1.0 + pull * resolution * rng.standard_normal()))
    track.ptErr = resolution * track.pt
    track.eta = eta + (3e-4 + 1.2e-3 / pt) * rng.standard_normal()
    track.phi = wrap(phi + (1e-4 + 1.2e-3 / pt) * rng.standard_normal())
    track.charge = charge
    track.dxy = dxy + pull * dxy_error * rng.standard_normal()
    track.dz = dz + pull * dz_error * rng.standard_normal()
    track.dxyErr = dxy_error
    track.dzErr = dz_error
    n_hits = n_pixel + int((9.0 + 3.0 * min(abs_eta, 1.6)) * (0.8 + 0.2 * rng.random()))
    track.nHits = n_hits
    track.nPixelHits = n_pixel
    scale = 2.0 / (
        9.0 * (2.0 * n_hits - 5.0)
    )  # chi2 over degrees of freedom is nearly the cube of a normal (Wilson, Hilferty)
    track.normalizedChi2 = pull * max(0.05, 1.0 - scale + math.sqrt(scale) * rng.standard_normal()) ** 3


@njit(cache=True, nogil=True)
def make_tracks(rng, particles, fake_rate):
    """Tracks of one event, unordered.

    Parameters
    ----------
    rng : numpy.random.Generator
    particles : array of PARTICLE
    fake_rate : float
        Mean number of fake tracks per true one.

    Returns
    -------
    array of TRACK
    """
    tracks = np.zeros(2 * len(particles) + 16, dtype=TRACK)
    found = 0
    for i in range(len(particles)):
        particle = particles[i]
        charge = charge_of(particle.pdgId)
        if charge == 0:
            continue
        code = abs(particle.pdgId)
        radius = math.hypot(particle.x, particle.y)
        if rng.random() >= track_efficiency(particle.pt, abs(particle.eta), radius, code == 13, code == 11):
            continue
        dxy, dz, phi = perigee(
            particle.x, particle.y, particle.z, particle.pt, particle.phi, math.sinh(particle.eta), charge
        )
        n_pixel = _pixel_hits(rng, radius)
        _measure(rng, tracks[found], particle.pt, particle.eta, phi, dxy, dz, charge, n_pixel)
        tracks[found].highPurity = rng.random() < (0.98 if n_pixel > 2 else 0.75)
        tracks[found].particle = i
        found += 1
    n_fakes = min(rng.poisson(fake_rate * found), len(tracks) - found)
    for _ in range(n_fakes):
        pt = 0.3 + rng.exponential(0.6)
        eta = rng.uniform(-MAX_ETA, MAX_ETA)
        charge = 1 if rng.random() < 0.5 else -1
        dxy, dz = 0.3 * rng.standard_normal(), BEAM_SPOT_LENGTH * rng.standard_normal()
        _measure(rng, tracks[found], pt, eta, rng.uniform(-math.pi, math.pi), dxy, dz, charge, rng.integers(0, 4))
        tracks[found].normalizedChi2 *= 1.5
        tracks[found].highPurity = rng.random() < 0.1
        tracks[found].particle = -1
        found += 1
    return tracks[:found]
