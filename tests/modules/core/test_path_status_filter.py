"""PathStatusFilter: logical expressions of paths' results."""

from __future__ import annotations

import pytest
from engine_jobs import NOTES, Jobs, empty_source, jobs_in

from pyrun.framework import EDFilter, errors, plugin
from pyrun.framework import parameters as param


@plugin
class DividesBy(EDFilter):
    """Passes the multiples of n."""

    class Parameters(param.ParameterSet):
        n: int = param.int32(doc="of what")

    def filter(self, event, setup):
        return event.id % self.parameters.n == 0


PATHS = """
for n in (2, 3, 5):
    setattr(process, f"f{n}", cms.EDFilter("DividesBy", n = cms.int32(n)))
    setattr(process, f"by{n}", cms.Path(getattr(process, f"f{n}")))
process.nota = cms.Path(process.f2)
"""


@pytest.fixture
def jobs(tmp_path, monkeypatch) -> Jobs:
    return jobs_in(tmp_path, monkeypatch)


def passed(jobs: Jobs, expression: str, more: str = "") -> set[int]:
    text = f"""
process.select = cms.EDFilter("PathStatusFilter", logicalExpression = cms.string({expression!r}))
process.selected = cms.Path(process.select)
process.out = cms.OutputModule("NotingOutput")
process.e = cms.EndPath(process.out)
"""
    jobs.run(empty_source(30), PATHS + text + more, streams=2, block=7)
    column = 4  # of the path `selected`
    return {n for n, products in NOTES.written.items() if products["TriggerResults"][column]["state"] == 1}


EXPRESSIONS = {
    "by2": lambda two, three, five: two,
    "not by2": lambda two, three, five: not two,
    "by2 and by3": lambda two, three, five: two and three,
    "by2 or by3 and by5": lambda two, three, five: two or (three and five),
    "(by2 or by3) and by5": lambda two, three, five: (two or three) and five,
    " \t not(by2)and not not not by3 or(by5) ": lambda two, three, five: (not two and not three) or five,
    "not (by2 and (by3 or not by5))": lambda two, three, five: not (two and (three or not five)),
    "nota and nota and by3": lambda two, three, five: two and three,
    "": lambda two, three, five: True,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions(jobs, expression):
    rule = EXPRESSIONS[expression]
    assert passed(jobs, expression) == {n for n in range(1, 31) if rule(n % 2 == 0, n % 3 == 0, n % 5 == 0)}


def test_a_verbose_filter_tells_how_it_understands_the_expression(jobs):
    passed(jobs, "by2 or not by3 and by5", "process.select.verbose = cms.untracked.bool(True)\n")
    assert "select passes events with: (by2 or (not by3 and by5))" in jobs.log


@pytest.mark.parametrize(
    "expression, what",
    [
        ("by2 and", "its end where the name of a path, 'not' or '('"),
        ("by2 by3", "'by3' where an operator or the end"),
        ("(by2 or by3", "its end where an operator or ')'"),
        ("by2 and or by3", "'or' where the name of a path"),
        ("by2 && by3", "'&' where an operator or the end"),
        ("by2)", "')' where an operator or the end"),
    ],
)
def test_what_can_not_be_read_is_refused(jobs, expression, what):
    with pytest.raises(errors.Configuration) as refused:
        passed(jobs, expression)
    assert what in refused.value.message
    assert refused.value.context == ["Constructing module: class=PathStatusFilter label='select'"]


def test_a_path_that_is_not_there_ends_the_job_at_the_first_event(jobs):
    with pytest.raises(AssertionError, match="Looking for module label: by7"):
        passed(jobs, "by2 or by7")


def test_a_filter_on_the_path_it_asks_for_is_refused(jobs):
    with pytest.raises(errors.ScheduleExecutionFailure, match="needs the status of path 'selected'"):
        passed(jobs, "by2 or selected")
