"""The training ntuple of the level-1 tagger."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
import uproot

from pyrun.framework.errors import FileReadError, NotFound
from pyrun.modules.l1t.ng_inputs import FEATURES
from pyrun.tagger.l1jet import ntuple
from pyrun.tagger.l1jet.toy_jets import CLASSES

NOTHING = {
    **{"pt_phys": 40.0, "eta_phys": 0.5, "reject": 0, "genmatch_pt": 50.0, "genmatch_hflav": 0, "genmatch_pflav": 0},
    **{"genmatch_lep_vis_pt": 0.0, "tauflav": 0, "muflav": 0, "elflav": 0, "taucharge": 0},
}


INPUTS = ak.Array([[1.0, 2.0], [3.0] * 20, [], [4.0], [5.0], [6.0]])


def columns(*changes):
    """One jet per dictionary of what is not as in `NOTHING`."""
    rows = [NOTHING | change for change in changes]
    made = {f"jet_{name}": np.array([row[name] for row in rows]) for name in NOTHING}
    return {"event": np.arange(len(rows)), **made}


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"genmatch_hflav": 5, "genmatch_pflav": 5}, "b"),
        ({"genmatch_hflav": 4, "genmatch_pflav": -4}, "charm"),
        ({"genmatch_pflav": -2}, "light"),
        ({"genmatch_pflav": 0}, "light"),
        ({"genmatch_pflav": 21}, "gluon"),
        ({"genmatch_pflav": 4}, None),
        ({"genmatch_hflav": 5, "genmatch_pt": 0.0}, None),
        ({"tauflav": 1, "taucharge": 1}, "taup"),
        ({"tauflav": 1, "taucharge": -1, "genmatch_hflav": 5}, "taum"),
        ({"muflav": 1, "genmatch_hflav": 5}, "muon"),
        ({"elflav": 1}, "electron"),
        ({"elflav": 1, "tauflav": 1}, None),
    ],
)
def test_classes(change, label):
    assert ntuple.labels(columns(change))[0] == (-1 if label is None else CLASSES.index(label))


def write(path, jets, inputs=INPUTS):
    data = jets | {f"jet_puppicand_{name}": ak.values_astype(inputs, np.float32) for name in FEATURES}
    with uproot.recreate(path) as file:
        file.mktree("outnano/jets", {k: v.dtype if k in jets else "var * float32" for k, v in data.items()})
        file["outnano/jets"].extend(data)


def test_selection_padding_and_target(tmp_path):
    muon = {"muflav": 1, "genmatch_lep_vis_pt": 30.0}
    jets = columns({}, muon, {"pt_phys": 14.0}, {"eta_phys": -2.5}, {"reject": 1}, {"genmatch_pt": 4.0})
    write(tmp_path / "jets.root", jets)
    (found,) = ntuple.Ntuple(tmp_path / "jets.root", FEATURES).blocks(["event", "jet_pt_phys"])
    assert found.inputs.shape == (2, 16, len(FEATURES))
    assert found.label.tolist() == [CLASSES.index("light"), CLASSES.index("muon")]
    assert found.inputs[0, :, 0].tolist() == [1.0, 2.0] + [0.0] * 14
    assert found.inputs[1, :, 3].tolist() == [3.0] * 16
    assert found.pt_ratio.tolist() == [1.25, 0.75]
    assert found.entry.tolist() == [0, 1]


def test_ratio_and_step_size(tmp_path):
    write(tmp_path / "jets.root", columns(*({} for _ in range(6))))
    jets = ntuple.Ntuple(tmp_path / "jets.root", FEATURES)
    assert [len(x.label) for x in jets.blocks([], step_size=2)] == [2, 2, 2]
    assert [len(x.label) for x in jets.blocks([], ratio=0.5)] == [3]


def test_file_without_the_tree_names_those_it_has(tmp_path):
    with uproot.recreate(tmp_path / "other.root") as file:
        file["tree"] = {"x": np.zeros(3)}
    with pytest.raises(NotFound, match="none of outnano/jets.*It has: tree"):
        ntuple.Ntuple(tmp_path / "other.root", FEATURES)


def test_missing_column_names_the_nearest(tmp_path):
    jets = columns({}, {}, {}, {}, {}, {})
    jets["jet_eta_fys"] = jets.pop("jet_eta_phys")
    write(tmp_path / "jets.root", jets)
    with pytest.raises(NotFound, match=r"jet_eta_phys \(but jet_eta_fys\)"):
        ntuple.Ntuple(tmp_path / "jets.root", FEATURES)


def test_no_number_is_told_with_its_entry(tmp_path):
    write(tmp_path / "jets.root", columns({}, {}, {}, {"genmatch_pt": float("nan")}, {}, {}))
    with pytest.raises(FileReadError, match="jet_genmatch_pt is no finite number in 1 jets, first in entry 3"):
        list(ntuple.Ntuple(tmp_path / "jets.root", FEATURES).blocks([]))


def test_input_that_is_no_number_is_told_with_its_entry(tmp_path):
    inputs = ak.Array([[1.0, 2.0], [3.0] * 20, [], [4.0, float("inf")], [5.0], [6.0]])
    write(tmp_path / "jets.root", columns({}, {}, {}, {}, {}, {}), inputs)
    with pytest.raises(FileReadError, match="jet_puppicand_pt is no finite number in 1 jets, first in entry 3"):
        list(ntuple.Ntuple(tmp_path / "jets.root", FEATURES).blocks([], step_size=2))


def test_empty_tree(tmp_path):
    write(tmp_path / "jets.root", {k: v[:0] for k, v in columns({}).items()}, ak.Array([[1.0]])[:0])
    with pytest.raises(FileReadError, match="is empty"):
        ntuple.Ntuple(tmp_path / "jets.root", FEATURES)
