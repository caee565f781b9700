from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import LogicError
from pyrun.framework.testing import TestProcessor
from pyrun.modules.btag.features import CHARGED_FEATURES, NEUTRAL_FEATURES, VERTEX_FEATURES
from pyrun.modules.btag.particletransformer_ak4_tag_info_producer import ParticleTransformerAK4TagInfoProducer

KINDS = {"cpf": CHARGED_FEATURES, "npf": NEUTRAL_FEATURES, "sv": VERTEX_FEATURES}


def run(events, **parameters) -> ak.Array:
    return TestProcessor(ParticleTransformerAK4TagInfoProducer, **parameters).run(events)[""]


def test_there_is_one_record_per_jet_in_their_order(events):
    found = run(events)
    assert ak.all(found.jet == ak.local_index(events["ak4PFJetsPuppi"].pt))
    for kind, names in KINDS.items():
        assert str(found[kind].type).endswith(f"var * {len(names)} * float32")
        assert ak.all(ak.num(found[kind], axis=2) == ak.num(found[f"{kind}_p4"], axis=2))
        assert np.isfinite(ak.to_numpy(ak.flatten(found[kind], axis=None))).all()


def test_jets_out_of_acceptance_and_events_without_vertex_are_not_filled(events):
    found, jets = run(events), events["ak4PFJetsPuppi"]
    vertex = ak.num(events["offlinePrimaryVertices"]) > 0
    assert not ak.all(vertex)
    assert ak.all(found.is_filled == ((jets.pt >= 15) & (abs(jets.eta) <= 2.5) & vertex))
    for kind in KINDS:
        assert ak.sum(ak.num(found[kind][~found.is_filled], axis=2)) == 0


def test_particles_are_counted_as_by_hand(events):
    found, jets, candidates = run(events), events["ak4PFJetsPuppi"], events["particleFlow"]
    for event, jet in ((e, j) for e in range(len(jets)) for j in range(len(jets[e]))):
        if not found.is_filled[event, jet]:
            continue
        mine = candidates[event][jets.constituents[event, jet]]
        mine = mine[mine.pt >= 0.95]
        charged = np.isin(np.abs(ak.to_numpy(mine.pdgId)), (11, 13, 211))
        assert len(found.cpf[event, jet]) == charged.sum()
        assert len(found.npf[event, jet]) == (~charged).sum()


def test_particles_come_in_cms_order(events):
    found = run(events)
    significance = found.cpf[..., CHARGED_FEATURES.index("btagPf_trackSip2dSig")]
    assert ak.all(significance[..., :-1] >= significance[..., 1:])
    nearest = found.npf[..., NEUTRAL_FEATURES.index("drminsv")]
    assert ak.all(nearest[..., :-1] <= nearest[..., 1:])
    flight = found.sv[..., VERTEX_FEATURES.index("dxysig")]
    assert ak.all(flight[..., :-1] >= flight[..., 1:])
    assert ak.any(ak.num(flight, axis=2) > 2)


def test_features_belong_to_the_momenta_beside_them(events):
    found = run(events, is_weighted_jet=False)
    p4 = found.cpf_p4
    pt = np.hypot(p4[..., 0], p4[..., 1])
    share = found.cpf[..., CHARGED_FEATURES.index("ptrel")] + 1.0
    expected = pt / events["ak4PFJetsPuppi"].pt
    expected = ak.where(expected > 1, 1, expected)
    assert np.allclose(ak.flatten(share, axis=None), ak.flatten(expected, axis=None), atol=1e-5)


def test_weights_scale_the_share_of_weighted_jets_only(events):
    weighted, plain = run(events), run(events, is_weighted_jet=False)
    share, weight = NEUTRAL_FEATURES.index("ptrel"), NEUTRAL_FEATURES.index("puppiw")
    small = plain.npf[..., share] < -0.1
    ratio = (weighted.npf[..., share][small] + 1) / (plain.npf[..., share][small] + 1)
    expected = weighted.npf[..., weight][small]
    assert np.allclose(ak.flatten(ratio, axis=None), ak.flatten(expected, axis=None), atol=1e-3)


@pytest.mark.parametrize("size", [1, 7, 50])
def test_blocks_of_any_size_give_the_same_arrays(events, size):
    whole = run(events)
    parts = [run({name: x[i : i + size] for name, x in events.items()}) for i in range(0, len(whole), size)]
    assert ak.array_equal(ak.concatenate(parts), whole)


def test_events_in_another_order_give_the_same_records(events):
    order = np.random.default_rng(3).permutation(len(events["puppi"]))
    shuffled = run({name: x[order] for name, x in events.items()})
    assert ak.array_equal(shuffled, ak.to_packed(run(events)[order]))


def test_events_without_jets_give_empty_lists_of_the_usual_type(events):
    empty = {name: x[:3, :0] for name, x in events.items()}
    found = run(empty)
    assert ak.num(found).tolist() == [0, 0, 0]
    assert found.type.content == run(events).type.content


def test_weights_of_other_candidates_are_refused(events):
    with pytest.raises(LogicError, match="puppi has not one weight per candidate of particleFlow"):
        run({**events, "puppi": events["puppi"][:, 1:]})
