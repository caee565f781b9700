"""Rates: arithmetic against numbers worked out by hand, and the service in jobs."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from engine_jobs import empty_source, jobs_in

from pyrun.framework import EDFilter, EDProducer, errors, plugin
from pyrun.framework import parameters as param
from pyrun.modules.l1t import rates
from pyrun.modules.l1t.rates import ANY, Counts, RateTable

KHZ = 1e3


@plugin
class EventNumberWeight(EDProducer):
    """Weighs events by their number."""

    def declare(self, p):
        self.weight = self.produces("double")

    def produce(self, event, setup):
        event.put(self.weight, event.id.astype(np.float64))


@plugin
class MultiplesOf(EDFilter):
    """Passes events whose number is a multiple."""

    class Parameters(param.ParameterSet):
        n: int = param.int32(doc="of what")

    def filter(self, event, setup):
        return event.id % self.parameters.n == 0


def table(sample="minbias", events=1000, passed=16, weight=0.5, scale=31.04e6):
    seeds = {"L1_A": Counts(passed, passed * weight, passed * weight**2), "L1_B": Counts(0, 0.0, 0.0)}
    return RateTable(sample, events, events * weight, events * weight**2, weight, seeds, scale)


def test_the_bunch_crossing_rate_is_31_04_megahertz():
    assert rates.BUNCH_CROSSING_RATE == 31_038_960


def test_rate_and_uncertainty():
    """16 of 1000 events of weight 1/2: 8/1000 of 31.04 MHz; the uncertainty is a quarter, 1/sqrt(16)."""
    rate = table().rate("L1_A")
    assert rate.value == pytest.approx(248.32 * KHZ) and rate.uncertainty == pytest.approx(62.08 * KHZ)


def test_efficiency_and_uncertainty():
    """16 of 1000: sqrt(0.016 * 0.984 / 1000) = 0.0039679; all of 1000: none."""
    part = table().efficiency("L1_A")
    assert part.value == pytest.approx(0.016) and part.uncertainty == pytest.approx(0.0039679, rel=1e-4)
    assert table(passed=1000).efficiency("L1_A") == (1.0, 0.0)


def test_a_seed_without_events_has_a_limit():
    """-ln(0.05) = 2.9957 events of weight 1/2: 46.49 kHz."""
    assert table().limit() == pytest.approx(46.4937 * KHZ, rel=1e-5)
    assert any("< 46.49 (95%)" in line and line.endswith("L1_B") for line in table().lines())


def test_parts_of_a_sample_add_up_and_samples_are_summed():
    """Twice the events: the same rate, the uncertainty less by sqrt(2). Two samples: rates add, squares add."""
    minbias, qcd = rates.merged([table(), table("qcd", passed=4), table()])
    assert minbias.rate("L1_A") == pytest.approx((248.32 * KHZ, 62.08 * KHZ / math.sqrt(2)))
    total = rates.total_rate([minbias, qcd], "L1_A")
    assert total == pytest.approx((310.40 * KHZ, math.hypot(62.08 / math.sqrt(2), 31.04) * KHZ))
    with pytest.raises(ValueError, match="different samples"):
        table() + table("qcd")


def test_the_tool_adds_files(tmp_path, capsys):
    for number, one in enumerate([table(), table(), table("qcd", passed=4)]):
        (tmp_path / f"{number}.json").write_text(json.dumps(one.as_dict()))
    assert rates.main([str(tmp_path / f"{number}.json") for number in range(3)]) == 0
    text = capsys.readouterr().out
    assert "Seeds of minbias + qcd" in text and "310 +- 54 L1_A" in text
    (tmp_path / "0.json").write_text("{}")
    with pytest.raises(SystemExit):
        rates.main([str(tmp_path / "0.json")])
    assert "aren't files of L1TRateService" in capsys.readouterr().err


PATHS = """
process.weight = cms.EDProducer("EventNumberWeight")
for n in (2, 5, 100):
    setattr(process, f"by{n}", cms.EDFilter("MultiplesOf", n = cms.int32(n)))
    setattr(process, f"L1_By{n}", cms.Path(getattr(process, f"by{n}")))
process.always = cms.Path(process.weight)
process.L1TRateService = cms.Service("L1TRateService", weights = cms.untracked.InputTag("weight"),
    sample = cms.untracked.string("numbers"), fileName = cms.untracked.string("rates.json"))
"""


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    return jobs_in(tmp_path, monkeypatch)


@pytest.mark.parametrize(("streams", "block"), [(1, 12), (3, 5)])
def test_a_job_weighs_the_events_of_each_path(jobs, tmp_path, streams, block):
    """Of events 1 to 12, weights 1 to 12: even ones sum to 42 (squares 364), 5 and 10 to 15 (125), either 47 (389)."""
    result = jobs.run(empty_source(12), PATHS, streams=streams, threads=streams, block=block)
    found = RateTable.from_dict(json.loads((tmp_path / "rates.json").read_text()))
    assert (found.sample, found.events, found.weight, found.weight2, found.largest) == ("numbers", 12, 78, 650, 12)
    assert dict(found.seeds) == {
        "L1_By2": Counts(6, 42.0, 364.0),
        "L1_By5": Counts(2, 15.0, 125.0),
        "L1_By100": Counts(0, 0.0, 0.0),
        ANY: Counts(7, 47.0, 389.0),
    }
    scale = 2760 * 11246 / 12
    assert found.rate("L1_By2") == pytest.approx((42 * scale, math.sqrt(364) * scale))
    for name, counts in list(found.seeds.items())[:-1]:  # what TrigReport says
        assert result.report.paths[name].events_passed == counts.events


def test_without_weights_events_weigh_one(jobs, tmp_path):
    more = """
process.L1TRateService.weights = ""
process.L1TRateService.paths = cms.untracked.vstring("L1_By2", "always")
"""
    jobs.run(empty_source(12), PATHS + more)
    found = RateTable.from_dict(json.loads((tmp_path / "rates.json").read_text()))
    assert list(found.seeds) == ["L1_By2", "always", ANY]
    assert found.rate("L1_By2").value == pytest.approx(2760 * 11246 / 2)


@pytest.mark.parametrize(
    ("more", "error", "problem"),
    [
        (
            'process.L1TRateService.paths = cms.untracked.vstring("HLT_*")',
            errors.Configuration,
            "no trigger path is called like HLT_*",
        ),
        ('process.L1TRateService.weights = "nobody"', errors.Configuration, "no module on a path makes weights"),
        (
            "del process.always\nprocess.L1_By2.associate(cms.Task(process.weight))",
            errors.Configuration,
            "no module on a path makes weights",
        ),
        ("process.always.insert(0, process.by2)", errors.ProductNotFound, "not all events have a weight"),
        ('process.L1TRateService.fileName = "no/such/folder"', errors.FileWriteError, "can't write"),
    ],
)
def test_what_gives_no_rates_is_an_error(jobs, more, error, problem):
    try:
        result = jobs(empty_source(12), PATHS + more)
    except error as raised:
        assert problem in str(raised)
    else:
        assert problem in result.failure.fatal_print()
