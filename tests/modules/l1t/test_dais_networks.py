"""Networks of other kinds than the tagger's, made with da4ml's own tracer: numba and da4ml's interpreter agree."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pyrun.modules.l1t.emulators import dais, virtual_machine
from pyrun.modules.l1t.words import FixedPoint

trace = pytest.importorskip("da4ml.trace")
ops = pytest.importorskip("da4ml.trace.ops")

KIND = FixedPoint(24, 12, True, "RND", "SAT")
PARTICLES, FEATURES, WIDTH = 5, 3, 4


def weights(rng, *shape):
    return np.round(rng.normal(size=shape) * 8) / 8


def narrowed(x, integer, fraction):
    return ops.quantize(x, *(np.full(x.shape, bits, dtype=int) for bits in (1, integer, fraction)))


def activated(x, integer, fraction):
    return ops.relu(x, i=np.full(x.shape, integer, dtype=int), f=np.full(x.shape, fraction, dtype=int))


def mean(h, rng):
    return np.sum(h, axis=0)


def largest(h, rng):
    return np.max(h, axis=0)


def pairs(h, rng):
    """As in an interaction network: a layer on the difference of each two particles."""
    layer = weights(rng, WIDTH, WIDTH)
    return sum(activated((h[i] - h[j]) @ layer, 6, 3) for i in range(PARTICLES) for j in range(i))


def attention(h, rng):
    """Each particle weighs all others by a product that depends on both."""
    query, key = (narrowed(h @ weights(rng, WIDTH, 1), 4, 2) for _ in range(2))
    return sum(h[j] * activated(query[i] * key[j], 3, 2) for i in range(PARTICLES) for j in range(PARTICLES))


@pytest.fixture(scope="module")
def inputs():
    """Jets with zero to all particles."""
    rng = np.random.default_rng(3)
    x = KIND.value(KIND.raw(rng.normal(size=(1500, PARTICLES, FEATURES)) * 8))
    for jet, particles in enumerate(rng.integers(0, PARTICLES + 1, size=len(x))):
        x[jet, particles:] = 0.0
    return x.reshape(len(x), -1)


@pytest.mark.parametrize("pooled", [mean, largest, pairs, attention])
@pytest.mark.parametrize("integer", [5, 11], ids=["narrow", "wide"])
def test_other_networks_have_the_same_bits(pooled, integer, inputs, tmp_path):
    rng = np.random.default_rng(integer)
    x = trace.FixedVariableArrayInput((PARTICLES, FEATURES))
    h = narrowed(x, integer, 4) @ weights(rng, FEATURES, WIDTH) + weights(rng, WIDTH)
    z = narrowed(pooled(activated(h, integer, 4), rng), integer + 3, 3)
    logic = trace.comb_trace(x, z @ weights(rng, WIDTH, 6))
    logic.save(str(tmp_path / "network.json"))
    network = json.loads((tmp_path / "network.json").read_text())
    expected = logic.predict(inputs, n_threads=1)
    assert len(np.unique(expected)) > 1000
    for groups in (1, PARTICLES):
        program = dais.compile_network(network, KIND, groups)
        answer = np.empty(expected.shape)
        idle = virtual_machine.idle_registers(program, inputs.shape[1])
        virtual_machine.run(inputs, KIND.fraction, KIND.lowest, KIND.highest, *program, idle, answer)
        assert (answer != expected).sum() == 0
        assert program.short_registers > 0
