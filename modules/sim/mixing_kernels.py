"""Overlay of minimum-bias interactions. Pure functions for `MixingModule`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .event_records import PARTICLE
from .helix import wrap


@njit(cache=True, nogil=True)
def overlay(rng, signal, pool, offsets, chosen, beam_width, beam_length):
    """Add chosen events of the pool to the particles of the signal.

    Each is turned in phi by a random angle, mirrored in z or not, and moved to a vertex of its own.

    Parameters
    ----------
    signal : array of PARTICLE
        Already at its vertex.
    pool : array of PARTICLE
        Particles of all events of the pool, made at the origin.
    offsets : array of int
        Event i of the pool is ``pool[offsets[i]:offsets[i + 1]]``.
    chosen : array of int
        The events to add.
    beam_width, beam_length : float
        Standard deviations of the vertices' x and y, and z (cm).

    Returns
    -------
    particles : array of PARTICLE
    z : array of float32
        z of the vertices added (cm).
    """
    n_interactions = len(chosen)
    size = len(signal)
    for k in chosen:
        size += offsets[k + 1] - offsets[k]
    particles = np.empty(size, dtype=PARTICLE)
    particles[: len(signal)] = signal
    z_vertices = np.empty(n_interactions, dtype=np.float32)
    filled = len(signal)
    for interaction in range(n_interactions):
        angle = rng.uniform(-math.pi, math.pi)
        mirror = 1.0 if rng.random() < 0.5 else -1.0
        cos, sin = math.cos(angle), math.sin(angle)
        x, y = beam_width * rng.standard_normal(), beam_width * rng.standard_normal()
        z = beam_length * rng.standard_normal()
        z_vertices[interaction] = z
        for source in pool[offsets[chosen[interaction]] : offsets[chosen[interaction] + 1]]:
            particle = particles[filled]
            particle.pt = source.pt
            particle.eta = mirror * source.eta
            particle.phi = wrap(source.phi + angle)
            particle.pdgId = source.pdgId
            particle.x = x + cos * source.x - sin * source.y
            particle.y = y + sin * source.x + cos * source.y
            particle.z = z + mirror * source.z
            filled += 1
    return particles, z_vertices
