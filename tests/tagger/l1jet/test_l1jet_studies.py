"""Trigger studies: thresholds, rates, efficiencies."""

from __future__ import annotations

import json

import attrs
import numpy as np
import pytest
from click.testing import CliRunner

from pyrun.framework.errors import Configuration, FileReadError
from pyrun.framework.resources import file_in_path
from pyrun.modules.l1t.jet_corrector import Corrector
from pyrun.modules.l1t.rates import BUNCH_CROSSING_RATE
from pyrun.tagger.l1jet.cli import pytagger
from pyrun.tagger.l1jet.studies import corrections, counting, deriving, menu, running, samples, seeds
from pyrun.tagger.l1jet.studies.definitions import STUDIES


@pytest.fixture(scope="module")
def events():
    """Sixty events that stand for signal and crossings alike."""
    return samples.read([file_in_path("data/l1_candidates_hh4b.root")], "hh4b", "L1TSC4NGJetModel", limit=60)


def weighted(sample, process, seed, scale):
    weights = scale * np.random.default_rng(seed).uniform(0.2, 1.0, len(sample))
    return attrs.evolve(sample, process=process, weights=weights)


@pytest.fixture
def job(events, tmp_path):
    """A study of these events, with a rate that some of them make."""
    study = attrs.evolve(STUDIES["bbbb"], grid={"HT": [150.0, 200.0]}, target=3e6)
    made = running.Job(study, tmp_path, "L1TSC4NGJetModel", tmp_path / "bbbb")
    made.__dict__["crossings"] = [weighted(events, "qcd", 1, 1.0), weighted(events, "minbias", 2, 0.02)]
    truth = {"gen_ht": np.linspace(150.0, 650.0, len(events)), "mhh": np.linspace(260.0, 690.0, len(events))}
    made.__dict__["signal"] = attrs.evolve(events, truth=truth)
    return made


def test_unweighted_efficiencies_have_clopper_and_pearsons_interval():
    passed = np.arange(10) < 5
    assert counting.efficiency(passed, np.ones(10)) == pytest.approx((0.5, 0.304, 0.696), abs=1e-3)
    assert counting.efficiency(np.zeros(10, bool), np.full(10, 0.1)) == pytest.approx((0, 0, 0.168), abs=1e-3)


def test_rates_are_those_of_the_rate_service(events):
    """The same numbers as L1TRateService: crossings times sum of weights over events, samples added."""
    both = [weighted(events, "qcd", 1, 1.0), weighted(events, "minbias", 2, 0.02)]
    masks = [np.arange(len(events)) % 3 == 0, np.arange(len(events)) % 5 == 0]
    found = counting.rate(masks, both)
    pairs = list(zip(both, masks, strict=True))
    expected = sum(BUNCH_CROSSING_RATE * sample.weights[mask].sum() / len(sample) for sample, mask in pairs)
    assert found.value == pytest.approx(expected)
    errors = [BUNCH_CROSSING_RATE * np.sqrt((sample.weights[mask] ** 2).sum()) / len(sample) for sample, mask in pairs]
    assert found.high - found.value == pytest.approx(np.hypot(*errors), rel=0.25)


def test_a_rate_of_no_events_has_a_limit(events):
    none = counting.rate([np.zeros(len(events), bool)], [events])
    assert none.value == none.low == 0.0
    assert none.high == pytest.approx(BUNCH_CROSSING_RATE * 1.84 / len(events), rel=0.05)


def test_the_loosest_cut_is_the_first_that_keeps_the_rate(job):
    study = job.study
    cut = deriving.loosest(study.plain_cuts, study.plain, job.crossings, study.target)

    def total(value):
        seed = {"conditions": study.plain(value)}
        return sum(sample.rate[seeds.accepted(seed, sample)].sum() for sample in job.crossings)

    assert total(cut) <= study.target < total(cut - 1)
    assert deriving.loosest(study.plain_cuts, study.plain, job.crossings, -1.0) is None


def found(rate, efficiency):
    interval = counting.Interval(efficiency, efficiency - 0.02, efficiency + 0.02)
    return deriving.Point({"score": efficiency}, [], counting.Interval(*rate), interval)


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_thresholds_are_chosen_by_rates_that_are_known(study):
    """Not the highest efficiency, where a few events of large weight make the rate."""
    few, some, many = found((20e3, 11e3, 34e3), 0.9), found((27e3, 20e3, 35e3), 0.5), found((30e3, 29e3, 32e3), 0.4)
    assert deriving.best([many, few, some], study) is some
    assert deriving.best([many, few], study) is many
    nothing = found((0.0, 0.0, 1e3), 0.95)
    assert deriving.best([nothing, few], study) is few  # no rate is known well: the best known one
    with pytest.raises(Configuration, match=f"No thresholds of the study {study.name}"):
        deriving.best([], study)


def test_thresholds_by_a_rate_of_few_events_are_told(job, monkeypatch):
    monkeypatch.setattr(running, "derive", lambda asked: derived)
    derived = {"without_tagger": found((14e3, 13e3, 15e3), 0.4).as_dict()}
    arguments = ["bbbb", "--derive-wps", "-s", str(job.samples)]
    for rate, told in (((14e3, 8e3, 22e3), "known to 50%"), ((14e3, 12e3, 16e3), "")):
        derived["best"] = found(rate, 0.7).as_dict()
        done = CliRunner().invoke(pytagger, arguments)
        assert done.exit_code == 0 and "With tagger: score > 0.7" in done.output
        assert told in done.stderr and bool(told) == bool(done.stderr)


def test_seeds_of_the_menu_run_on_samples(events):
    known = running.existing()
    for name, seed in known.items():
        parts = [seeds.accepted(known[part], events) for part in seed.get("any", ())]
        mask = seeds.accepted(seed, events, known)
        assert mask.shape == (60,)
        assert not parts or np.array_equal(mask, np.logical_or.reduce(parts)), name
    with pytest.raises(Configuration, match="There is no filter 'l1tNoFilter'"):
        seeds.accepted({"conditions": [{"filter": "l1tNoFilter"}]}, events)


def test_a_study_leaves_working_points_rates_and_efficiencies(job):
    derived = running.derive(job)
    assert derived["best"]["rate"]["value"] <= job.study.target
    rated = [(counting.Interval(**x["rate"]).relative, x["efficiency"]["value"]) for x in derived["contour"]]
    enough = max(deriving.PRECISION, min(rated)[0])
    assert derived["best"]["efficiency"]["value"] == max(seen for known, seen in rated if known <= enough)
    rates, seen = running.background_rates(job), running.efficiencies(job)
    assert rates["rates"]["L1_HT_4BTag"]["value"] == pytest.approx(derived["best"]["rate"]["value"])
    assert seen["efficiencies"]["L1_HT_4BTag"]["value"] == pytest.approx(derived["best"]["efficiency"]["value"])
    for name in ("working_points", "rates", "efficiencies", "thresholds", "rate_curve", "efficiency_mhh"):
        assert json.loads((job.output / f"{name}.json").read_text())
    assert (job.output / "rate_curve.png").stat().st_size > 5000


def test_derived_thresholds_come_first(job):
    with pytest.raises(Configuration, match="run `pytagger bbbb --derive-wps` first"):
        running.efficiencies(job)


def test_wrong_input_is_told(tmp_path):
    with pytest.raises(Configuration, match="has no events of the process qcd"):
        samples.files(tmp_path, "qcd")
    (tmp_path / "qcd_1.root").write_text("no ROOT file")
    with pytest.raises(FileReadError, match=r"qcd_1\.root can't be read"):
        samples.read(samples.files(tmp_path, "qcd"), "qcd", "L1TSC4NGJetModel")
    done = CliRunner().invoke(pytagger, ["ditaus-topo", "-s", str(tmp_path)])
    assert (done.exit_code, "Give --derive-wps" in done.output) == (2, True)


def test_corrections_bring_jets_to_the_pt_of_generator_jets(tmp_path):
    rng = np.random.default_rng(1)
    gen_pt = rng.uniform(15.0, 400.0, 20000)
    curve = corrections.curve(0.8 * gen_pt * rng.normal(1.0, 0.1, len(gen_pt)), gen_pt)
    unchanged = corrections.curve(gen_pt[:10], gen_pt[:10])
    corrections.write(tmp_path / "jec.root", [curve] + [unchanged] * (len(corrections.ETA_EDGES) - 2))
    raw, eta = np.array([20.0, 80.25, 200.0, 80.0], np.float32), np.array([0.1, -0.5, 0.7, 2.0], np.float32)
    for emulate in (False, True):
        found = Corrector(str(tmp_path / "jec.root"), emulate=emulate)(raw, eta)
        assert found == pytest.approx([25.0, 100.3, 250.0, 80.0], rel=0.03)


def test_derived_seeds_go_into_the_menu(job, tmp_path):
    before = json.loads(file_in_path("data/l1_working_points.json").read_text())
    after = json.loads(menu.text(menu.updated(before, [running.derive(job)])))["seeds"]
    assert list(after)[: len(before["seeds"])] == list(before["seeds"])
    assert after["L1_HT_4BTag"]["conditions"][0]["filter"] == "l1tJetSumsFilter"
    assert "of 3000 kHz allowed" in after["L1_HT_4BTag"]["description"]
