"""Where files named in configurations are looked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pyrun.framework
from pyrun.framework.errors import FileInPathError
from pyrun.framework.resources import file_in_path, python_cfg_path


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv("PYRUN_SEARCH_PATH", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_an_absolute_name_is_taken_as_it_is(tmp_path):
    (tmp_path / "model.onnx").touch()
    assert file_in_path(tmp_path / "model.onnx") == tmp_path / "model.onnx"


def test_the_current_folder_comes_before_the_search_path(tmp_path, monkeypatch):
    for folder in ("here", "a", "b"):
        (tmp_path / folder).mkdir(exist_ok=True)
    monkeypatch.setenv("PYRUN_SEARCH_PATH", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    for folder in ("b", "a", "here"):
        (tmp_path / folder / "x.root").touch()
        assert file_in_path("x.root") == tmp_path / folder / "x.root"


@pytest.mark.parametrize("folder", ["models", "data", "cfg"])
def test_files_installed_with_the_package(folder):
    assert file_in_path(f"{folder}/__init__.py") == Path(pyrun.framework.__file__).parents[1] / folder / "__init__.py"


def test_cmssw_s_name_of_the_model_repository():
    assert file_in_path("RecoBTag/Combined/data/models/__init__.py") == file_in_path("models/__init__.py")


def test_other_installed_folders_are_not_offered():
    with pytest.raises(FileInPathError):
        file_in_path("framework/errors.py")


def test_an_error_lists_the_places(tmp_path, monkeypatch):
    monkeypatch.setenv("PYRUN_SEARCH_PATH", str(tmp_path / "a"))
    with pytest.raises(FileInPathError) as error:
        file_in_path("models/none.onnx")
    for place in (tmp_path / "here", tmp_path / "a", Path(pyrun.framework.__file__).parents[1]):
        assert f"  {place / 'models/none.onnx'}\n" in str(error.value)
    assert error.value.exit_code == 8019


def test_the_fragments_can_be_imported_from_python_cfg_path():
    program = (
        "import sys; from pyrun.framework.resources import python_cfg_path; "
        "sys.path.insert(0, str(python_cfg_path())); import FWCore; print(*FWCore.__path__)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert str(python_cfg_path() / "FWCore") in result.stdout
