from __future__ import annotations

import doctest
import sys

import pytest

from pyrun.framework.config import varparsing
from pyrun.framework.config.varparsing import VarParsing


@pytest.fixture
def options():
    options = VarParsing("analysis")
    options.register("cut", 5.0, VarParsing.multiplicity.singleton, VarParsing.varType.float, "pt cut (GeV)")
    options.register("flag", False, VarParsing.multiplicity.singleton, VarParsing.varType.bool, "a flag")
    options.register("tags", "", VarParsing.multiplicity.list, VarParsing.varType.string, "tags")
    options.register("runs", [1, 2], VarParsing.multiplicity.list, VarParsing.varType.int, "runs")
    return options


def parse(options, *words):
    options.parseArguments(["job_cfg.py", *words])
    return options


def test_analysis_registers_the_usual_arguments_with_their_defaults():
    options = VarParsing("analysis")
    assert (options.maxEvents, options.inputFiles, options.outputFile) == (-1, [], "output.root")
    assert (options.totalSections, options.section, options.secondaryInputFiles) == (0, 0, [])


def test_the_groups():
    assert VarParsing("python").storePrepend == ""
    assert VarParsing("python").maxEvents == -1
    assert VarParsing("standard").output == "output.root"
    with pytest.raises(RuntimeError, match="knows the groups analysis, python, standard, not 'analsis'"):
        VarParsing("analsis")


def test_values_are_converted_to_the_registered_type(options):
    parse(options, "cut=7", "flag=true", "runs=0x10,3")
    assert options.cut == 7.0
    assert options.flag is True
    assert options.runs == [16, 3]


@pytest.mark.parametrize("word", ["flag=maybe", "cut=high", "maxEvents=3.5", "runs=1,x"])
def test_a_value_of_the_wrong_type_names_the_argument(options, word):
    with pytest.raises(RuntimeError, match=f"The argument '{word.split('=')[0]}' needs a value of type"):
        parse(options, word)


def test_an_unknown_argument_names_the_nearest(options):
    with pytest.raises(RuntimeError, match=r"There is no argument 'maxEvent' \(did you mean 'maxEvents'\?\)"):
        parse(options, "maxEvent=3")


def test_an_argument_like_no_other_lists_what_is_known(options):
    with pytest.raises(RuntimeError, match="no argument 'xyzzy'; known are: cut, filePrepend, flag, inputFiles"):
        parse(options, "xyzzy=3")


def test_an_unknown_attribute_names_the_nearest(options):
    with pytest.raises(AttributeError, match="did you mean 'inputFiles'"):
        _ = options.inputFile


def test_a_word_without_equals_sign_is_refused(options):
    with pytest.raises(RuntimeError, match="'inputFiles' is not of the form name=value"):
        parse(options, "inputFiles")


def test_the_first_value_from_the_command_line_drops_the_default_and_later_ones_add(options):
    options.setDefault("inputFiles", "default.root")
    parse(options, "inputFiles=a.root,b.root", "inputFiles=c.root")
    assert options.inputFiles == ["a.root", "b.root", "c.root"]


def test_a_list_that_is_not_given_keeps_its_default(options):
    options.setDefault("inputFiles", "x.root", "y.root,z.root")
    assert parse(options).inputFiles == ["x.root", "y.root", "z.root"]
    assert options.runs == [1, 2]


def test_a_scalar_given_twice_is_an_error(options):
    with pytest.raises(RuntimeError, match="The argument 'cut' is given twice"):
        parse(options, "cut=1", "cut=2")


def test_a_value_may_contain_equals_signs(options):
    assert parse(options, "tags=a=b").tags == ["a=b"]


def test_clear_empties_a_list_and_drops_its_default(options):
    assert parse(options, "runs_clear").runs == []
    with pytest.raises(RuntimeError, match="'cut' is no list"):
        parse(options, "cut_clear")


def test_load_reads_a_file_of_values(options, tmp_path):
    path = tmp_path / "files.txt"
    path.write_text("# header\na.root\n\nb.root  # second\n")
    assert parse(options, f"inputFiles_load={path}", "inputFiles=c.root").inputFiles == ["a.root", "b.root", "c.root"]


def test_load_of_a_missing_file_says_so(options):
    with pytest.raises(RuntimeError, match="The file of values '/nowhere' can't be read: No such file"):
        parse(options, "inputFiles_load=/nowhere")


def test_load_of_a_scalar_is_refused(options, tmp_path):
    path = tmp_path / "value.txt"
    path.write_text("3\n")
    with pytest.raises(RuntimeError, match="'cut' has one value"):
        parse(options, f"cut_load={path}")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "output.root"),
        (["maxEvents=100"], "output_numEvent100.root"),
        (["maxEvents=-1"], "output.root"),
        (["maxEvents=10", "outputFile=dir.d/my.root"], "dir.d/my_numEvent10.root"),
    ],
)
def test_the_output_file_is_named_after_the_number_of_events(options, words, name):
    assert parse(options, *words).outputFile == name


def test_sections_divide_the_input_files_without_loss_or_repetition():
    found = []
    for section in (1, 2, 3):
        options = parse(VarParsing("analysis"), "inputFiles=a,b,c,d,e", "totalSections=3", f"section={section}")
        found += options.inputFiles
    assert found == ["a", "b", "c", "d", "e"]
    with pytest.raises(RuntimeError, match="'section' must lie between 1 and totalSections=3"):
        parse(VarParsing("analysis"), "inputFiles=a", "totalSections=3", "section=4")


def test_only_what_follows_the_configuration_file_is_read(options):
    options.parseArguments(["pyrun", "--numThreads=4", "job_cfg.py", "--", "cut=1"])
    assert options.cut == 1.0


def test_arguments_come_from_sys_argv_unless_given(options, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["job_cfg.py", "cut=2"])
    options.parseArguments()
    assert options.cut == 2.0


def test_help_prints_all_arguments_and_ends_the_program(options, capsys):
    with pytest.raises(SystemExit) as end:
        parse(options, "help")
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "pt cut (GeV) [float, default 5.0]" in text
    assert "inputFiles" in text


def test_print_shows_the_values_and_noprint_does_not(options, capsys):
    parse(options, "cut=8", "print")
    assert "cut                 = 8.0" in capsys.readouterr().out
    parse(VarParsing("analysis"), "print", "noprint")
    assert capsys.readouterr().out == ""


def test_assignment_is_checked_and_lists_take_text_or_sequences(options):
    options.inputFiles = "a.root", "b.root"
    assert options.inputFiles == ["a.root", "b.root"]
    options.inputFiles = "c.root,d.root"
    assert options.inputFiles == ["a.root", "b.root", "c.root", "d.root"], "assignment appends to a list, as in CMSSW"
    assert parse(options, "inputFiles=e.root").inputFiles == ["e.root"], "the command line does not"
    with pytest.raises(RuntimeError, match="'maxEvents' needs a value of type int"):
        options.maxEvents = "many"
    with pytest.raises(RuntimeError, match="There is no argument 'nothing'"):
        options.nothing = 1


def test_names_of_arguments_have_no_underscore_and_are_unique(options):
    with pytest.raises(RuntimeError, match="'my_arg' can't be the name"):
        options.register("my_arg", 1)
    with pytest.raises(RuntimeError, match="'cut' is already registered"):
        options.register("cut", 1)


@pytest.mark.parametrize(
    ("default", "type_", "value"),
    [
        ("12", "int", 12),
        ("False", "bool", False),
        ("", "int", ""),
        ("all", "int", "all"),
        (None, "string", None),
        (False, "string", False),
        (True, "int", True),
        (2.5, "int", 2.5),
    ],
)
def test_a_default_that_is_no_text_for_its_type_stays_as_it_is(default, type_, value):
    options = VarParsing()
    options.register("x", default, VarParsing.multiplicity.singleton, getattr(VarParsing.varType, type_))
    assert options.x == value
    assert type(options.x) is type(value)


def test_the_example_in_the_documentation_runs():
    assert doctest.testmod(varparsing).failed == 0


def test_cmssw_spelling_of_the_import():
    from FWCore.ParameterSet import VarParsing as module

    assert module.VarParsing.varType.int == module.varType.int
    assert module.VarParsing is VarParsing


def test_the_tags_of_an_output_follow_the_arguments_also_after_parsing(options):
    parse(options, "maxEvents=10")
    assert options.outputFile == "output_numEvent10.root"
    options.maxEvents = 5
    options.outputFile = "other"
    assert options.outputFile == "other_numEvent5.root"
    options.setupTags(tag="cut%g", ifCond="cut > 6", tagArg="cut")
    options.cut = 7
    assert options.outputFile == "other_numEvent5_cut7.root"


def test_a_list_may_keep_its_default_and_its_commas():
    options = VarParsing()
    many, text = VarParsing.multiplicity.list, VarParsing.varType.string
    options.register("cuts", "pt>1,eta<2", many, text, "", noCommaSplit=True)
    options.register("tags", "a", many, text, "", noDefaultClear=True)
    parse(options, "cuts=x,y", "tags=b,c")
    assert options.cuts == ["x,y"]
    assert options.tags == ["a", "b", "c"]


def test_files_of_the_store_get_a_prefix():
    options = parse(VarParsing("python"), "inputFiles=/store/a.root,b.root", "storePrepend=root://x/")
    assert options.inputFiles == ["root://x//store/a.root", "b.root"]


def test_the_type_of_an_argument_can_be_changed(options):
    options.setType("maxEvents", VarParsing.varType.string)
    assert options.maxEvents == "-1"


def test_what_stands_before_every_input_file():
    options = parse(VarParsing("analysis"), "inputFiles=/store/a.root,b.root", "filePrepend=file:")
    assert options.inputFiles == ["file:/store/a.root", "file:b.root"]


def test_an_older_configuration_may_register_what_newer_releases_have_registered():
    options = VarParsing("analysis")
    assert options.tag == ""
    options.register("tag", "v1", VarParsing.multiplicity.singleton, VarParsing.varType.string)
    assert parse(options).tag == "v1"


def test_the_number_of_events_is_kept_out_of_names_by_emptying_the_table_of_tags():
    options = VarParsing("analysis")
    options._tagOrder = []
    assert parse(options, "maxEvents=5").outputFile == "output.root"
    options = VarParsing("analysis")
    options._tags.pop("numEvent%d")
    options._tagOrder.remove("numEvent%d")
    assert parse(options, "maxEvents=5").outputFile == "output.root"
    options = VarParsing("analysis")
    del options._tags["numEvent%d"]
    assert parse(options, "maxEvents=5").outputFile == "output.root"


def test_configurations_ask_whether_the_command_line_gave_a_value(options):
    options.cut = 3
    assert not options._beenSet["cut"]
    parse(options, "cut=4")
    assert options._beenSet["cut"]
    assert not options._beenSet.get("flag", True)


def test_an_argument_can_be_taken_out_and_registered_anew():
    options = VarParsing("analysis")
    for table in (options._register, options._singletons, options._info, options._types, options._beenSet):
        del table["outputFile"]
    assert not hasattr(options, "outputFile")
    options.register("outputFile", "mine.root", VarParsing.multiplicity.singleton, VarParsing.varType.string)
    assert parse(options, "maxEvents=5").outputFile == "mine.root"
    assert {name: options._singletons[name] for name in ("maxEvents", "outputFile")} == {
        "maxEvents": 5,
        "outputFile": "mine.root",
    }
    options._lists["inputFiles"] = ["x.root"]
    assert options.inputFiles == ["x.root"]


def test_a_default_that_is_set_adds_to_a_list_and_overrides_a_value(options):
    options.setDefault("runs", [3])
    assert options.runs == [1, 2, 3]
    parse(options, "cut=4")
    options.setDefault("cut", 6)
    assert options.cut == 6.0


def test_with_multiple_assign_the_last_value_counts(options):
    assert parse(options, "cut=1", "multipleAssign", "cut=2").cut == 2.0
