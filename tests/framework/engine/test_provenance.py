"""What is told of a process: complete parameters, also those left out, and IDs that tell results apart."""

from __future__ import annotations

import math
import textwrap

import attrs
import pytest

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.config.description import describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.provenance import process_record, software_of
from pyrun.framework.event.provenance import ParameterRecord, ProcessRecord
from pyrun.framework.io.metadata import FileMetadata


class Cut(param.ParameterSet):
    eta: float = param.double(2.5, doc="largest")
    name: str = param.untracked.string("cut", doc="for the log")


class Loose(param.ParameterSet):
    allow_any = True


@plugin
class ManyParameters(EDProducer):
    """Has parameters of every kind."""

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("a:b", doc="source")
        more: list[param.InputTag] = param.vInputTag(["x", "y:z"], doc="others")
        limit: float = param.double(math.inf, doc="limit")
        cut: Cut = param.pset(Cut, doc="nested")
        cuts: list[Cut] = param.vpset(Cut, doc="list")
        loose: Loose = param.untracked.pset(Loose, doc="anything")
        unset: int | None = param.int32(None, doc="optional")

    def declare(self, p):
        self.produces("double")


def record(tmp_path, arguments: str = "", more: str = "") -> ProcessRecord:
    path = tmp_path / "job_cfg.py"
    text = f"""
    import FWCore.ParameterSet.Config as cms
    process = cms.Process("TEST")
    process.source = cms.Source("EmptySource")
    process.many = cms.EDProducer("ManyParameters", {arguments})
    process.idle = cms.EDProducer("ManyParameters")
    process.p = cms.Path(process.many)
    """
    path.write_text(textwrap.dedent(text) + more)
    return process_record(describe(load_process(str(path))), ["many"], ["p"])


def parameters(process: ProcessRecord, label: str = "many") -> dict[str, ParameterRecord]:
    return dict(next(module for module in process.modules if module.label == label).parameters)


def test_defaults_are_filled_in(tmp_path):
    process = record(tmp_path)
    found = parameters(process)
    assert found["src"] == ParameterRecord("InputTag", True, "a:b")
    assert found["more"] == ParameterRecord("VInputTag", True, ["x", "y:z"])
    assert found["limit"].value == math.inf
    assert found["cut"].value == {
        "eta": ParameterRecord("double", True, 2.5),
        "name": ParameterRecord("string", False, "cut"),
    }
    assert "unset" not in found
    assert {"many", "source"} <= {module.label for module in process.modules}
    assert "idle" not in {module.label for module in process.modules}


def test_what_is_given_goes_before_defaults(tmp_path):
    given = """src = cms.InputTag("c"), cut = cms.PSet(eta = cms.double(1)), unset = cms.int32(3),
        cuts = cms.VPSet(cms.PSet(eta = cms.double(2)), cms.PSet()),
        loose = cms.untracked.PSet(deep = cms.PSet(n = cms.uint32(4)))"""
    found = parameters(record(tmp_path, given))
    assert found["src"].value == "c"
    assert found["cut"].value["eta"].value == 1.0 and found["cut"].value["name"].value == "cut"
    assert found["unset"] == ParameterRecord("int32", True, 3)
    assert [pset["eta"].value for pset in found["cuts"].value] == [2.0, 2.5]
    assert found["loose"].value["deep"].value["n"] == ParameterRecord("uint32", True, 4)


def test_records_come_back_from_text(tmp_path):
    process = attrs.evolve(record(tmp_path, "cuts = cms.VPSet(cms.PSet())"), software={"python": "3.11"})
    metadata = FileMetadata((process,))
    again = FileMetadata.from_json(metadata.to_json())
    assert again == metadata
    assert again.processes[0].id == process.id
    assert again.to_json() == metadata.to_json()


@pytest.mark.parametrize(
    "arguments, more, same",
    [
        ('src = cms.InputTag("a", "b")', "", True),  # the default, spelled out
        ('src = cms.InputTag("c")', "", False),
        ('cut = cms.PSet(name = cms.untracked.string("other"))', "", True),
        ("cut = cms.PSet(eta = cms.double(2))", "", False),
        ("cuts = cms.VPSet(cms.PSet())", "", False),
        ("loose = cms.untracked.PSet(n = cms.int32(1))", "", True),
        ("", "process.idle.limit = cms.double(1)\n", True),  # does not run
        ("", "process.maxEvents.input = 7\n", True),
    ],
)
def test_the_id_covers_what_is_tracked_in_modules_that_run(tmp_path, arguments, more, same):
    assert (record(tmp_path).id == record(tmp_path, arguments, more).id) == same


def test_software_is_that_of_the_modules_and_what_they_compute_with(tmp_path):
    versions = software_of(record(tmp_path))()
    assert {"python", "pyrun", "numpy"} <= set(versions)
    assert "pytest" not in versions
