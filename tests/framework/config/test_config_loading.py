from __future__ import annotations

import sys

import pytest

import pyrun.framework.config as cms
from pyrun.framework.config.loading import load_process, processFromFile
from pyrun.framework.errors import ConfigFileNotFound, ConfigFileReadError

HEADER = "import FWCore.ParameterSet.Config as cms\n"


@pytest.fixture
def write(tmp_path):
    def write(text, name="job_cfg.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    return write


def test_the_process_of_a_file_is_returned(write):
    process = load_process(write(HEADER + "process = cms.Process('JOB')\nprocess.a = cms.EDProducer('A')\n"))
    assert process.name_() == "JOB"
    assert isinstance(process.a, cms.EDProducer)


def test_the_file_sees_its_arguments_its_name_and_its_folder(write):
    write("value = 3\n", "neighbour.py")
    path = write(
        HEADER + "import sys, neighbour\nprocess = cms.Process('JOB')\n"
        "process.seen = cms.PSet(argv=cms.vstring(sys.argv), file=cms.string(__file__), name=cms.string(__name__),\n"
        "                        value=cms.int32(neighbour.value))\n"
    )
    seen = load_process(path, ["maxEvents=3", "x"]).seen
    assert seen.argv == [path, "maxEvents=3", "x"]
    assert seen.file == path
    assert seen.name == "__main__"
    assert seen.value == 3


@pytest.mark.parametrize("text", ["process = cms.Process('JOB')\n", "import sys\nsys.argv.append('x')\n1/0\n"])
def test_the_interpreter_is_left_as_it_was(write, text):
    argv, path, entries = list(sys.argv), sys.path, list(sys.path)
    try:
        load_process(write(HEADER + text), ["a=1"])
    except ConfigFileReadError:
        pass
    assert sys.argv == argv
    assert sys.path is path
    assert sys.path == entries


def test_a_module_knows_the_line_of_the_file_that_made_it(write):
    path = write(HEADER + "process = cms.Process('JOB')\n\nprocess.a = cms.EDProducer('A')\n")
    module = load_process(path).a
    assert (module._filename, module._lineNumber) == (path, 4)


def test_a_missing_file_is_named_and_has_its_exit_code():
    with pytest.raises(ConfigFileNotFound, match="no configuration file 'nowhere_cfg.py'") as caught:
        load_process("nowhere_cfg.py")
    assert caught.value.exit_code == 7001


def test_a_file_that_can_not_be_parsed_shows_the_line(write):
    path = write(HEADER + "process = cms.Process('JOB'\nprocess.x\n")
    with pytest.raises(ConfigFileReadError) as caught:
        load_process(path)
    assert caught.value.exit_code == 7002
    assert f"{path}, line 2" in caught.value.message
    assert "process = cms.Process('JOB'" in caught.value.message
    assert "SyntaxError: '(' was never closed" in caught.value.message


def test_a_file_that_raises_shows_the_users_frames_and_none_of_ours(write):
    helper = write("def customise(process):\n    process.a.wrong = 3\n", "helper.py")
    path = write(
        HEADER + "from helper import customise\nprocess = cms.Process('JOB')\nprocess.a = cms.EDProducer('A')\n"
        "customise(process)\n"
    )
    with pytest.raises(ConfigFileReadError) as caught:
        load_process(path)
    assert caught.value.message == (
        f"The configuration file {path} failed:\n"
        f"  {path}, line 5\n    customise(process)\n"
        f"  {helper}, line 2, in customise\n    process.a.wrong = 3\n"
        "TypeError: wrong does not already exist, so it can only be set to a CMS python configuration type "
        f"in the EDProducer made in {path}, line 4; got int: 3"
    )


def test_a_fragment_that_can_not_be_parsed_is_the_file_that_is_named(write):
    fragment = write("x = (\n", "broken_cff.py")
    with pytest.raises(ConfigFileReadError, match=f"{fragment}, line 1"):
        load_process(write(HEADER + "process = cms.Process('JOB')\nprocess.load('broken_cff')\n"))


def test_a_file_of_bytes_that_are_no_text_is_unreadable(write, tmp_path):
    (tmp_path / "job_cfg.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigFileReadError):
        load_process(str(tmp_path / "job_cfg.py"))


def test_a_file_without_a_process_is_refused(write):
    with pytest.raises(ConfigFileReadError, match="it defines no variable 'process'"):
        load_process(write(HEADER))
    with pytest.raises(ConfigFileReadError, match="its 'process' is a int"):
        load_process(write("process = 3\n", "other_cfg.py"))


def test_a_file_that_ends_itself_passes_through(write, capsys):
    path = write(
        "from FWCore.ParameterSet.VarParsing import VarParsing\n"
        "options = VarParsing('analysis')\noptions.parseArguments()\n"
    )
    with pytest.raises(SystemExit) as end:
        load_process(path, ["help"])
    assert end.value.code == 0
    assert "maxEvents" in capsys.readouterr().out


def modified_job(write):
    write(HEADER + "special = cms.Modifier()\n", "Mods/special_cff.py")
    write(
        HEADER
        + "from Mods.special_cff import special\na = cms.EDProducer('A', n=cms.int32(1))\nspecial.toModify(a, n=2)\n",
        "Frag/a_cfi.py",
    )
    plain = write(HEADER + "process = cms.Process('JOB')\nprocess.load('Frag.a_cfi')\n", "plain_cfg.py")
    special = write(
        HEADER
        + "from Mods.special_cff import special\nprocess = cms.Process('JOB', special)\nprocess.load('Frag/a_cfi')\n",
        "special_cfg.py",
    )
    return plain, special


@pytest.mark.parametrize("order", [(0, 1, 0), (1, 0, 1)])
def test_each_load_applies_its_own_modifiers_to_fragments_imported_before(write, order):
    jobs = modified_job(write)
    assert [load_process(jobs[job]).a.n.value() for job in order] == [1 + job for job in order]


def test_changes_to_a_shared_fragment_do_not_reach_the_next_load(write):
    plain, _ = modified_job(write)
    load_process(plain).a.n = 99
    assert load_process(plain).a.n == 1


def test_a_fragment_of_the_same_name_elsewhere_is_found_by_the_next_load(write):
    for folder, number in (("one", 1), ("two", 2)):
        write(HEADER + f"pset = cms.PSet(n=cms.int32({number}))\n", f"{folder}/samename_cfi.py")
        path = write(HEADER + "process = cms.Process('JOB')\nprocess.load('samename_cfi')\n", f"{folder}/job_cfg.py")
        assert load_process(path).pset.n == number


def test_types_stay_the_same_from_load_to_load(write):
    path = write(HEADER + "process = cms.Process('JOB')\nprocess.a = cms.EDProducer('A')\n")
    assert type(load_process(path)) is type(load_process(path)) is cms.Process


def test_other_packages_below_the_folder_of_the_configuration_stay_imported(write, tmp_path, monkeypatch):
    write("token = object()\n", "lib/keepme.py")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    import keepme

    load_process(write(HEADER + "process = cms.Process('JOB')\n"))
    assert sys.modules["keepme"] is keepme
    del sys.modules["keepme"]


def test_process_from_file_keeps_the_chosen_modifiers(write):
    modifier = cms.Modifier()
    cms.Process("OUTER", modifier)
    path = write(
        HEADER + "import sys\nprocess = cms.Process('INNER')\nprocess.p = cms.PSet(a=cms.vstring(sys.argv[1:]))\n"
    )
    assert processFromFile(path, ["x=1"]).p.a == ["x=1"]
    assert modifier._isChosen()
    with pytest.raises(RuntimeError, match="defines no variable 'process'"):
        processFromFile(write("a = 1\n", "empty.py"))


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("cms.vint(1)", r"has no attribute 'vint' \(did you mean 'vint64'\?\)"),
        (
            "from FWCore.ParameterSet.VarParsing import VarParser",
            r"pyrun has VarParsing, .*\(did you mean 'VarParsing'",
        ),
        ("from PhysicsTools.PatAlgos.tools.helpers import xyz", "pyrun has getPatAlgosToolsTask, .*PYTHONPATH names"),
    ],
)
def test_a_name_that_a_module_lacks_is_told_with_those_that_it_has(write, line, advice):
    with pytest.raises(ConfigFileReadError, match=rf"(?s)job_cfg.py, line 2.*{advice}"):
        load_process(write(HEADER + line + "\n"))
