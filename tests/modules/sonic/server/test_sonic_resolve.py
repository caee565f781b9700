"""Which tritonserver is run."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import attrs
import numpy as np
import pytest
from sonic_models import write_scale

from pyrun.framework.errors import ExternalFailure
from pyrun.modules.sonic.server.launch import LocalServer
from pyrun.modules.sonic.server.resolve import EXECUTABLE, IMAGE, resolve


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    monkeypatch.delenv(EXECUTABLE, raising=False)
    monkeypatch.delenv(IMAGE, raising=False)


def program(path, text="exit 0"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def production(tmp_path):
    """A tritonserver with an onnxruntime backend, as far as its files tell."""
    (tmp_path / "production" / "backends" / "onnxruntime").mkdir(parents=True)
    return program(tmp_path / "production" / "bin" / "tritonserver")


def test_given_one_comes_first_then_path_then_image_then_bundle(triton, production, tmp_path, monkeypatch):
    other, image = program(tmp_path / "path" / "tritonserver"), tmp_path / "image.sif"
    image.touch()
    apptainer = program(tmp_path / "tools" / "apptainer")
    monkeypatch.setenv("PATH", str(tmp_path / "tools"), prepend=os.pathsep)
    assert resolve().kind == "bundled"
    monkeypatch.setenv(IMAGE, str(image))
    assert resolve().full_command([tmp_path], gpu=True) == [
        str(apptainer), "exec", "--nv", "--bind", str(tmp_path), str(image), "tritonserver"
    ]  # fmt: skip
    monkeypatch.setenv("PATH", str(other.parent), prepend=os.pathsep)
    assert (resolve().kind, resolve().command[0]) == ("PATH", str(other))
    monkeypatch.setenv(EXECUTABLE, str(production))
    assert (resolve().kind, resolve().command[0]) == ("given", str(production))
    assert resolve("tritonserver").command[0] == str(other)
    assert resolve(image=str(image)).kind == "image"
    assert resolve("bundled").kind == "bundled"


def test_server_with_onnxruntime_needs_no_help(production, tmp_path):
    found = resolve(str(production))
    assert not found.shim
    assert f"--backend-directory={tmp_path / 'production' / 'backends'}" in found.command
    assert resolve(str(program(tmp_path / "bare" / "bin" / "tritonserver"))).shim


def test_missing_ones_are_told(tmp_path, monkeypatch):
    with pytest.raises(ExternalFailure, match="no executable tritonserver '/no/where'"):
        resolve("/no/where")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExternalFailure, match="needs apptainer"):
        resolve(image="docker://any")
    program(tmp_path / "singularity")
    with pytest.raises(ExternalFailure, match=r"no apptainer image '.*none\.sif'"):
        resolve(image=str(tmp_path / "none.sif"))
    assert resolve(image="docker://any").command == (str(tmp_path / "singularity"),)


def test_executable_of_an_unpacked_package_serves(triton, server_options):
    import tritonclient.grpc as client

    options = attrs.evolve(server_options, executable=str(triton.executable))
    with LocalServer.start(options) as server:
        assert server.state.origin == "given"
        connection = client.InferenceServerClient(server.address)
        assert connection.is_model_ready("scale", client_timeout=5.0)
        connection.close()


def test_server_in_a_container_sees_its_folders(triton, server_options, tmp_path, monkeypatch):
    """The command line that apptainer gets, run without its walls: a python model, which any server can run."""
    folder = write_scale(tmp_path / "models", "python_model")
    config = folder / "config.pbtxt"
    config.write_text(config.read_text().replace("onnxruntime", "python"))
    (folder / "1" / "model.onnx").unlink()
    (folder / "1" / "model.py").write_text(
        "class TritonPythonModel:\n    def execute(self, requests):\n        return [None for _ in requests]\n"
    )
    backends = tmp_path / "backends" / "python"
    backends.mkdir(parents=True)
    for name, file in triton.python_backend().items():
        (backends / name).symlink_to(file)
    record, libraries = tmp_path / "arguments", sysconfig.get_config_var("LIBDIR")
    program(
        tmp_path / "tools" / "apptainer",
        f'echo "$@" > {record}; shift 5\nexport PATH={Path(sys.executable).parent}:$PATH LD_LIBRARY_PATH={libraries}\n'
        f'exec {triton.executable} --backend-directory={backends.parent} "$@"',
    )
    monkeypatch.setenv("PATH", str(tmp_path / "tools"), prepend=os.pathsep)
    options = attrs.evolve(server_options, models=[folder], image="docker://server", executable="", device="cpu")
    with LocalServer.start(options) as server:
        assert server.state.origin == "image"
        arguments = record.read_text().split()
        assert arguments[0:2] == ["exec", "--bind"]
        assert set(arguments[2].split(",")) == {str(folder), str(server.state.folder)}
        assert arguments[3:5] == ["docker://server", "tritonserver"]
        assert server.ready()
    assert not Path(server.state.folder).exists()
    assert np.all([not path.name.startswith(server.state.prefix) for path in Path("/dev/shm").iterdir()])


def test_packages_elsewhere_on_the_path_are_found_by_the_server(triton, scale_model, tmp_path):
    """As with PYTHONPATH, which the server ignores: an environment of Python that has no package of its own."""
    venv.create(tmp_path / "empty")
    script = tmp_path / "job.py"
    script.write_text(
        "import site\n"
        f"site.addsitedir({sysconfig.get_path('purelib')!r})\n"
        "from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions\n"
        f"models, temp = [{str(scale_model)!r}], {str(tmp_path / 'servers')!r}\n"
        "options = ServerOptions(models=models, executable='bundled', temp=temp)\n"
        "with LocalServer.start(options) as server:\n"
        "    print(server.ready())\n"
    )
    python = tmp_path / "empty" / "bin" / "python3"
    result = subprocess.run([python, script], capture_output=True, text=True, timeout=60)
    assert result.stdout == "True\n", result.stderr
