"""Paths of particles in the solenoid: helices and straight lines. Lengths in cm, momenta in GeV.

The beam line is the z axis and the field points along +z, so positive particles turn clockwise.
The impact parameter has CMS's sign: ``dxy = -x sin(phi) + y cos(phi)`` at the point of closest approach.
"""

from __future__ import annotations

import math

from numba import njit

FIELD = 3.8  # tesla
RADIUS_PER_PT = 1.0 / (0.00299792458 * FIELD)  # cm per GeV
ECAL_RADIUS = 129.0  # cm, inner face of the barrel calorimeter
ECAL_Z = 317.0  # cm, front face of the endcap
HF_Z = 1115.0  # cm, front face of the forward calorimeter
FIELD_Z = 600.0  # cm, about where the field ends
ENDCAP_RADIUS = 31.6  # cm, |eta| = 3.0 at the endcap's front face


@njit(cache=True, nogil=True)
def wrap(phi):
    """An angle brought into [-pi, pi)."""
    return phi - 2.0 * math.pi * math.floor((phi + math.pi) / (2.0 * math.pi))


@njit(cache=True, nogil=True)
def perigee(x, y, z, pt, phi, cot_theta, charge):
    """Parameters at the point of closest approach to the beam line.

    Returns
    -------
    dxy, dz, phi : float
        Signed transverse impact parameter, z, and azimuth of the momentum there.
    """
    if charge == 0:
        return y * math.cos(phi) - x * math.sin(phi), z - (x * math.cos(phi) + y * math.sin(phi)) * cot_theta, phi
    radius = charge * pt * RADIUS_PER_PT
    centre_x, centre_y = x + radius * math.sin(phi), y - radius * math.cos(phi)
    distance = math.hypot(centre_x, centre_y)
    side = 1.0 if radius > 0 else -1.0
    phi_0 = math.atan2(side * centre_x, -side * centre_y)
    turned = wrap(phi_0 - phi)  # positive particles turn to smaller phi, so this is + for a point downstream
    return radius - side * distance, z - radius * turned * cot_theta, phi_0


@njit(cache=True, nogil=True)
def position_near(dxy, dz, pt, phi, cot_theta, charge, x, y):
    """Point of a helix (given by its perigee) closest in the transverse plane to (x, y), and the azimuth there."""
    radius = charge * pt * RADIUS_PER_PT
    centre_x, centre_y = (radius - dxy) * math.sin(phi), -(radius - dxy) * math.cos(phi)
    side = 1.0 if radius > 0 else -1.0
    to_x, to_y = x - centre_x, y - centre_y
    scale = abs(radius) / math.hypot(to_x, to_y)
    phi_here = math.atan2(-side * to_x, side * to_y)
    turned = wrap(phi - phi_here)
    return centre_x + scale * to_x, centre_y + scale * to_y, dz + radius * turned * cot_theta, phi_here


@njit(cache=True, nogil=True)
def calorimeter_entrance(dz, pt, phi, cot_theta, charge):
    """Where a particle from near the beam line enters a calorimeter.

    Returns
    -------
    where : int
        0 nowhere, 1 barrel or endcap, 2 forward calorimeter.
    eta, phi : float
        Direction of the entrance point seen from the origin.
    """
    diameter = 2.0 * pt * RADIUS_PER_PT if charge != 0 else 1e9
    if diameter > ECAL_RADIUS:
        half_turn = math.asin(ECAL_RADIUS / diameter)
        z = dz + cot_theta * diameter * half_turn
        if abs(z) < ECAL_Z:
            return 1, math.asinh(z / ECAL_RADIUS), wrap(phi - charge * half_turn)
    if cot_theta == 0.0:
        return 0, 0.0, 0.0
    side = 1.0 if cot_theta > 0 else -1.0
    half_turn = (side * ECAL_Z - dz) / cot_theta / diameter
    r = diameter * abs(math.sin(half_turn))
    if r > ENDCAP_RADIUS:
        # a particle that spirals more than ten turns on its way loses itself in the material
        return (1 if half_turn < 30.0 else 0), math.asinh(side * ECAL_Z / max(r, 1e-3)), wrap(phi - charge * half_turn)
    half_turn = (side * FIELD_Z - dz) / cot_theta / diameter
    r = diameter * abs(math.sin(half_turn)) * HF_Z / FIELD_Z
    return 2, math.asinh(side * HF_Z / max(r, 1e-3)), wrap(phi - charge * half_turn)
