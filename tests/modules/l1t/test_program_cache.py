"""The translated network is kept on disk."""

from __future__ import annotations

import numpy as np
import pytest

from pyrun.modules.l1t.emulators import ModelFolder, dais
from pyrun.modules.l1t.emulators.model_folder import find
from pyrun.modules.l1t.emulators.program_cache import program


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def model():
    return ModelFolder.open(find("L1TSC4NGJetModel"))


def same(one, other):
    return all(
        np.array_equal(a, b) and np.asarray(a).dtype == np.asarray(b).dtype for a, b in zip(one, other, strict=True)
    )


def test_a_model_is_translated_once(cache, model, monkeypatch):
    first = program(model)
    monkeypatch.setattr(dais, "compile_network", None)
    assert same(program(model), first)
    assert len(list(cache.rglob("*"))) == 3  # two folders and the file: nothing is left beside it


def test_a_damaged_cache_is_made_anew(cache, model):
    first = program(model)
    (file,) = cache.rglob("*.npz")
    file.write_bytes(file.read_bytes()[:1000])
    assert same(program(model), first)
    assert file.stat().st_size > 1000


def test_a_folder_that_cant_be_written_is_done_without(cache, model):
    cache.write_text("no folder")
    assert same(program(model), dais.compile_network(model.network(), model.input_type, model.particles))
