from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from particle_gun import as_events, group

from pyrun.framework.testing import TestProcessor
from pyrun.modules.sim.track_kernels import impact_errors, track_efficiency


def tracks_of(particles, fake_rate=0.0, seed=1):
    return TestProcessor("LightTrackProducer", fakeRate=fake_rate).run({"mix": particles}, seed=seed)[""]


def test_impact_parameters_scatter_by_their_errors(soft_events, soft_products):
    tracks = soft_products["generalTracks"]
    tracks = ak.flatten(tracks[tracks.particle >= 0])
    pulls = ak.to_numpy(tracks.dxy / tracks.dxyErr)
    core = np.percentile(pulls, 84) - np.percentile(pulls, 16)
    assert core / 2 == pytest.approx(1.0, abs=0.1) and abs(np.median(pulls)) < 0.1


def test_resolution_is_near_cms_at_one_and_fifty_gev():
    assert impact_errors(1.0, 0.5, 4)[0] == pytest.approx(65e-4, rel=0.2)
    assert impact_errors(50.0, 0.5, 4)[0] == pytest.approx(10e-4, rel=0.2)
    assert impact_errors(1.0, 2.3, 4)[0] > 1.3 * impact_errors(1.0, 0.5, 4)[0]


def test_a_track_from_a_displaced_vertex_has_the_impact_parameter_of_its_geometry():
    flight, angle = 0.5, 0.2
    particles = as_events([[group(200, 20.0, 0.2, angle, 211, x=flight)]])
    tracks = tracks_of(particles)[0]
    assert np.median(tracks.dxy) == pytest.approx(-flight * np.sin(angle), abs=5e-4)


def test_neutral_and_forward_particles_make_no_tracks():
    assert len(tracks_of(as_events([[group(50, 5.0, 0.0, 0.0, 22), group(50, 5.0, 3.5, 0.0, 211)]]))[0]) == 0


def test_efficiency_falls_for_soft_displaced_and_forward_particles():
    nominal = track_efficiency(5.0, 0.5, 0.0, False, False)
    assert 0.85 < nominal < 0.97
    for worse in ((0.2, 0.5, 0.0), (5.0, 2.8, 0.0), (5.0, 0.5, 30.0)):
        assert track_efficiency(*worse, False, False) < 0.75 * nominal
    assert track_efficiency(5.0, 0.5, 61.0, False, False) == 0.0


def test_fakes_come_at_the_rate_asked_for_and_are_marked():
    particles = as_events([[group(1000, 2.0, 0.0, 1.0, 211)]] * 5)
    tracks = ak.flatten(tracks_of(particles, fake_rate=0.1))
    fakes = tracks[tracks.particle < 0]
    assert len(fakes) / len(tracks) == pytest.approx(0.091, abs=0.02)
    assert ak.mean(fakes.highPurity) < 0.3 < ak.mean(tracks.highPurity)


def test_tracks_far_from_the_beam_have_fewer_pixel_hits():
    particles = as_events([[group(200, 5.0, 0.0, 0.0, 211)], [group(200, 5.0, 0.0, 0.0, 211, x=9.0)]])
    near, far = tracks_of(particles)
    assert (
        ak.mean(near.nPixelHits) > 3.5
        and ak.max(far.nPixelHits) == 2
        and ak.mean(far.dxyErr) > 2 * ak.mean(near.dxyErr)
    )
