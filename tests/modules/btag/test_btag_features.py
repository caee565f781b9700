from __future__ import annotations

import math

import numpy as np
import pytest

from pyrun.modules.btag.features import (
    CHARGED_FEATURES,
    NEUTRAL_FEATURES,
    VERTEX_FEATURES,
    Momentum,
    bounded,
    charged_features,
    delta_phi,
    neutral_features,
    smallest_delta_r,
    sorted_within,
    track_info,
    vertex_features,
)


def momentum(pt: float, eta: float, phi: float, mass: float = 0.0) -> Momentum:
    return Momentum.of(*(np.array([x]) for x in (pt, eta, phi, mass)))


def info(track: Momentum, jet: Momentum, d0=0.0, d0_error=0.01, dz=0.0, dz_error=0.01, vertex_error=(0.0, 0.0, 0.0)):
    impact = (np.array([x]) for x in (d0, d0_error, dz, dz_error))
    return track_info(track, *impact, jet, np.array([vertex_error]))


def test_a_track_that_crosses_the_jet_axis_ahead_of_the_vertex_has_a_positive_impact_parameter():
    # A decay at x = 1 cm on the jet's axis sends the track off at 0.1 rad: its nearest point to the origin is
    # sin(0.1) (sin 0.1, -cos 0.1), which is d0 (-sin phi, cos phi) with d0 = -sin(0.1).
    jet, track = momentum(50, 0, 0), momentum(5, 0, 0.1)
    ahead = info(track, jet, d0=-math.sin(0.1))
    assert ahead.sip2d == pytest.approx(math.sin(0.1))
    assert ahead.sip3d == pytest.approx(math.sin(0.1))
    behind = info(track, jet, d0=math.sin(0.1))
    assert behind.sip2d == pytest.approx(-math.sin(0.1))


def test_a_track_from_a_point_on_the_axis_has_no_distance_to_it():
    jet = momentum(50, 1.2, 0.7)
    track = momentum(5, 1.35, 0.9)
    direction = np.array([jet.px[0], jet.py[0], jet.pz[0]]) / jet.p[0]
    d0, dz = impact_parameters(0.3 * direction, track)
    on_axis = info(track, jet, d0=d0, dz=dz)
    assert on_axis.jet_distance == pytest.approx(0, abs=1e-9)
    assert on_axis.sip3d[0] > 0
    off_axis = info(track, jet, d0=d0 + 0.02, dz=dz)
    assert off_axis.jet_distance[0] < -1e-3


def impact_parameters(point: np.ndarray, track: Momentum) -> tuple[float, float]:
    """CMS's dxy and dz of the line through `point` along the track, with respect to the origin."""
    px, py, pz, pt = track.px[0], track.py[0], track.pz[0], track.pt[0]
    dxy = (-point[0] * py + point[1] * px) / pt
    dz = point[2] - (point[0] * px + point[1] * py) / pt * pz / pt
    return dxy, dz


def test_the_three_dimensional_impact_parameter_is_the_distance_of_the_line_to_the_vertex():
    track, point = momentum(3, -0.8, 2.1), np.array([0.05, -0.12, 0.2])
    d0, dz = impact_parameters(point, track)
    direction = np.array([track.px[0], track.py[0], track.pz[0]]) / track.p[0]
    expected = np.linalg.norm(point - (point @ direction) * direction)
    assert abs(info(track, momentum(30, 0, 2), d0=d0, dz=dz).sip3d[0]) == pytest.approx(expected)


def test_the_distance_to_the_axis_is_that_of_two_lines():
    track, jet, point = momentum(3, 0.5, 0.3), momentum(30, 0.2, 0.1), np.array([0.02, 0.11, -0.07])
    d0, dz = impact_parameters(point, track)
    a, b = (np.array([v.px[0], v.py[0], v.pz[0]]) for v in (track, jet))
    normal = np.cross(a, b) / np.linalg.norm(np.cross(a, b))
    assert info(track, jet, d0=d0, dz=dz).jet_distance[0] == pytest.approx(-abs(point @ normal))


def test_significances_include_the_error_of_the_vertex():
    found = info(momentum(5, 0, 0), momentum(50, 0, 0), d0=0.05, d0_error=0.003, vertex_error=(9.0, 0.004, 9.0))
    assert found.sip2d_sig == pytest.approx(0.05 / 0.005)  # the track flies along x, so only y counts
    assert found.sip3d_sig == pytest.approx(0.05 / 0.005)


def test_momenta_are_split_along_and_across_the_axis():
    jet, track = momentum(50, 0, 0), momentum(5, 0, 0.2)
    found = info(track, jet)
    energy, along = math.hypot(5, 0.13957018), 5 * math.cos(0.2)
    assert found.p_par == pytest.approx(along)
    assert found.pt_rel == pytest.approx(5 * math.sin(0.2))
    assert found.p_par_ratio == pytest.approx(math.cos(0.2))
    assert found.eta_rel == pytest.approx(0.5 * math.log((energy + along) / (energy - along)))
    assert found.delta_r == pytest.approx(0.2)


def test_no_feature_is_infinite_for_a_track_along_the_axis_without_impact_parameter():
    jet = momentum(50, 0.4, 0.4)
    found = info(momentum(5, 0.4, 0.4), jet, d0_error=0.0, dz_error=0.0)
    assert all(np.isfinite(column).all() for column in found)


def test_bounds_and_replacements_are_applied_before_the_offset_counts():
    x = np.array([np.nan, np.inf, -np.inf, 1e33, -5.0, 0.25, 5.0])
    assert bounded(x, 0, -1, 0, -1).tolist() == [-1, -1, -1, -1, -1, -0.75, 0]
    assert bounded(x, 300, -1, 300).tolist() == [300, 300, 300, 300, -1, 0.25, 5]


def test_differences_of_angles_are_periodic():
    assert delta_phi(np.array([3.1, -3.1, 0.5]), np.array([-3.1, 3.1, 0.2])) == pytest.approx(
        [6.2 - 2 * math.pi, 2 * math.pi - 6.2, 0.3]
    )


def test_charged_features_have_cms_offsets_and_encodings():
    jet, track = momentum(50, 0, 0), momentum(5, 0, 0.1)
    found = info(track, jet, d0=-2.0, d0_error=0.01)
    one = np.ones(1)
    columns = charged_features(found, 0.1 * one, 0.15 * one, 0.4, 0.7 * one, 7 * one, 2.9 * one, one)
    row = dict(zip(CHARGED_FEATURES, columns[0], strict=True))
    assert row["ptrel"] == pytest.approx(-0.9)
    assert row["drminsv"] == pytest.approx(-0.25)
    assert row["chi2"] == 2.0  # CMSSW rounds down
    assert (row["quality"], row["vtx_ass"]) == (5.0, 7.0)
    assert row["puppiw"] == pytest.approx(0.7)
    assert row["btagPf_trackSip2dVal"] == pytest.approx(2.0)
    flipped = charged_features(found, one, one, 0.4, one, one, one, 0 * one, flip=True)
    row = dict(zip(CHARGED_FEATURES, flipped[0], strict=True))
    assert row["btagPf_trackSip2dVal"] == -1.0  # -2 cm is out of bounds
    assert row["quality"] == 1.0


def test_neutral_features_have_cms_offsets():
    columns = neutral_features(
        momentum(5, 0.1, 0.2), momentum(50, 0, 0), np.array([130]), np.array([0.8]), np.array([0.1]), np.array([0.4]),
        0.4, np.array([0.5]),
    )  # fmt: skip
    expected = dict(ptrel=-0.9, etarel=-0.4, phirel=-0.3, deltaR=math.hypot(0.1, 0.2) - 0.6, isGamma=0, hadFrac=0.8,
                    drminsv=0, puppiw=0.5)  # fmt: skip
    assert dict(zip(NEUTRAL_FEATURES, columns[0], strict=True)) == pytest.approx(expected, abs=1e-6)


def test_photons_have_no_hadronic_fraction():
    columns = neutral_features(
        momentum(5, 0, 0), momentum(50, 0, 0), np.array([22]), np.array([0.3]), *(np.ones(1) for _ in range(2)), 0.4,
        np.ones(1),
    )  # fmt: skip
    row = dict(zip(NEUTRAL_FEATURES, columns[0], strict=True))
    assert (row["isGamma"], row["hadFrac"]) == (1.0, 0.0)


def test_vertex_features_survive_a_fit_without_degrees_of_freedom():
    names = ("mass", "nTracks", "chi2", "ndof", "dxy", "dxySig", "d3d", "d3dSig", "cosThetaSVPV")
    fields = dict(zip(names, (np.array([x]) for x in (1.9, 3, 4.0, 0.0, 0.2, 900.0, 0.5, 12.0, 0.99)), strict=True))
    columns = vertex_features(momentum(20, 0.1, 0, 1.9), momentum(50, 0, 0, 5.0), fields)
    row = dict(zip(VERTEX_FEATURES, columns[0], strict=True))
    assert row["normchi2"] == 1000
    assert row["dxysig"] == 800
    assert row["deltaR"] == pytest.approx(-0.4)
    assert row["enratio"] == pytest.approx(momentum(20, 0.1, 0, 1.9).energy[0] / math.hypot(50, 5))


def test_the_next_vertex_is_looked_for_in_the_own_event_only():
    candidate = Momentum.of(np.full(3, 5.0), np.zeros(3), np.zeros(3), 0.0)
    vertex = Momentum.of(np.full(3, 5.0), np.array([0.3, 0.1, 0.05]), np.zeros(3), 0.0)
    found = smallest_delta_r(candidate, np.array([0, 1, 2]), vertex, np.array([0, 2, 2, 3]))
    assert found == pytest.approx([0.1, 0.4, 0.05])


def test_order_is_by_group_then_keys_descending_with_the_unmeasured_last():
    group = np.array([1, 0, 0, 0, 1, 0])
    first = np.array([2.0, 1.0, np.nan, 3.0, 5.0, 1.0])
    second = np.array([0.0, 1.0, 9.0, 0.0, 0.0, 2.0])
    assert sorted_within(group, first, second).tolist() == [3, 5, 1, 2, 4, 0]
