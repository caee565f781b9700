from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor
from pyrun.modules.gen.pythia8_generator_filter import Pythia8GeneratorFilter

pytest.importorskip("pythia8mc")

BBBAR = {"blocks": ["HardQCD:hardbbbar = on", "PhaseSpace:pTHatMin = 30."], "parameterSets": ["blocks"]}


def generate(first, last, seed=1, parameters=BBBAR):
    numbers = np.arange(first, last + 1)
    ids = (np.ones_like(numbers), np.ones_like(numbers), numbers)
    return TestProcessor(Pythia8GeneratorFilter, PythiaParameters=parameters).run({}, ids=ids, seed=seed)


@pytest.fixture(scope="module")
def twenty():
    return generate(1, 20)


def test_an_event_is_the_same_whatever_was_generated_before_it(twenty):
    alone = generate(11, 20)
    for instance in ("", "unsmeared"):
        assert ak.array_equal(twenty[instance][10:], alone[instance])


def test_another_seed_gives_other_events(twenty):
    assert not ak.array_equal(generate(1, 2, seed=2)["unsmeared"], twenty["unsmeared"][:2])


def test_every_event_passes_and_has_two_b_quarks_above_the_cut(twenty):
    assert twenty.passed.all()
    record = twenty["unsmeared"]
    outgoing = record[(abs(record.pdgId) == 5) & (record.status == -23)]
    assert ak.all(ak.num(outgoing) == 2)
    assert ak.all(np.hypot(outgoing.px, outgoing.py) > 29.9)
    assert (twenty[""].scalePDF > 29.9).to_numpy().all() and (twenty[""].weight == 1).to_numpy().all()


def test_energy_of_the_final_particles_is_that_of_the_beams(twenty):
    record = twenty["unsmeared"]
    np.testing.assert_allclose(ak.sum(record.e[record.status > 0], axis=1), 13600.0, rtol=1e-3)


def test_b_hadrons_fly_some_millimetres_in_centimetres(twenty):
    record = twenty["unsmeared"]
    made_in_decays = record[(record.status > 90) & (abs(record.pdgId) == 211)]
    radius = ak.flatten(np.hypot(made_in_decays.x, made_in_decays.y))
    flying = radius[(radius > 1e-3) & (radius < 2.0)]
    assert len(flying) > 20 and 0.02 < np.median(flying) < 0.5


def test_flat_pt_hat_selection_gives_weights_that_fall_with_pt_hat():
    cards = ["HardQCD:all = on", "PhaseSpace:pTHatMin = 15.", "PhaseSpace:bias2Selection = on"]
    cards += ["PhaseSpace:bias2SelectionPow = 4.5", "PhaseSpace:bias2SelectionRef = 15."]
    info = generate(1, 10, parameters={"flat": cards, "parameterSets": ["flat"]})[""]
    scale, weight = info.scalePDF.to_numpy(), info.weight.to_numpy()
    np.testing.assert_allclose(weight, (scale.astype(float) / 15.0) ** -4.5, rtol=1e-3)


@pytest.mark.parametrize("card", ["HardQCD:nonsense = on", "no card at all"])
def test_a_card_that_pythia_does_not_know_is_named(card):
    with pytest.raises(Configuration, match=card):
        generate(1, 1, parameters={"blocks": [card], "parameterSets": ["blocks"]})


def test_a_job_without_a_process_does_not_start():
    with pytest.raises(Configuration, match="could not start"):
        generate(1, 1, parameters={"blocks": ["Tune:pp = 14"], "parameterSets": ["blocks"]})


def test_a_block_that_is_not_there_is_named():
    with pytest.raises(Configuration, match="'missing'.*it has blocks"):
        generate(1, 1, parameters={**BBBAR, "parameterSets": ["missing"]})
