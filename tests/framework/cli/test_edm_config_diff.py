"""edmConfigDiff: what counts as a difference, and how it is told."""

from __future__ import annotations

import importlib
import json
import os
import pty
import subprocess
import sys

import pytest

JOB = """\
import FWCore.ParameterSet.Config as cms
process = cms.Process("TEST")
process.source = cms.Source("EmptySource")
process.a = cms.EDProducer("A", x = cms.double(1), cuts = cms.PSet(pt = cms.double(20)), names = cms.vstring("u", "v"))
process.b = cms.EDFilter("B", src = cms.InputTag("a"))
process.c = cms.EDProducer("C", bins = cms.VPSet(cms.PSet(n = cms.int32(1)), cms.PSet(n = cms.int32(2))))
process.s = cms.Sequence(process.a + process.b)
process.t = cms.Task(process.c)
process.p = cms.Path(process.s, process.t)
"""


@pytest.fixture
def diff(tmp_path, monkeypatch, capfd):
    """Compare JOB with another configuration; returns the exit code and what is printed."""
    monkeypatch.chdir(tmp_path)

    def diff(text, *options, first=JOB):
        (tmp_path / "a_cfg.py").write_text(first)
        (tmp_path / "b_cfg.py").write_text(text)
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main = importlib.import_module("pyrun.framework.cli.edm_config_diff").main
            main([*options, "a_cfg.py", "b_cfg.py"])
        return end.value.code or 0, capfd.readouterr().out

    return diff


def changed(old, new):
    assert old in JOB
    return JOB.replace(old, new)


@pytest.mark.parametrize(
    "text",
    [
        JOB,
        changed("cms.double(1)", "cms.double(1.0)"),
        changed('cms.InputTag("a")', 'cms.InputTag("a", "", "")'),
        changed("cms.Path(process.s,", "cms.Path(process.a + process.b,"),
        changed("cms.Task(process.c)", "cms.Task(cms.Task(process.c))"),
        changed('x = cms.double(1), cuts = cms.PSet(pt = cms.double(20))', 'cuts = cms.PSet(pt = cms.double(20)), x = cms.double(1)'),  # noqa: E501
        JOB + "process.schedule = cms.Schedule(process.p)\n",
        JOB + 'process.shared = cms.PSet(pt = cms.double(20))\nprocess.a.cuts = cms.PSet(refToPSet_ = cms.string("shared"))\ndel process.shared\nprocess.a.cuts = cms.PSet(pt = cms.double(20))\n',  # noqa: E501
    ],
    ids=["the same", "number", "tag", "sequence", "nested task", "order of parameters", "schedule", "detour"],
)  # fmt: skip
def test_the_same_meaning_is_no_difference(diff, text):
    assert diff(text) == (0, "")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (changed("cms.double(1)", "cms.double(2)"), ["EDProducer a (A)", "- x = double 1.0", "+ x = double 2.0"]),
        (changed("cms.double(1)", "cms.untracked.double(1)"), ["- x = double 1.0", "+ x = untracked double 1.0"]),
        (changed("pt = cms.double(20)", "pt = cms.double(30)"), ["- cuts.pt = double 20.0", "+ cuts.pt = double 30.0"]),
        (changed("n = cms.int32(2)", "n = cms.int32(3)"), ["- bins[1].n = int32 2", "+ bins[1].n = int32 3"]),
        (changed('cms.EDFilter("B"', 'cms.EDFilter("BB"'), ["- type = 'B'", "+ type = 'BB'"]),
        (changed("process.a + process.b", "process.a + ~process.b"), ["Path p", "+ modules = ['a', '!b']"]),
        (changed("process.s, process.t", "process.s"), ["Path p", "- tasks = ['c']", "+ tasks = []"]),
        (JOB + 'process.d = cms.EDAnalyzer("D")\n', ["+ EDAnalyzer d (D)  b_cfg.py:10"]),
        (JOB + "del process.c\n", ["- EDProducer c (C)  a_cfg.py:6"]),
        (changed('"TEST"', '"OTHER"'), ["Process TEST", "- name = string 'TEST'", "+ name = string 'OTHER'"]),
        (JOB + "process.maxEvents.input = 5\n", ["+ input = untracked int32 5"]),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_what_was_and_what_is(diff, text, lines):
    code, told = diff(text)
    assert code == 1
    printed = [line.strip() for line in told.splitlines()]
    for line in lines:
        assert any(other.startswith(line) for other in printed), told


def test_of_a_long_list_only_what_differs_is_told(diff):
    long = [f"keep {n}" for n in range(20)]
    first = JOB + f"process.a.names = {long}\n"
    code, told = diff(JOB + f"process.a.names = {[*long[:7], 'drop', *long[8:]]}\n", first=first)
    assert code == 1
    assert [line.strip() for line in told.splitlines()[3:]] == ["- names: 'keep 7'", "+ names: 'drop'"]


def test_the_order_of_paths_counts(diff):
    more = JOB + "process.q = cms.Path(process.a)\n"
    code, told = diff(more + "process.schedule = cms.Schedule(process.q, process.p)\n", first=more)
    assert code == 1
    assert "- paths = ['p', 'q']" in told
    assert "+ paths = ['q', 'p']" in told


def test_the_cases_of_a_switch_are_compared(diff):
    text = """\
import FWCore.ParameterSet.Config as cms
class Switch(cms.SwitchProducer):
    def __init__(self, **cases):
        super().__init__({{"cpu": cms.SwitchProducer.getCpu()}}, **cases)
process = cms.Process("TEST")
process.a = Switch(cpu = cms.EDProducer("A", x = cms.int32({})))
"""
    code, told = diff(text.format(2), first=text.format(1))
    assert code == 1
    assert "- cpu.x = int32 1" in told
    assert "+ cpu.x = int32 2" in told


def test_what_nothing_uses_can_be_left_out(diff):
    text = JOB + 'process.d = cms.EDAnalyzer("D")\n'
    assert diff(text)[0] == 1
    assert diff(text, "--prune") == (0, "")


def test_modifiers_of_one_configuration_do_not_act_on_the_other(diff):
    text = """\
import FWCore.ParameterSet.Config as cms
m = cms.Modifier()
process = cms.Process("TEST"{})
process.a = cms.EDProducer("A", x = cms.double(1))
m.toModify(process.a, x = 2)
"""
    code, told = diff(text.format(""), first=text.format(", m"))
    assert code == 1
    assert "- x = double 2.0" in told
    assert "+ x = double 1.0" in told


def test_as_json(diff):
    code, told = diff(changed("cms.double(1)", "cms.double(2)"), "--json")
    assert code == 1
    (difference,) = json.loads(told)["differences"]
    assert (difference["kind"], difference["name"], difference["status"]) == ("EDProducer", "a", "changed")
    assert difference["places"] == [["a_cfg.py", 4], ["b_cfg.py", 4]]
    assert difference["changes"] == [
        {"name": "x", "before": {"type": "double", "value": 1.0}, "after": {"type": "double", "value": 2.0}}
    ]


def test_a_configuration_that_can_not_be_loaded_is_trouble(diff):
    assert diff("import nothing_of_the_kind")[0] == 2


def test_arguments_go_with_the_configuration(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_cfg.py").write_text(JOB.replace("cms.double(1)", "cms.double(float(__import__('sys').argv[1]))"))
    with pytest.raises(SystemExit) as end:
        importlib.import_module("pyrun.framework.cli.edm_config_diff").main(["a_cfg.py 1", "a_cfg.py 2"])
    assert end.value.code == 1
    assert "+ x = double 2.0" in capfd.readouterr().out


def test_a_terminal_gets_colours(tmp_path):
    (tmp_path / "a_cfg.py").write_text(JOB)
    (tmp_path / "b_cfg.py").write_text(changed("cms.double(1)", "cms.double(2)"))
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-c", "from pyrun.framework.cli.edm_config_diff import main; main()"]
    subprocess.run([*command, "a_cfg.py", "b_cfg.py"], cwd=tmp_path, stdout=theirs, env=environment, timeout=120)
    os.close(theirs)
    text = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "\x1b[31m    - x = double 1.0" in text
    assert "\x1b[32m    + x = double 2.0" in text
