from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.io.event_file import EventFileWriter, FileMetadata
from pyrun.modules.btag.features import CLASSES
from pyrun.modules.btag.plot_part_ak4 import EDGES, TAGGER, density, flavours, main, read_jets


def jets(number: int = 60) -> ak.Array:
    """Three jets per event, the last one without scores."""
    rng = np.random.default_rng(12)
    scores = rng.dirichlet(np.ones(len(CLASSES)), 3 * number).astype(np.float32)
    scores[2::3] = -1
    fields = {f"{TAGGER}_{name}": scores[:, i] for i, name in enumerate(CLASSES)}
    fields["hadronFlavour"] = rng.choice([0, 4, 5], 3 * number).astype(np.int32)
    fields["partonFlavour"] = rng.choice([0, -1, 2, 21], 3 * number).astype(np.int32)
    return ak.unflatten(ak.zip(fields), np.full(number, 3))


def write(path, array: ak.Array, label: str = "slimmedJets") -> str:
    branch = BranchDescription("patJets", label, "", "PAT")
    with EventFileWriter(path, [branch], FileMetadata()) as file:
        ids = EventIDs(np.ones(len(array)), np.ones(len(array)), np.arange(len(array)))
        file.write(ids, {branch: (array, None)})
    return str(path)


def test_jets_without_scores_are_left_out(tmp_path):
    array = jets()
    found = read_jets(tmp_path / write(tmp_path / "mini.root", array))
    assert np.array_equal(found["probc"], ak.to_numpy(ak.flatten(array[f"{TAGGER}_probc"][:, :2])))
    assert np.array_equal(found["hadronFlavour"], ak.to_numpy(ak.flatten(array.hadronFlavour[:, :2])))


def test_a_jet_has_one_flavour_by_hadron_then_parton():
    found = flavours({"hadronFlavour": np.array([5, 4, 0, 0, 0, 5]), "partonFlavour": np.array([21, 4, -3, 21, 0, 5])})
    assert {name: np.flatnonzero(mine).tolist() for name, mine in found.items()} == {
        "b": [0, 5], "c": [1], "uds": [2], "g": [3]
    }  # fmt: skip


def test_histograms_have_unit_area_and_poisson_errors():
    height, error = density(np.array([0.01] * 9 + [0.99] * 16))
    width = EDGES[1] - EDGES[0]
    assert (height * width).sum() == pytest.approx(1)
    assert height[0] / error[0] == pytest.approx(3)
    assert height[-1] / error[-1] == pytest.approx(4)
    assert density(np.array([]))[0].sum() == 0


def test_the_command_draws_one_figure_and_counts_the_jets(tmp_path, capsys):
    figure = tmp_path / "scores.png"
    main([write(tmp_path / "mini.root", jets()), "-o", str(figure)])
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert "scores.png" in capsys.readouterr().out


def test_flavours_without_jets_are_no_obstacle(tmp_path):
    array = jets()
    main([write(tmp_path / "mini.root", array[array.hadronFlavour == 5]), "-o", str(tmp_path / "scores.png")])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SystemExit, match="'.*nothing.root' does not exist"):
        main([str(tmp_path / "nothing.root")])


def test_a_file_without_jets_says_what_it_has(tmp_path):
    path = write(tmp_path / "mini.root", jets(), label="patJets")
    with pytest.raises(SystemExit, match="has no slimmedJets, but patJets"):
        main([path])


def test_missing_scores_are_named(tmp_path):
    array = jets()
    path = write(tmp_path / "mini.root", array[[name for name in array.fields if not name.endswith("probg")]])
    with pytest.raises(SystemExit, match=f"have no {TAGGER}_probg; they have"):
        main([path])
