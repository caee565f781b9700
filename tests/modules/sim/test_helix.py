from __future__ import annotations

import math

import numpy as np
import pytest

from pyrun.modules.sim.helix import RADIUS_PER_PT, calorimeter_entrance, perigee, position_near, wrap


def along_helix(x, y, z, pt, phi, cot_theta, charge, length, steps=20000):
    """Step along a charged particle's path by integrating its equation of motion."""
    ds = length / steps
    for _ in range(steps):
        middle = phi - charge * 0.5 * ds / (pt * RADIUS_PER_PT)
        x, y, z = x + ds * math.cos(middle), y + ds * math.sin(middle), z + ds * cot_theta
        phi -= charge * ds / (pt * RADIUS_PER_PT)
    return x, y, z, phi


@pytest.mark.parametrize("charge", [1, -1])
@pytest.mark.parametrize("dxy", [0.3, -0.8])
def test_perigee_undoes_a_flight_from_the_beam_line(charge, dxy):
    phi, dz, pt, cot_theta = 0.7, -2.0, 0.9, 1.3
    start = (-dxy * math.sin(phi), dxy * math.cos(phi), dz)
    x, y, z, phi_there = along_helix(*start, pt, phi, cot_theta, charge, 15.0)
    found = perigee(x, y, z, pt, phi_there, cot_theta, charge)
    np.testing.assert_allclose(found, (dxy, dz, phi), atol=1e-4)
    assert np.allclose(position_near(dxy, dz, pt, phi, cot_theta, charge, x, y)[:3], (x, y, z), atol=1e-4)


def test_neutral_particles_fly_straight():
    dxy, dz, phi = perigee(1.0, 2.0, 3.0, 5.0, math.pi / 2, 0.5, 0)
    np.testing.assert_allclose((dxy, dz, phi), (-1.0, 2.0, math.pi / 2), atol=1e-12)


@pytest.mark.parametrize(
    ("pt", "eta", "where"), [(5.0, 0.5, 1), (5.0, 2.0, 1), (5.0, 4.0, 2), (0.3, 0.0, 0), (0.3, 2.2, 1)]
)
def test_calorimeter_that_a_charged_particle_reaches(pt, eta, where):
    assert calorimeter_entrance(0.0, pt, 0.0, math.sinh(eta), 1)[0] == where


def test_entrance_agrees_with_stepping():
    pt, phi, cot_theta = 1.5, -2.0, 0.4
    length = 2 * pt * RADIUS_PER_PT * math.asin(129.0 / (2 * pt * RADIUS_PER_PT))
    x, y, z, _ = along_helix(0.0, 0.0, 3.0, pt, phi, cot_theta, -1, length)
    where, eta, azimuth = calorimeter_entrance(3.0, pt, phi, cot_theta, -1)
    assert where == 1
    np.testing.assert_allclose((eta, azimuth), (math.asinh(z / math.hypot(x, y)), math.atan2(y, x)), atol=1e-4)


def test_wrap_brings_angles_into_one_turn():
    assert (
        wrap(3 * math.pi) == pytest.approx(-math.pi)
        and wrap(-0.5) == -0.5
        and wrap(7.0) == pytest.approx(7 - 2 * math.pi)
    )
