from __future__ import annotations

import hist
import numpy as np
import pytest
import uproot

from pyrun.framework.errors import CMSException, Configuration, FileInPathError
from pyrun.modules.l1t.jet_corrector import Corrector

ETA = np.array([0.0, 1.5, 3.0])


def index(edges=ETA):
    return hist.Hist(hist.axis.Variable(edges), storage=hist.storage.Double())


def table(values):
    """Corrected pt in bins of 10 GeV from 10 to 30; also below and above."""
    made = index([10.0, 20.0, 30.0])
    made.view(flow=True)[:] = values
    return made


def graph(x, y):
    return uproot.as_TGraph({"x": np.array(x, float), "y": np.array(y, float)})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "jecs.root"
    with uproot.recreate(path) as out:
        out["jets/INDEX"] = index()
        out["jets/eta_bin1"] = graph([20, 10, 40], [30, 20, 44])
        out["jets/eta_bin2"] = graph([5], [7])
        out["jets/emul_eta_bin1"] = table([1, 12, 25, 99])
        out["jets/emul_eta_bin2"] = table([2, 13, 26, 100])
        out["half/INDEX"] = index()
        out["half/EMUL_INDEX"] = index([0.0, 2.0, 5.0])
        out["half/emul_eta_bin1"] = table([1, 12, 25, 99])
        out["half/eta_bin1"] = graph([0, 1], [0, 2])
        out["emf/INDEX"] = hist.Hist(hist.axis.Variable(ETA), hist.axis.Regular(2, -1, 1))
        out["emf/eta_bin1_emf_bin2"] = graph([0, 1], [0, 3])
        out["nothing/eta_bin1"] = graph([0, 1], [0, 2])
    return str(path)


def corrected(corrector, pt, eta):
    return corrector(np.array(pt, np.float32), np.array(eta, np.float32)).tolist()


def test_graphs_are_interpolated_and_continued(file):
    assert corrected(Corrector(file, "jets"), [10, 15, 30, 60], [0, -0.1, 1.4, 0.7]) == [20, 25, 37, 58]


def test_a_graph_of_one_point_is_constant_but_at_most_four_times_the_pt(file):
    assert corrected(Corrector(file, "jets"), [5, 100, 1], [2, -9, 2]) == [7, 7, 4]


def test_emulation_looks_up_the_bin_of_pt(file):
    emulated = Corrector(file, "jets", emulate=True)
    assert corrected(emulated, [9.99, 10, 19.99, 20, 30], [0] * 5) == [1, 12, 12, 25, 99]
    assert corrected(emulated, [15, 15, 15], [1.49, 1.5, -7]) == [12, 13, 13]


def test_emulation_prefers_its_own_index(file):
    assert corrected(Corrector(file, "half", emulate=True), [15], [1.9]) == [12]


def test_of_bins_of_electromagnetic_fraction_that_of_0_is_used(file):
    assert corrected(Corrector(file, "emf"), [8], [1]) == [24]


def test_no_jets_need_no_correction(file):
    assert corrected(Corrector(file, "jets"), [], []) == []


def test_a_bin_without_correction_fails_when_it_is_needed(file):
    corrector = Corrector(file, "half")
    assert corrected(corrector, [7], [1]) == [14]
    with pytest.raises(CMSException, match="half has no correction at eta -2.00") as caught:
        corrected(corrector, [7], [-2])
    assert caught.value.category == "RuntimeError"


def test_a_folder_that_is_not_there(file):
    with pytest.raises(Configuration, match="has no folder 'jet'; it has jets, half, emf, nothing"):
        Corrector(file, "jet")


def test_a_folder_without_index(file):
    with pytest.raises(Configuration, match="nothing holds no corrections: there is no histogram EMUL_INDEX or INDEX"):
        Corrector(file, "nothing", emulate=True)


def test_a_file_that_is_not_there():
    with pytest.raises(FileInPathError, match=r"jecs_none\.root"):
        Corrector("jecs_none.root")


def test_a_file_that_is_not_of_root(tmp_path):
    (tmp_path / "text.root").write_text("no histogram in here, only some text that is long enough")
    with pytest.raises(Configuration, match=r"text\.root' can't be read"):
        Corrector(str(tmp_path / "text.root"))
