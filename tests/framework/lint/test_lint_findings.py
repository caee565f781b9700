"""Each misuse that lint knows, with its line and what it says."""

from __future__ import annotations

import pytest

MODIFIER = "run3 = cms.Modifier()\n"


def only(found):
    """The one finding of the last report."""
    assert len(found.report.findings) == 1, found.report.findings
    return found.report.findings[0]


def test_a_clean_configuration_has_no_findings(found):
    assert found() == []
    assert found.report.notes == []


# ---- modifiers


JETS = """
from mods_cff import run3
jets = cms.EDProducer("LintMaker")
run3.toModify(jets, weight = cms.double(2.0))
"""


def test_a_fragment_imported_before_its_modifier_was_chosen(found):
    text = """\
        import FWCore.ParameterSet.Config as cms
        from mods_cff import run3
        import jets_cff
        process = cms.Process("TEST", run3)
        process.load("jets_cff")
        process.source = cms.Source("EmptySource")
        process.p = cms.Path(process.jets)
    """
    assert found(text, mods_cff=MODIFIER, jets_cff=JETS) == [("late-modifier", 3)]
    finding = only(found)
    assert "run3 does not change process.jets" in finding.message
    assert "jets_cff.py:5" in finding.message
    assert "job_cfg.py:4" in finding.suggestion


def test_a_clone_of_what_a_late_modifier_left_alone(found):
    text = """\
        import FWCore.ParameterSet.Config as cms
        from mods_cff import run3
        from jets_cff import jets
        process = cms.Process("TEST", run3)
        process.mine = jets.clone()
        process.source = cms.Source("EmptySource")
        process.p = cms.Path(process.mine)
    """
    assert found(text, mods_cff=MODIFIER, jets_cff=JETS) == [("late-modifier", 3)]


def test_an_inverted_modifier_that_acted_too_early(found):
    text = """\
        import FWCore.ParameterSet.Config as cms
        from mods_cff import run3
        m = cms.EDProducer("LintMaker")
        (~run3).toModify(m, weight = cms.double(3.0))
        process = cms.Process("TEST", run3)
        process.m = m
        process.source = cms.Source("EmptySource")
        process.p = cms.Path(process.m)
    """
    assert found(text, mods_cff=MODIFIER) == [("late-modifier", 4)]
    assert "run3 changed process.m" in only(found).message


@pytest.mark.parametrize("chosen", ["", ", run3"], ids=["never chosen", "chosen before"])
def test_a_modifier_that_is_not_chosen_or_in_time_is_fine(found, chosen):
    text = f"""\
        import FWCore.ParameterSet.Config as cms
        from mods_cff import run3
        process = cms.Process("TEST"{chosen})
        process.load("jets_cff")
        process.source = cms.Source("EmptySource")
        process.p = cms.Path(process.jets)
    """
    assert found(text, mods_cff=MODIFIER, jets_cff=JETS) == []


def test_what_the_process_does_not_hold_may_be_asked_early(found):
    text = """\
        import FWCore.ParameterSet.Config as cms
        from mods_cff import run3
        import jets_cff
        process = cms.Process("TEST", run3)
        process.source = cms.Source("EmptySource")
    """
    assert found(text, mods_cff=MODIFIER, jets_cff=JETS) == []


def test_a_second_process_without_the_modifiers_of_the_first(found):
    text = """\
        import FWCore.ParameterSet.Config as cms
        from mods_cff import run3
        first = cms.Process("FIRST", run3)
        process = cms.Process("TEST")
        process.source = cms.Source("EmptySource")
    """
    assert found(text, mods_cff=MODIFIER) == [("second-process", 4)]
    assert "'FIRST'" in only(found).message


def test_two_processes_with_the_same_modifiers_are_fine(found):
    text = """\
        import FWCore.ParameterSet.Config as cms
        from mods_cff import run3
        first = cms.Process("FIRST", run3)
        process = cms.Process("TEST", run3)
        process.source = cms.Source("EmptySource")
    """
    assert found(text, mods_cff=MODIFIER) == []


# ---- parameters


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("idle", "process.second.idle = cms.double(2.0)"),
        ("cuts.idle", "process.second.cuts = cms.PSet(idle = cms.double(1))"),
        ("bins[1].idle", "process.second.bins = cms.VPSet(cms.PSet(), cms.PSet(idle = cms.double(1)))"),
        ("extras.misread", "process.second.extras = cms.PSet(misread = cms.int32(1), used = cms.int32(2))"),
    ],
)
def test_a_parameter_that_the_module_never_reads(found, path, line):
    assert found(line) == [("unread-parameter", found.head + 1)]
    assert only(found).where == f"process.second.{path}"
    assert "edmPluginHelp -p LintMaker" in only(found).suggestion


@pytest.mark.parametrize(
    "line",
    [
        "process.second.weight = cms.double(3)",  # read when events come
        "process.second.cuts = cms.PSet(ptMin = cms.double(3))",
        "process.second.bins = cms.VPSet(cms.PSet(edge = cms.double(3)))",
        "process.second.idle = cms.double(0.0)",  # as it is anyway
    ],
)
def test_a_parameter_that_is_read_or_has_its_default_is_fine(found, line):
    assert found(line) == []


def test_a_parameter_documented_to_have_no_effect_is_only_noted(found):
    assert found('process.second.cuts = cms.PSet(note = cms.untracked.string("x"))') == []
    assert found.report.notes == ["Set, but without effect in pyrun: process.second.cuts.note"]


def test_a_parameter_that_the_module_does_not_have(found):
    assert found("process.second.wait = cms.double(3)") == [("illegal-parameter", found.head + 1)]
    assert only(found).suggestion == "Did you mean 'weight'?"


def test_the_line_of_a_parameter_is_its_own(found):
    text = """
        process.third = process.second.clone(
            src = "second",
            weight = cms.double(2.0),
            bins = cms.VPSet(cms.PSet(
                edge = cms.double(1),
                wrong = cms.double(2),
            )),
        )
        process.p += process.third
    """
    assert found(text) == [("illegal-parameter", found.head + 7)]


def test_parameters_beside_a_reference_to_a_pset(found):
    text = """
        process.shared = cms.PSet(ptMin = cms.double(1))
        process.second.cuts = cms.PSet(refToPSet_ = cms.string("shared"), ptMin = cms.double(2))
    """
    assert found(text) == [("unread-parameter", found.head + 3)]
    assert "refToPSet_" in only(found).message


def test_a_block_that_parameter_sets_does_not_name(found):
    text = """
        process.gen = cms.PSet(
            parameterSets = cms.vstring("hard"),
            hard = cms.vstring("Top:all = on"),
            tune = cms.vstring("Tune:pp = 14"),
        )
    """
    assert found(text) == [("unread-parameter", found.head + 5)]
    assert only(found).suggestion == "append 'tune' to parameterSets"


def test_a_misspelt_option(found):
    assert found("process.options.numberOfThread = cms.untracked.uint32(4)") == [("unknown-option", found.head + 1)]
    assert only(found).suggestion == "did you mean 'numberOfThreads'?"


def test_a_list_of_labels_with_one_that_no_module_has(found):
    assert found('process.MessageLogger.suppressWarning = ["secnd"]') == [("unknown-label", found.head + 1)]
    assert only(found).suggestion == "did you mean 'second'?"


def test_a_misspelt_type(found):
    text = 'process.third = cms.EDProducer("LintMakr")\nprocess.q = cms.Path(process.third)'
    assert found(text) == [("unknown-type", found.head + 1)]
    assert only(found).suggestion == "did you mean 'LintMaker'?"


def test_types_that_are_not_installed_are_only_noted(found):
    text = 'process.third = cms.EDProducer("CaloTowersCreator")\nprocess.q = cms.Path(process.third)'
    assert found(text) == []
    assert "CaloTowersCreator" in found.report.notes[0]


def test_an_illegal_parameter_of_a_module_of_the_event_setup(found):
    text = 'process.es = cms.ESSource("EmptyESSource", recordNam = cms.string("x"), firstValid = cms.vuint32(1))'
    assert found(text) == [("illegal-parameter", found.head + 1)]
    assert only(found).suggestion == "Did you mean 'recordName'?"


# ---- what runs


def test_a_module_that_nothing_reaches(found):
    assert found('process.lost = cms.EDProducer("LintMaker")') == [("unreached-module", found.head + 1)]
    assert "process.lost" in only(found).suggestion


def test_a_task_that_nothing_associates(found):
    text = """
        process.third = cms.EDProducer("LintMaker")
        process.fourth = cms.EDProducer("LintMaker")
        process.t = cms.Task(process.third, process.fourth)
    """
    assert found(text) == [("unused-task", found.head + 4)]
    assert "third, fourth" in only(found).message


def test_a_sequence_that_stands_nowhere(found):
    text = 'process.third = cms.EDProducer("LintMaker")\nprocess.s = cms.Sequence(process.third)'
    assert found(text) == [("unused-sequence", found.head + 2)]


def test_an_unused_sequence_of_modules_that_run_is_fine(found):
    assert found("process.s = cms.Sequence(process.first + process.second)") == []


def test_a_path_that_the_schedule_leaves_out(found):
    text = """
        process.third = cms.EDProducer("LintMaker")
        process.q = cms.Path(process.third)
        process.schedule = cms.Schedule(process.p)
    """
    assert found(text) == [("unscheduled-path", found.head + 3)]


def test_a_fragment_of_which_nothing_is_used(found, tmp_path):
    text = 'process.load("RecoJets.JetProducers.ak4PFJets_cfi")'
    assert found(text) == [("unused-load", found.head + 1)]
    assert "ak4PFJets" in only(found).message


def test_a_sum_that_is_not_kept(found):
    text = "process.s = cms.Sequence(process.first)\nprocess.s + process.second\n"
    assert found(text) == [("dropped-result", found.head + 2)]
    assert only(found).suggestion == "write process.s += process.second"


def test_a_clone_that_is_not_kept(found):
    assert found("process.second.clone(src = 'first:more')") == [("dropped-result", found.head + 1)]


# ---- products


@pytest.mark.parametrize(
    ("tag", "said", "suggestion"),
    [
        ("frist", "no module of this job makes", "did you mean 'first'"),
        ("first:mroe", "first makes no instance 'mroe'", "did you mean 'first:more'?"),
        ("first:more:OTHER", "no process 'OTHER' has made", "one of these: TEST"),
        ("first::@skipCurrentProcess", "only this job makes it", "leave out the process"),
        ("TriggerResults", "is of type edmTriggerResults", "of type double there is"),
    ],
)
def test_an_input_tag_that_names_nothing(found, tag, said, suggestion):
    assert found(f'process.second.src = "{tag}"') == [("missing-product", found.head + 1)]
    assert said in only(found).message
    assert suggestion in only(found).suggestion
    assert only(found).where == "process.second.src"


@pytest.mark.parametrize("tag", ["first", "first:more", "first::TEST", "first:more:@currentProcess", ""])
def test_an_input_tag_that_names_a_product_or_none_is_fine(found, tag):
    assert found(f'process.second.src = "{tag}"') == []


def test_a_product_of_a_module_that_is_not_reached(found):
    text = 'process.lost = cms.EDProducer("LintMaker")\nprocess.second.src = "lost"'
    assert found(text) == [("unreached-module", found.head + 1), ("missing-product", found.head + 2)]
    assert "task" in found.report.findings[1].suggestion


def test_a_module_that_is_not_installed_may_make_anything(found):
    text = """
        process.third = cms.EDProducer("CaloTowersCreator", src = cms.InputTag("nowhere"))
        process.p += process.third
        process.second.src = "third:any"
    """
    assert found(text) == [("missing-product", found.head + 2)]  # its own InputTag
    assert only(found).where == "process.third.src"


INPUT = """
process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring("file:{}"))
process.second.src = "{}"
"""


def test_what_an_unreadable_input_may_have_is_only_noted(found):
    assert found(INPUT.format("gone.root", "muons")) == []
    assert "gone.root" in found.report.notes[0]
    assert "muons" in found.report.notes[0]


def test_a_slip_of_the_pen_is_told_even_if_the_input_is_not_known(found):
    assert found(INPUT.format("gone.root", "fist")) == []  # too short to tell
    text = 'process.generated = process.first.clone()\nprocess.p += process.generated\nprocess.second.src = "generatd"'
    assert found(INPUT.format("gone.root", "first") + text) == [("missing-product", found.head + 6)]


SWITCH = """\
import FWCore.ParameterSet.Config as cms

class Switch(cms.SwitchProducer):
    def __init__(self, **cases):
        super().__init__({"cpu": cms.SwitchProducer.getCpu(), "gpu": lambda accelerators: (True, 2)}, **cases)
"""


def test_of_a_switch_the_chosen_case_is_looked_at(found):
    text = """
        from switch_cff import Switch
        process.third = Switch(
            cpu = cms.EDProducer("LintMaker", src = cms.InputTag("nowhere")),
            gpu = cms.EDProducer("LintMaker", idle = cms.double(2)),
        )
        process.second.src = "third:more"
        process.p.insert(0, process.third)
    """
    assert found(text, switch_cff=SWITCH) == [("unread-parameter", found.head + 5)]


def test_an_alias_may_be_asked_for(found):
    text = """
        process.other = cms.EDAlias(first = cms.VPSet(cms.PSet(type = cms.string("double"))))
        process.second.src = "other"
    """
    assert found(text) == []


def test_a_slip_for_a_module_of_which_nothing_is_known(found):
    text = INPUT.format("gone.root", "first") + (
        'process.generated = cms.EDProducer("CaloTowersCreator", src = cms.InputTag("anything"))\n'
        'process.other = cms.EDProducer("CaloTowersCreator", src = cms.InputTag("generatd"))\n'
        "process.p += process.generated + process.other\n"
    )
    assert found(text) == [("missing-product", found.head + 5)]
    assert only(found).suggestion == "did you mean 'generated'?"


# ---- outputs


OUTPUT = """
process.out = cms.OutputModule("PoolOutputModule",
    fileName = cms.untracked.string("x.root"),
    SelectEvents = cms.untracked.PSet(SelectEvents = cms.vstring({})),
    outputCommands = cms.untracked.vstring({}),
)
process.e = cms.EndPath(process.out)
"""


@pytest.mark.parametrize("term", ["'pp'", "'p', 'q*'", "'p:OTHER'"])
def test_select_events_that_names_no_path(found, term):
    assert found(OUTPUT.format(term, "'keep *'")) == [("select-events", found.head + 4)]


def test_an_output_that_keeps_nothing(found):
    assert found(OUTPUT.format("'p'", "'keep *', 'drop *'")) == [("keeps-nothing", found.head + 5)]


def test_a_keep_with_a_misspelt_label(found):
    text = OUTPUT.format("'p'", "'drop *', 'keep *_first_*_*', 'keep *_secnd_*_*'")
    assert found(text) == [("misspelt-keep", found.head + 5)]
    assert only(found).suggestion == "did you mean 'second'?"


def test_a_sound_output_is_fine(found):
    assert found(OUTPUT.format("'p', '!p'", "'drop *', 'keep *_first_*_*', 'keep *_elsewhere_*_*'")) == []


def test_two_outputs_to_one_file(found):
    text = OUTPUT.format("", "'keep *'") + "process.copy = process.out.clone()\nprocess.e += process.copy\n"
    assert found(text) == [("same-file", found.head + 8)]


# ---- the job as a whole


def test_modules_that_wait_for_each_other(found):
    assert found('process.first.src = cms.InputTag("second")') == [("unrunnable-schedule", found.head)]
    assert "'first' (module 1 of path 'p') needs" in only(found).suggestion


def test_a_process_without_source(found):
    text = 'import FWCore.ParameterSet.Config as cms\nprocess = cms.Process("TEST")\n'
    assert found(text) == [("no-source", 1)]


def test_a_required_parameter_that_is_not_set(found):
    text = 'process.third = cms.EDFilter("LintCounter", src = cms.required.InputTag)\nprocess.p += process.third'
    assert found(text) == [("incomplete", found.head + 1)]
    assert "'src'" in only(found).message
