"""EDAlias and SwitchProducer in jobs: other names for products, and one producer out of several."""

from __future__ import annotations

import pytest
from engine_jobs import NOTES, empty_source

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration


@plugin
class PutsInstances(EDProducer):
    """Puts the event number times 10 under the instance ``ten`` and times `factor` under none."""

    class Parameters(param.ParameterSet):
        factor: int = param.int32(1, doc="of the product without an instance")

    def declare(self, p):
        self.factor = p.factor
        self.plain, self.ten = self.produces("int"), self.produces("int", "ten")

    def produce(self, event, setup):
        NOTES.add("ran " + self.label, event.id.tolist())
        event.put(self.plain, event.id * self.factor)
        event.put(self.ten, event.id * 10)


@plugin
class TakesTag(EDProducer):
    """Notes what it reads."""

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag(doc="what")

    def declare(self, p):
        self.token = self.consumes(p.src)

    def produce(self, event, setup):
        NOTES.add(self.label, event.get(self.token).tolist())


SWITCH = """
class SwitchProducerHere(cms.SwitchProducer):
    def __init__(self, **cases):
        super().__init__(dict(cpu=cms.SwitchProducer.getCpu(), fast=lambda have: ('fast' in have, 2)), **cases)
class ProcessAcceleratorFast(cms.ProcessAccelerator):
    def labels(self): return ['fast']
    def enabledLabels(self): return ['fast']
process.cpuOne = cms.EDProducer('PutsInstances')
process.sw = SwitchProducerHere(
    cpu=cms.EDProducer('PutsInstances', factor=cms.int32(2)),
    fast=cms.EDAlias(cpuOne=cms.EDAlias.allProducts()),
)
process.t = cms.Task(process.cpuOne, process.sw)
process.reader = cms.EDProducer('TakesTag', src=cms.InputTag('sw'))
process.p = cms.Path(process.reader, process.t)
"""


def job(jobs, text):
    NOTES.clear()
    return jobs.run(empty_source(3) + text)


@pytest.mark.parametrize(
    ("entry", "tag", "values"),
    [
        ("type=cms.string('*')", "other", [1, 2, 3]),
        ("type=cms.string('int')", "other:ten", [10, 20, 30]),
        ("type=cms.string('int'), fromProductInstance=cms.string('ten'), toProductInstance=cms.string('x')", "other:x",
         [10, 20, 30]),
        ("type=cms.string('*')", "other:ten:@currentProcess", [10, 20, 30]),
    ],
)  # fmt: skip
def test_an_alias_gives_products_another_label_and_instance(jobs, entry, tag, values):
    job(
        jobs,
        "process.maker = cms.EDProducer('PutsInstances')\n"
        f"process.other = cms.EDAlias(maker=cms.VPSet(cms.PSet({entry})))\n"
        f"process.reader = cms.EDProducer('TakesTag', src=cms.InputTag('{tag}'))\n"
        "process.p = cms.Path(process.reader, cms.Task(process.maker))\n",
    )
    assert sum(NOTES.of("reader"), []) == values
    assert sorted(sum(NOTES.of("ran maker"), [])) == [1, 2, 3], "an aliased module runs on demand, once for each event"


def test_a_switch_runs_the_enabled_case_of_highest_priority(jobs):
    job(jobs, SWITCH)
    assert sum(NOTES.of("reader"), []) == [2, 4, 6]
    assert not NOTES.of("ran cpuOne")


def test_a_switch_that_chose_an_alias_runs_what_that_names(jobs):
    job(jobs, SWITCH + "process.ProcessAcceleratorFast = ProcessAcceleratorFast()\n")
    assert sum(NOTES.of("reader"), []) == [1, 2, 3]
    assert not NOTES.of("ran sw")


def test_the_options_choose_among_the_accelerators(jobs):
    text = "process.ProcessAcceleratorFast = ProcessAcceleratorFast()\nprocess.options.accelerators = ['cpu']\n"
    job(jobs, SWITCH + text)
    assert sum(NOTES.of("reader"), []) == [2, 4, 6]
    with pytest.raises(
        Configuration, match="process.options.accelerators: 'gpu.*' matches nothing; valid are cpu, fast"
    ):
        job(jobs, SWITCH + text.replace("'cpu'", "'gpu*'"))
