"""maxEvents.output: how many events output modules write."""

from __future__ import annotations

import itertools

import pytest
from engine_jobs import NOTES, empty_source

from pyrun.framework import EDFilter, EDProducer, OutputModule, errors, plugin
from pyrun.framework import parameters as param

HOWS = [{}, {"block": 1}, {"block": 7}, {"streams": 3, "threads": 2, "block": 4}]


@plugin
class EventNumber(EDProducer):
    """Puts an event's number, for all but every third."""

    def declare(self, p):
        self.token = self.produces("number")

    def produce(self, event, setup):
        event.put(self.token, event.id)


@plugin
class NotThird(EDFilter):
    """Rejects every third event."""

    def filter(self, event, setup):
        return event.id % 3 != 0


@plugin
class LimitedOutput(OutputModule):
    """Notes the events it writes, their numbers, and luminosity blocks and runs."""

    class Parameters(param.ParameterSet):
        odd: bool = param.bool(False, doc="select odd event numbers only, by the trigger path")

    def keep(self, branches):
        return [branch for branch in branches if branch.label == "number"]

    def select(self, trigger_results):
        return trigger_results["TEST"][:, 0] == 1 if self.parameters.odd else None

    def write(self, ids, products):
        assert len(ids)
        ((array, present),) = products.values()
        assert ids.event[present].tolist() == ([] if array is None else array.tolist())
        NOTES.add(self.label, ids.event.tolist())

    def writeLuminosityBlock(self, lumi):
        NOTES.add(self.label + " lumi", lumi.lumi)

    def writeRun(self, run):
        NOTES.add(self.label + " run", run.run)


TWO_OUTPUTS = """
process.notThird = cms.EDFilter("NotThird")
process.number = cms.EDProducer("EventNumber")
process.p = cms.Path(process.notThird + process.number)
process.a = cms.OutputModule("LimitedOutput")
process.b = cms.OutputModule("LimitedOutput", odd = cms.bool(True))
process.e = cms.EndPath(process.a + process.b)
"""
SELECTED = [n for n in range(1, 31) if n % 3]


def source() -> str:
    return empty_source(30, per_lumi=5)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("limit", [0, 1, 8, 1000])
def test_a_number_limits_each_output_module(jobs, how, limit):
    jobs.run(source(), TWO_OUTPUTS + f"process.maxEvents.output = {limit}\n", **how)
    assert NOTES.events("a") == list(range(1, 31))[:limit]
    assert NOTES.events("b") == SELECTED[:limit]


@pytest.mark.parametrize("how", HOWS)
def test_a_pset_limits_output_modules_by_label(jobs, how):
    more = "process.maxEvents.output = cms.untracked.PSet(a = cms.untracked.int32(7), b = cms.untracked.int32(12))\n"
    jobs.run(source(), TWO_OUTPUTS + more, **how)
    assert NOTES.events("a") == list(range(1, 8))
    assert NOTES.events("b") == SELECTED[:12]


@pytest.mark.parametrize("how", HOWS)
def test_the_job_ends_only_when_all_output_modules_have_enough(jobs, how):
    more = "process.maxEvents.output = cms.untracked.PSet(a = cms.untracked.int32(2), b = cms.untracked.int32(-1))\n"
    jobs.run(source(), TWO_OUTPUTS + more, **how)
    assert NOTES.events("a") == [1, 2]
    assert NOTES.events("b") == SELECTED


@pytest.mark.parametrize("how", HOWS)
def test_a_job_whose_output_is_full_reads_little_more(jobs, how):
    result = jobs.run(empty_source(1000, per_lumi=5), TWO_OUTPUTS + "process.maxEvents.output = 8\n", **how)
    assert 11 <= result.report.modules["number"].visited + result.report.paths["p"].failed[0] < 100


def test_what_is_written_of_luminosity_blocks_does_not_depend_on_how_the_job_runs(jobs):
    seen = []
    for how, _ in itertools.product(HOWS, range(3)):
        jobs.run(source(), TWO_OUTPUTS + "process.maxEvents.output = 8\n", **how)
        seen.append((NOTES.of("a lumi"), NOTES.of("b lumi"), NOTES.of("a run")))
    assert seen[0] == ([1, 2, 3], [1, 2, 3], [1])
    assert all(one == seen[0] for one in seen)


def test_a_limit_for_an_output_module_that_is_not_there_is_refused(jobs):
    more = "process.maxEvents.output = cms.untracked.PSet(c = cms.untracked.int32(7))\n"
    with pytest.raises(errors.Configuration, match="names c, which is no output module on an end path; there are a, b"):
        jobs(source(), TWO_OUTPUTS + more)
