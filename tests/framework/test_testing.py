from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework import EDFilter, EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration, InsertFailure, LogicError, NotFound, PluginNotFound, ProductNotFound
from pyrun.framework.testing import TestProcessor


@plugin
class ScaledPt(EDProducer):
    """Multiplies transverse momenta."""

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("jets", doc="what to scale")
        factor: float = param.double(doc="by how much")
        smear: bool = param.untracked.bool(False, doc="smear as well")

    def declare(self, p):
        self.jets = self.consumes(p.src)
        self.scaled = self.produces("floats", "scaled")

    def produce(self, event, setup):
        pt = event.get(self.jets) * self.parameters.factor
        if self.parameters.smear:
            pt = pt + np.array([generator.normal() for generator in event.generators()])
        event.put(self.scaled, pt)


@plugin
class PtFilter(EDFilter):
    """Keeps events with a jet above 10 GeV."""

    def declare(self, p):
        self.jets = self.consumes("jets")

    def filter(self, event, setup):
        return ak.to_numpy(ak.any(event.get(self.jets) > 10, axis=1))


def test_products_go_in_and_come_out():
    result = TestProcessor("ScaledPt", factor=2.0).run({"jets": ak.Array([[1.0, 2.0], []])})
    assert result["scaled"].to_list() == [[2.0, 4.0], []]


def test_a_filter_gives_its_verdicts():
    assert TestProcessor(PtFilter).run({"jets": ak.Array([[20.0], [5.0], []])}).passed.tolist() == [True, False, False]


def test_a_misspelt_parameter_names_the_nearest_one():
    with pytest.raises(Configuration, match=r"(?s)named: 'facter'.*Did you mean 'factor'"):
        TestProcessor("ScaledPt", facter=2.0)


def test_a_missing_required_parameter_is_named_with_its_documentation():
    with pytest.raises(Configuration, match=r"(?s)'factor' of type double.*by how much"):
        TestProcessor("ScaledPt")


def test_an_unknown_module_names_the_nearest_one():
    with pytest.raises(PluginNotFound, match="Did you mean 'ScaledPt'"):
        TestProcessor("ScaledPT", factor=1.0)


def test_a_missing_input_is_named():
    with pytest.raises(ProductNotFound, match="Looking for module label: jets"):
        TestProcessor("ScaledPt", factor=1.0).run({"other": np.zeros(2)})


def test_an_unknown_instance_is_named_with_those_there_are():
    result = TestProcessor("ScaledPt", factor=1.0).run({"jets": np.zeros(2)})
    with pytest.raises(NotFound, match=r"'other'.*\['scaled'\]"):
        result["other"]


def test_random_numbers_depend_on_the_event_and_not_on_its_place():
    test = TestProcessor("ScaledPt", factor=1.0, smear=True)
    together = test.run({"jets": np.zeros(3)}, ids=([1] * 3, [1] * 3, [4, 5, 6]), seed=1)["scaled"]
    alone = test.run({"jets": np.zeros(1)}, ids=([1], [1], [5]), seed=1)["scaled"]
    assert alone[0] == together[1] and len(set(together)) == 3


def test_random_numbers_depend_on_seed_and_label():
    def value(seed, label):
        test = TestProcessor("ScaledPt", label=label, factor=1.0, smear=True)
        return test.run({"jets": np.zeros(1)}, seed=seed)["scaled"][0]

    assert len({value(1, "a"), value(2, "a"), value(1, "b")}) == 3


def test_random_numbers_without_a_seed_name_the_service():
    with pytest.raises(LogicError, match="RandomNumberGeneratorService"):
        TestProcessor("ScaledPt", factor=1.0, smear=True).run({"jets": np.zeros(1)})


def test_a_product_of_the_wrong_length_is_refused():
    class Short(ScaledPt):
        def produce(self, event, setup):
            event.put(self.scaled, np.zeros(1))

    with pytest.raises(InsertFailure, match="1 entries for 2 events"):
        TestProcessor(Short, factor=1.0).run({"jets": np.zeros(2)})


def test_a_product_that_is_not_put_is_refused():
    class Lazy(ScaledPt):
        def produce(self, event, setup):
            pass

    with pytest.raises(InsertFailure, match="declared by produces.. but was not put"):
        TestProcessor(Lazy, factor=1.0).run({"jets": np.zeros(2)})


def test_a_filter_must_return_one_bool_per_event():
    class Counts(PtFilter):
        def filter(self, event, setup):
            return np.ones(len(event), dtype=int)

    with pytest.raises(LogicError, match="one bool per event"):
        TestProcessor(Counts).run({"jets": ak.Array([[1.0]])})
