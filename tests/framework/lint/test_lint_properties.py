"""Random clean configurations have no findings; with one random misuse planted they have exactly that one."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

HEAD = [
    "import FWCore.ParameterSet.Config as cms",
    "run3 = cms.Modifier()",
    'fragment = cms.EDProducer("LintMaker", weight = cms.double(1))',
    'process = cms.Process("TEST", run3)',
    "run3.toModify(fragment, weight = 2.0)",
    'process.source = cms.Source("EmptySource")',
    "process.made = fragment",
]


class Job:
    """A clean configuration, one statement a line, drawn with `rng`."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.lines = rng, list(HEAD)
        self.labels = ["made"]
        for number in range(rng.randint(2, 8)):
            self.add_module(f"module{number}X")
        self.arrange()
        self.lines += [
            'process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("x.root"))',
            f"process.out.outputCommands = cms.untracked.vstring({self.commands()})",
            "process.out.SelectEvents = cms.untracked.PSet(SelectEvents = cms.vstring('p0'))",
            "process.e = cms.EndPath(process.out)",
        ]
        if rng.random() < 0.5:
            names = ", ".join(f"process.{name}" for name in [*self.paths, "e"])
            self.lines.append(f"process.schedule = cms.Schedule({names})")

    def add_module(self, label: str) -> None:
        src = self.rng.choice(self.labels) + self.rng.choice(["", ":more", "::TEST", ":more:@currentProcess"])
        if self.rng.random() < 0.4:
            other = self.rng.choice(self.labels)
            self.lines.append(f'process.{label} = process.{other}.clone(src = cms.InputTag("{src}"))')
        else:
            nested = self.rng.choice(
                ["", ", cuts = cms.PSet(ptMin = cms.double(2))", ", bins = cms.VPSet(cms.PSet(edge = cms.double(1)))"]
            )
            self.lines.append(f'process.{label} = cms.EDProducer("LintMaker", src = cms.InputTag("{src}"){nested})')
        self.labels.append(label)

    def arrange(self) -> None:
        """Put the modules on paths, directly or through a sequence, or in tasks."""
        cut = self.rng.randint(1, len(self.labels))
        on_path, in_task = self.labels[:cut], self.labels[cut:]
        self.paths = ["p0"]
        expression = " + ".join(f"process.{label}" for label in on_path)
        if self.rng.random() < 0.5:
            self.lines += [f"process.s = cms.Sequence({expression})", "process.p0 = cms.Path(process.s)"]
        else:
            self.lines.append(f"process.p0 = cms.Path({expression})")
        if in_task:
            members = ", ".join(f"process.{label}" for label in in_task)
            self.lines += [f"process.t = cms.Task({members})", "process.p0.associate(process.t)"]
        if self.rng.random() < 0.5:
            self.paths.append("p1")
            self.lines.append(f"process.p1 = cms.Path(process.{on_path[0]})")

    def commands(self) -> str:
        kept = self.rng.sample(self.labels, self.rng.randint(1, len(self.labels)))
        return repr(self.rng.choice([["keep *"], ["drop *", *(f"keep *_{label}_*_*" for label in kept)]]))

    def append(self, line: str) -> int:
        """Add a line, before the schedule if there is one; returns its number."""
        place = len(self.lines) - ("Schedule" in self.lines[-1])
        self.lines.insert(place, line)
        return place + 1

    def set(self, path: str, value: str) -> int:
        """Set a parameter of a random module."""
        return self.append(f"process.{self.rng.choice(self.labels)}.{path} = {value}")


def late_modifier(job):
    job.lines.insert(3, "run3.toModify(fragment, cuts = cms.PSet(ptMin = cms.double(3)))")
    return 4


def second_process(job):
    job.lines.insert(3, 'first = cms.Process("FIRST", run3)')
    job.lines[4] = 'process = cms.Process("TEST")'
    return 5


def unread_parameter(job):
    path, value = job.rng.choice([
        ("idle", "cms.double(2)"),
        ("cuts", "cms.PSet(ptMin = cms.double(1), idle = cms.double(2))"),
        ("bins", "cms.VPSet(cms.PSet(edge = cms.double(1)), cms.PSet(idle = cms.double(2)))"),
    ])  # fmt: skip
    return job.set(path, value)


def illegal_parameter(job):
    path, value = job.rng.choice([
        ("wieght", "cms.double(2)"),
        ("cuts", "cms.PSet(ptmin = cms.double(1))"),
        ("bins", "cms.VPSet(cms.PSet(), cms.PSet(egde = cms.double(1)))"),
        ("extras", "cms.untracked.PSet()"),
    ])  # fmt: skip
    return job.set(path, value)


def unreached_module(job):
    return job.append(f'process.lost = process.{job.rng.choice(job.labels)}.clone(src = "made")'.replace(
        '"made"', 'cms.InputTag("made")'))  # fmt: skip


def unused_task(job):
    unreached_module(job)
    return job.append("process.lostTask = cms.Task(process.lost)")


def unused_sequence(job):
    unreached_module(job)
    return job.append("process.lostSequence = cms.Sequence(process.lost)")


def unscheduled_path(job):
    job.lines = [line for line in job.lines if "Schedule" not in line]
    job.lines.append(f"process.lostPath = cms.Path(process.{job.rng.choice(job.labels)})")
    job.lines.append(f"process.schedule = cms.Schedule({', '.join(f'process.{p}' for p in [*job.paths, 'e'])})")
    return len(job.lines) - 1


def missing_product(job):
    label = job.rng.choice(job.labels)
    wrong = job.rng.choice(["mada", f"{label}:moer", f"{label}::OTHER", "made::@skipCurrentProcess", "nowhere::TEST"])
    return job.append(f'process.{job.labels[-1]}.src = cms.InputTag("{wrong}")')


def select_events(job):
    term = job.rng.choice(["p9", "q*", "p0:OTHER", "!p7"])
    return job.append(f"process.out.SelectEvents.SelectEvents = ['p0', '{term}']")


def keeps_nothing(job):
    return job.append(f"process.out.outputCommands = {job.rng.choice([['drop *'], ['keep *', 'drop *_*_*_TEST']])}")


def unknown_option(job):
    name = job.rng.choice(["options.numberOfTreads", "maxEvents.inputs", "options.eventSetup.concurrentIOVs"])
    return job.append(f"process.{name} = cms.untracked.uint32(2)")


def unknown_label(job):
    return job.append("process.options.modulesToCallForTryToContinue = ['modul']")


def dropped_result(job):
    label = job.rng.choice(job.labels)
    return job.append(job.rng.choice([f"process.{label}.clone()", f"process.{label} + process.made"]))


MISUSES = [
    late_modifier, second_process, unread_parameter, illegal_parameter, unreached_module, unused_task, unused_sequence,
    unscheduled_path, missing_product, select_events, keeps_nothing, unknown_option, unknown_label, dropped_result,
]  # fmt: skip
EXAMPLES = settings(
    max_examples=100 if os.environ.get("PYRUN_EXHAUSTIVE") else 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
    phases=[Phase.generate],  # a smaller seed makes no simpler configuration
)


@EXAMPLES
@given(seed=st.integers(0, 2**32))
def test_a_clean_configuration_has_no_findings_at_all(found, seed):
    job = Job(random.Random(seed))
    assert found("\n".join(job.lines)) == [], "\n".join(job.lines)


@pytest.mark.parametrize("misuse", MISUSES, ids=lambda misuse: misuse.__name__)
@EXAMPLES
@given(seed=st.integers(0, 2**32))
def test_a_planted_misuse_is_found_and_nothing_else(found, misuse, seed):
    job = Job(random.Random(seed))
    line = misuse(job)
    assert found("\n".join(job.lines)) == [(misuse.__name__.replace("_", "-"), line)], "\n".join(job.lines)
