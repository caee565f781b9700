"""Emulators of the tagger's network: all give the same bits."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ng_jets import some_jets

from pyrun.framework.errors import Configuration, ModelError
from pyrun.modules.l1t.emulators import BACKENDS, ModelFolder, compiler, dais, load_emulator, virtual_machine
from pyrun.modules.l1t.emulators.dais_program import Do
from pyrun.modules.l1t.emulators.model_folder import find
from pyrun.modules.l1t.ng_inputs import FIXED_24_12, tagger_inputs
from pyrun.modules.l1t.words import FixedPoint

MODEL = "L1TSC4NGJetModel"
OTHERS = [name for name in BACKENDS if name != "numba"]


def available(backend):
    """The emulator, or skip where its package or the compiler is missing."""
    needed = "da4ml" if backend == "da4ml" else "hls4ml"
    if importlib.util.find_spec(needed) is None or (needed == "hls4ml" and shutil.which("g++") is None):
        pytest.skip(f"needs {needed}" + (" and g++" if needed == "hls4ml" else ""))
    return load_emulator(MODEL, backend)


def inputs(n, seed):
    """Of jets, and as many arbitrary ones: off the grid, and far beyond the range of the inputs' type."""
    real = tagger_inputs(*some_jets(n // 2, seed), quirks=ModelFolder.open(find(MODEL)).quirks).candidates
    rng = np.random.default_rng(seed)
    wild = rng.normal(size=(n - n // 2, *real.shape[1:]))
    return np.concatenate([real, wild * 2.0 ** rng.uniform(-16, 14, size=wild.shape)])


@pytest.mark.parametrize("backend", OTHERS)
def test_backends_agree_in_every_bit(backend):
    x = inputs(4000, seed=5)
    expected, found = load_emulator(MODEL)(x), available(backend)(x)
    assert (found.scores != expected.scores).sum() == 0
    assert (found.ratio != expected.ratio).sum() == 0
    assert len(np.unique(expected.scores)) > 100


@pytest.mark.parametrize("backend", ["da4ml", "hls4ml"])
def test_backends_agree_before_the_interfaces_types(backend):
    """The network's own answers may have more bits than CMSSW takes."""
    x = inputs(4000, seed=6)
    assert (native(available(backend), x) != native(load_emulator(MODEL), x)).sum() == 0


def native(emulator, x):
    """Scores and regression (jets, classes + 1) as the network has them."""
    answer = np.empty((len(x), emulator.classes + 1))
    emulator.evaluate(x.reshape(len(x), -1), np.zeros((len(x), 2)), answer)
    return answer


@pytest.mark.slow
def test_a_hundred_thousand_jets():
    """By hls4ml's C++, which takes 1 to 3 ms per jet, 40,000 of them; with PYRUN_EXHAUSTIVE=1 all, and a million."""
    emulators = {name: available(name) for name in ("numba", "da4ml", "hls4ml")}
    differing = dict.fromkeys(emulators, 0)
    exhaustive = bool(os.environ.get("PYRUN_EXHAUSTIVE"))
    for chunk in range(50 if exhaustive else 5):
        x = inputs(20_000, seed=100 + chunk)
        chosen = [name for name in emulators if name != "hls4ml" or exhaustive or chunk < 2]
        answers = {name: native(emulators[name], x) for name in chosen}
        for name, answer in answers.items():
            differing[name] += int((answer != answers["numba"]).sum())
    assert differing == dict.fromkeys(emulators, 0)


def test_numbers_off_the_grid_are_rounded_and_saturate():
    x = inputs(2000, seed=9)
    emulator = load_emulator(MODEL)
    rounded = FIXED_24_12.value(FIXED_24_12.raw(x))
    assert (rounded != x).sum() > 100_000
    assert np.array_equal(emulator(x).scores, emulator(rounded).scores)


def test_answers_do_not_depend_on_the_jets_around():
    x = inputs(200, seed=11)
    emulator = load_emulator(MODEL)
    together = emulator(x)
    for k in (0, 63, 64, 199):
        assert np.array_equal(emulator(x[k : k + 1]).scores[0], together.scores[k])


def test_no_jets():
    answers = load_emulator(MODEL)(np.empty((0, 16, 20)))
    assert answers.scores.shape == (0, 8)
    assert answers.ratio.shape == (0,)


def test_default_is_numba_and_starts_fast():
    load_emulator(MODEL)
    start = time.process_time()
    assert load_emulator(MODEL).name == "numba"
    assert time.process_time() - start < 2


def test_library_is_built_once(tmp_path, monkeypatch):
    available("cmssw")
    shim = compiler.library
    built = []
    monkeypatch.setattr(compiler, "_run", lambda command: built.append(command) or "g++")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = tmp_path / "a.cpp"
    source.write_text("int main;")
    (tmp_path / "pyrun" / "l1t").mkdir(parents=True)
    with pytest.raises(ModelError):  # the pretended compiler writes nothing
        shim("a", "", [source], [], [])
    assert [command[1:2] for command in built] == [["--version"], ["-std=c++17"]]


def test_library_made_for_cmssw_can_be_given_itself():
    library = available("cmssw").path
    x = inputs(500, seed=13)
    found = load_emulator(library, quirks="cmssw_v1")(x)
    assert np.array_equal(found.scores, load_emulator(MODEL)(x).scores)


def test_library_of_another_version_says_so():
    """In a process of its own: beside what other tests load, a C++ exception between libraries is an abort."""
    script = (
        "import numpy\n"
        "from pyrun.modules.l1t.emulators import load_emulator\n"
        f"load_emulator({str(available('cmssw').path)!r}, quirks='cmssw_v2')(numpy.zeros((1, 16, 21)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 1
    assert "ModelError" in ended.stderr and "does not take the types" in ended.stderr


def test_library_needs_its_quirks():
    with pytest.raises(Configuration, match="set quirks"):
        load_emulator(available("cmssw").path)


def test_library_without_create_model(tmp_path):
    available("cmssw")
    source = tmp_path / "empty.cpp"
    source.write_text("int nothing;")
    with pytest.raises(ModelError, match="create_model"):
        load_emulator(compiler.library("empty", "", [source], [], []), quirks="cmssw_v1")


def test_compiler_errors_are_told(tmp_path):
    if shutil.which("g++") is None:
        pytest.skip("needs g++")
    source = tmp_path / "wrong.cpp"
    source.write_text("this is not C++;")
    with pytest.raises(ModelError, match=r"can't build.*\n.*error"):
        compiler.library("wrong", "", [source], [], [])


def test_missing_model():
    with pytest.raises(ModelError, match="no tagger model 'L1TSC4NGJetModel_v9'"):
        load_emulator("L1TSC4NGJetModel_v9")


def test_unknown_backend():
    with pytest.raises(Configuration, match="there are auto, numba"):
        load_emulator(MODEL, "fpga")


def test_other_quirks_than_the_models():
    with pytest.raises(ModelError, match="trained with inputs"):
        load_emulator(MODEL, quirks="cmssw_v2")


def test_wrong_number_of_inputs():
    with pytest.raises(ModelError, match="320 numbers per jet"):
        load_emulator(MODEL)(np.zeros((2, 10, 20)))


@pytest.fixture
def copy(tmp_path):
    """A copy of the model's folder."""
    return shutil.copytree(find(MODEL), tmp_path / "model")


def test_damaged_network_is_found_by_the_reference(copy):
    file = copy / "da4ml.json.gz"
    network = json.loads(gzip.decompress(file.read_bytes()))
    constants = [operation for operation in network[5] if operation[2] == 4]
    for operation in constants:
        operation[3] += 1
    file.write_bytes(gzip.compress(json.dumps(network).encode()))
    with pytest.raises(ModelError, match="differ from the model's reference"):
        load_emulator(copy)


def test_folder_that_is_no_model(copy):
    (copy / "model.json").unlink()
    with pytest.raises(ModelError, match=r"no folder of a tagger's model: model\.json"):
        load_emulator(copy)


def test_jets_with_fewer_particles_need_fewer_instructions():
    folder = ModelFolder.open(find(MODEL))
    program = dais.compile_network(folder.network(), folder.input_type, folder.particles)
    needed = [sum(end - begin for _, begin, end in program.runs[first:]) for first in program.starts]
    constants = sum(end - begin for do, begin, end in program.runs if do == Do.CONSTANT)
    assert needed == sorted(needed) and needed[3] < 0.9 * needed[16] == 0.9 * (len(program.code) - constants)


@pytest.mark.parametrize("particles", [0, 1, 5, 15, 16])
def test_empty_particles_change_no_bit(particles):
    """As the program computes that does not know of particles: with zeros at the end, between others, and both."""
    folder = ModelFolder.open(find(MODEL))
    x = inputs(300, seed=15)
    x[:200, particles:] = 0.0
    x[100:300, particles // 2] = 0.0
    flat = np.ascontiguousarray(x.reshape(len(x), -1))
    one, many = (dais.compile_network(folder.network(), folder.input_type, groups) for groups in (1, folder.particles))
    assert len(one.starts) == 2 and len(many.starts) == 17
    assert evaluated(many, flat, folder.input_type).tolist() == evaluated(one, flat, folder.input_type).tolist()


KIND = FixedPoint(16, 8, True, "RND", "SAT")


def program(operations, outputs, tables=None, groups=1):
    """A network of da4ml with two inputs; operations without latency and cost."""
    n = len(outputs)
    complete = [[*operation, 0.0, 0.0] for operation in operations]
    network = [[2, n], [0, 0], outputs, [0] * n, [False] * n, complete, -1, -1, tables]
    return dais.compile_network(network, KIND, groups)


def evaluated(compiled, x, kind):
    answer = np.empty((len(x), len(compiled.outputs)))
    idle = virtual_machine.idle_registers(compiled, x.shape[1])
    virtual_machine.run(x, kind.fraction, kind.lowest, kind.highest, *compiled, idle, answer)
    return answer


def results(compiled, x):
    return evaluated(compiled, np.asarray(x, dtype=float), KIND).tolist()


INPUTS = [[0, -1, -1, 0, [-128.0, 127.99609375, 2**-8]], [1, -1, -1, 0, [-128.0, 127.99609375, 2**-8]]]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ([0, 1, 0, 2, [-640.0, 640.0, 2**-8]], 1.75 + 4 * -3.0),
        ([0, 1, 1, 1, [-384.0, 384.0, 2**-8]], 1.75 - 2 * -3.0),
        ([1, -1, 2, 0, [0.0, 127.0, 2**-8]], 0.0),
        ([1, -1, -2, 0, [0.0, 127.0, 2**-8]], 3.0),
        ([0, -1, 3, 0, [-1.0, 0.5, 0.5]], -0.5),  # 1.75 in two bits with sign and one after the point
        ([0, -1, -3, 0, [0.0, 3.5, 0.5]], 2.0),  # -1.75 without sign, modulo 4
        ([0, -1, 4, -300, [-130.0, 127.0, 2**-8]], 1.75 - 300 / 256),
        ([-1, -1, 5, 5, [1.25, 1.25, 0.25]], 1.25),
        ([0, 1, 6, 1 + (1 << 32), [-256.0, 256.0, 2**-8]], 1.75),  # input 1 is negative
        ([1, 0, -6, 0 + (1 << 32), [-256.0, 256.0, 2**-8]], -3.5),
        ([0, 1, 7, 0, [-16384.0, 16384.0, 2**-16]], 1.75 * -3.0),
    ],
    ids=["add", "subtract", "relu", "-relu", "wrap", "-wrap", "constant-add", "constant", "select", "-select", "times"],
)
def test_operations(operation, expected):
    assert results(program([*INPUTS, operation], [2]), [[1.75, -3.0]]) == [[expected]]


WIDE = 127.99609375


@pytest.mark.parametrize(
    ("operation", "inputs", "expected"),
    [
        ([0, 1, 0, 0, [-256.0, 255.9921875, 2**-8]], [WIDE, WIDE], 255.9921875),  # 17 bits of two times 16
        ([0, 1, 1, 0, [-256.0, 255.99609375, 2**-8]], [WIDE, -128.0], 255.99609375),
        ([0, -1, 4, 300, [-127.0, 130.0, 2**-8]], [WIDE, 0.0], WIDE + 300 / 256),
        ([0, -1, -2, 0, [0.0, 128.0, 2**-8]], [-128.0, 0.0], 128.0),
        ([0, -1, -2, 0, [0.0, 255.5, 0.5]], [-128.0, 0.0], 128.0),
        ([0, -1, 2, 0, [0.0, 127.0, 1.0]], [WIDE, 0.0], 127.0),
        ([0, -1, -3, 0, [0.0, 511.0, 1.0]], [-128.0, 0.0], 128.0),
        ([0, -1, 3, 0, [0.0, 255.99609375, 2**-8]], [-1.0, 0.0], 255.0),  # 16 bits without sign
    ],
    ids=["sum", "difference", "constant", "-relu", "-relu in steps", "relu", "-wrap", "unsigned"],
)
def test_values_that_need_more_than_16_bits_on_the_way(operation, inputs, expected):
    assert results(program([*INPUTS, operation], [2]), [inputs]) == [[expected]]


def test_few_bits_of_wide_values():
    """A value with 17 bits is cut to 8, which go on in short registers and come back into a wide sum."""
    operations = [
        *INPUTS,
        [0, 1, 0, 0, [-256.0, 255.9921875, 2**-8]],
        [2, -1, 3, 0, [-0.5, 0.49609375, 2**-8]],
        [3, 3, 0, 0, [-1.0, 0.9921875, 2**-8]],
        [4, 2, 0, 0, [-257.0, 256.984375, 2**-8]],
    ]
    compiled = program(operations, [4, 5], groups=2)
    assert compiled.short_registers > 0 and compiled.registers > 0
    assert results(compiled, [[WIDE, 100.25], [0.0, 0.0], [3.25, 0.0]]) == [
        [2 * 0.24609375, 228.24609375 + 2 * 0.24609375],
        [0.0, 0.0],
        [0.5, 3.75],
    ]


def test_look_up_table():
    spec = {"hash": "", "inp_width": 2, "out_qint": {"min": 0.0, "max": 7.5, "step": 0.5}}
    operations = [
        *INPUTS,
        [0, -1, 3, 0, [-2.0, 1.0, 1.0]],
        [2, -1, 8, 0, [0.0, 7.5, 0.5]],
    ]
    compiled = program(operations, [3], [{"spec": spec, "table": [1, 3, 7, 15]}])
    assert results(compiled, [[-2.0, 0], [-1.0, 0], [0.0, 0], [1.0, 0]]) == [[0.5], [1.5], [3.5], [7.5]]


def test_too_many_bits():
    wide = [0, 1, 7, 0, [-(2.0**20), 2.0**20, 2**-16]]
    with pytest.raises(ModelError, match="38 bits.*backend da4ml"):
        program([*INPUTS, wide], [2])


def test_unknown_operation():
    with pytest.raises(ModelError, match="operation 10"):
        program([*INPUTS, [0, 1, 10, 0, [-1.0, 1.0, 1.0]]], [2])


def test_inputs_that_are_not_the_same_number_for_each_particle():
    with pytest.raises(ModelError, match="2 inputs.* each of 3 particles"):
        program(INPUTS, [0], groups=3)


def test_registers_are_used_again():
    chain = [[0 if k == 0 else k + 1, 1, 0, 0, [-128.0 * (k + 2), 128.0 * (k + 2), 2**-8]] for k in range(100)]
    compiled = program([*INPUTS, *chain], [101])
    assert compiled.registers == 3
    assert results(compiled, [[1.0, 0.5]]) == [[51.0]]


def test_models_folder_is_small():
    files = [file for file in Path(find(MODEL)).rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 1_500_000
