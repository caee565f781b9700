from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor
from pyrun.modules.l1t import l1_puppi_kernels, words
from pyrun.modules.l1t.l1_particle_flow_kernels import PF_CANDIDATE, particle_flow
from pyrun.modules.l1t.l1_puppi_kernels import PUPPI, puppi
from pyrun.modules.l1t.l1_records import ELECTRON, HADRON, L1_CLUSTER, L1_TRACK, MUON


def track(pt, eta=0.1, phi=0.2, z0=0.0, dxy=0.0, charge=1, quality=7, identity=HADRON):
    """A track that enters the calorimeters where it started."""
    return np.array([(pt, eta, phi, z0, dxy, eta, phi, charge, quality, identity)], dtype=L1_TRACK)


def cluster(em, had, eta=0.1, phi=0.2):
    return np.array([(em, had, eta, phi)], dtype=L1_CLUSTER)


NO_TRACK, NO_CLUSTER = np.empty(0, dtype=L1_TRACK), np.empty(0, dtype=L1_CLUSTER)


def flow(tracks, clusters):
    """(id, pt) of the candidates."""
    return [(int(one["id"]), round(float(one["pt"]), 3)) for one in particle_flow(tracks, clusters)]


def test_energy_that_a_track_explains_is_not_neutral():
    assert flow(track(20.0), cluster(5.0, 14.0)) == [(3, 20.0)]
    assert flow(track(20.0, charge=-1), cluster(12.0, 28.0)) == [(2, 20.0), (1, 12.0), (0, 8.0)]


def test_without_tracks_the_barrel_gives_photon_and_hadron_and_the_endcap_one_of_them():
    assert flow(NO_TRACK, cluster(12.0, 28.0)) == [(1, 12.0), (0, 28.0)]
    assert flow(NO_TRACK, cluster(12.0, 28.0, eta=2.0)) == [(0, 40.0)]
    assert flow(NO_TRACK, cluster(12.0, 1.0, eta=2.0)) == [(1, 13.0)]
    assert flow(NO_TRACK, cluster(0.0, 28.0, eta=3.5)) == [(0, 28.0)]


def test_hard_tracks_without_energy_are_dropped():
    assert flow(track(25.0), NO_CLUSTER) == [] and flow(track(15.0), NO_CLUSTER) == [(3, 15.0)]
    assert flow(track(15.0, quality=5), NO_CLUSTER) == [] and flow(track(9.0, quality=5), NO_CLUSTER) == [(3, 9.0)]
    assert flow(track(25.0, identity=MUON), NO_CLUSTER) == [(7, 25.0)]


def test_an_electron_takes_its_cluster():
    assert flow(track(30.0, charge=-1, identity=ELECTRON), cluster(33.0, 0.0)) == [(4, 30.0)]
    assert flow(track(30.0, identity=ELECTRON), NO_CLUSTER) == []


def test_a_track_is_linked_to_the_cluster_that_fits():
    near, far = cluster(1.0, 0.0, eta=0.11), cluster(15.0, 6.0, eta=0.19)
    assert flow(track(20.0), np.concatenate([near, far])) == [(3, 20.0), (1, 1.0)]


def neutral(pt, eta, phi, identity):
    return np.array([(pt, eta, phi, identity, 1.0 if identity == 1 else 0.2, -1)], dtype=PF_CANDIDATE)


def of_track(tracks):
    """Charged hadrons of tracks."""
    made = np.zeros(len(tracks), dtype=PF_CANDIDATE)
    for name in ("pt", "eta", "phi"):
        made[name] = tracks[name]
    made["id"], made["source"] = 3, np.arange(len(tracks))
    return made


def definition(candidates, tracks, vertex):
    """Puppi's pt (0 if dropped) from its definition, for few candidates."""
    kept, result = [], []
    for one in candidates:
        if one["source"] >= 0:
            dz = 0.5 if abs(one["eta"]) < 1.5 else 1.33
            kept.append(abs(tracks[one["source"]]["z0"] - vertex) < dz)
        else:
            kept.append(False)
    for k, one in enumerate(candidates):
        if one["source"] >= 0:
            result.append(float(one["pt"]) if kept[k] else 0.0)
            continue
        size = abs(one["eta"])
        row = PUPPI[np.searchsorted([1.5, 2.0, 2.5, 3.0], size, side="right")]
        total = 0.0
        for other, near in enumerate(candidates):
            leading = near["source"] < 0 and abs(near["eta"]) >= 2.5 if size >= 2.5 else kept[other]
            d_phi = (float(near["phi"]) - float(one["phi"]) + np.pi) % (2 * np.pi) - np.pi
            dr2 = float(near["eta"] - one["eta"]) ** 2 + d_phi**2
            if leading and other != k and dr2 < 0.09:
                total += min(float(near["pt"]), row[11]) ** 2 / max(dr2, row[10] ** 2)
        alpha = np.log2(total) if total else -9.0
        slope, zero, prior = (row[2], row[4], row[9]) if one["id"] == 1 else (row[1], row[3], row[8])
        x = slope * (one["pt"] - zero) - prior + np.clip(row[5] * (alpha - row[6]), -row[7], row[7])
        pt = float(one["pt"]) / (1.0 + np.exp(-x))
        result.append(pt if pt >= row[0] else 0.0)
    return np.array(result)


def some_candidates(rng, n):
    tracks = np.concatenate(
        [
            track(rng.uniform(2, 30), rng.uniform(-2.4, 2.4), rng.uniform(-3.14, 3.14), rng.normal(0, 1))
            for _ in range(n)
        ]
    )
    neutrals = [
        neutral(rng.uniform(1, 60), rng.uniform(-4.8, 4.8), rng.uniform(-3.14, 3.14), rng.integers(0, 2))
        for _ in range(n)
    ]
    return tracks, np.concatenate([of_track(tracks), *neutrals])


def test_puppi_is_its_definition():
    rng = np.random.default_rng(1)
    for _ in range(20):
        tracks, candidates = some_candidates(rng, 60)
        expected = definition(candidates, tracks, 0.3)
        made = words.unpack_puppi(puppi(candidates, tracks, 0.3, 1000))
        raw = np.sort(np.floor(4 * expected[expected > 0] + 0.5))[::-1]
        assert np.abs(made.pt - raw).max() <= 1 and len(made.pt) == len(raw)  # float32 against float64 at a half
        assert np.mean(made.pt == raw) > 0.99


def test_words_fall_in_pt_and_are_cut_at_the_number_asked_for():
    tracks, candidates = some_candidates(np.random.default_rng(2), 200)
    every, some = puppi(candidates, tracks, 0.0, 1000), puppi(candidates, tracks, 0.0, 16)
    assert np.all(np.diff(words.unpack_puppi(every).pt) <= 0) and np.array_equal(some, every[:16])


def test_a_region_sends_at_most_eighteen():
    tracks = np.concatenate([track(5.0 + k, eta=0.1 + 0.01 * k, phi=0.2) for k in range(30)])
    sent = words.unpack_puppi(puppi(of_track(tracks), tracks, 0.0, 128))
    assert len(sent.pt) == 18 and sent.pt.min() == 4 * (5 + 12)


def test_charged_words_carry_the_track():
    tracks = np.concatenate(
        [
            track(7.3, eta=-1.2, phi=3.1415926, z0=-0.31, dxy=-0.04, charge=-1, quality=5),
            track(9.0, z0=5.0, identity=MUON),
        ]
    )
    first, second = zip(*words.unpack_puppi(puppi(particle_flow(tracks, NO_CLUSTER), tracks, 0.0, 9)), strict=True)
    assert second == (29, -275, 720, 2, -6, 13, 5, 0, 0)
    assert first[0] == 36 and first[3] == 7 and first[4] == 100  # a muon from another vertex is kept


def test_neutral_words_carry_weight_and_emid():
    made = words.unpack_puppi(puppi(neutral(50.0, 0.1, 0.2, 1), NO_TRACK, 0.0, 9))
    weight = l1_puppi_kernels.weight_of(50.0, True, l1_puppi_kernels.NO_NEIGHBOUR, PUPPI[0])
    assert made.weight[0] == round(256 * weight) and made.pt[0] == round(200 * weight) and made.em_id[0] == 7


def layer1(tracks, clusters, z0, **parameters):
    from pyrun.modules.sim.records import from_records

    products = {
        "l1tLightDetector:tracks": from_records(tracks, L1_TRACK),
        "l1tLightDetector:clusters": from_records(clusters, L1_CLUSTER),
        "l1tLightDetector:vertices": ak.Array([[{"z0": z, "sumPt2": 1.0}] for z in z0]),
    }
    return TestProcessor("L1TCorrelatorLayer1LightProducer", **parameters).run(products)["Puppi"]


def test_candidates_are_decoded_from_their_words():
    tracks, clusters = track(7.3, phi=-1.0, z0=0.3, dxy=0.04, charge=-1), cluster(50.0, 0.0)
    charged, photon, nothing = layer1([tracks, NO_TRACK, NO_TRACK], [NO_CLUSTER, clusters, NO_CLUSTER], [0.2, 0.0, 0.0])
    assert len(nothing) == 0 and len(charged) == len(photon) == 1
    one, other = charged[0], photon[0]
    assert (one.pt, one.charge, one.pdgId) == (7.25, -1, -211) and one.z0 == pytest.approx(0.3)
    assert one.dxy == pytest.approx(0.04, abs=0.005) and one.phi == pytest.approx(-1.0, abs=0.003)
    assert (other.charge, other.pdgId, other.mass, other.z0, other.dxy) == (0, 22, 0.0, 0.0, 0.0)
    assert 0.9 < other.puppiWeight <= 1.0 and one.puppiWeight == 1.0
    assert words.unpack_puppi([one.encodedPuppi64]).pt[0] == 29
    fields = "encodedPuppi64 pt eta phi mass pdgId charge z0 dxy puppiWeight"
    assert charged.fields == fields.split() and charged.encodedPuppi64.to_numpy().dtype == np.uint64


def test_no_candidates_at_all_is_an_error():
    with pytest.raises(Configuration, match="maxCandidates"):
        TestProcessor("L1TCorrelatorLayer1LightProducer", maxCandidates=0)
