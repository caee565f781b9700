"""The command pysonic, run as users do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pyrun.modules.sonic.model_repository import Model
from pyrun.modules.sonic.server import keeper
from pyrun.modules.sonic.server.launch import LocalServer

PYSONIC = Path(sys.executable).with_name("pysonic")
LIMIT = 60.0  # seconds; nothing here takes that long


@pytest.fixture
def pysonic(triton, tmp_path):
    """Calls pysonic with servers in a folder of the test's own; stops them at the end."""
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYSONIC_TRITONSERVER": "bundled", "COLUMNS": "200"}

    def run(*arguments, code=0):
        result = subprocess.run(
            [PYSONIC, *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=LIMIT
        )
        assert result.returncode == code, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result.stdout + result.stderr

    yield run
    run("stop", "--all", "--now")


@pytest.fixture
def at(local_server):
    """Options that name the server of all tests."""
    return ["-a", local_server.host, "-P", local_server.grpc_port]


def test_server_runs_from_start_to_stop(pysonic, scale_model, tmp_path):
    text = pysonic("start", "-m", scale_model)
    assert "triton_server_instance serves scale at 127.0.0.1:" in text
    assert "CMS_TRITON_CHOSEN_DEVICE: cpu" in text
    server = LocalServer.find("triton_server_instance", tmp_path / f"pysonic-{os.getuid()}")
    assert f"CMS_TRITON_GRPC_PORT: {server.grpc_port}" in text
    status = pysonic("status")
    assert all(word in status for word in ("ready", server.address, str(server.pid), "scale"))
    assert "Started GRPCInferenceService" in pysonic("logs")
    assert "works   scale version 1" in pysonic("check")
    assert "scale" in pysonic("models") and "x float32 [-1]" in pysonic("models")
    assert "already there" in pysonic("start", "-m", scale_model, code=1)
    assert "Stopped triton_server_instance" in pysonic("stop")
    assert keeper.identity(server.pid) is None
    assert not server.state.folder.exists()
    assert "No server runs here" in pysonic("status", code=1)


def test_force_replaces_a_server(pysonic, scale_model, tmp_path):
    pysonic("start", "-m", scale_model, "-n", "one")
    first = LocalServer.find("one", tmp_path / f"pysonic-{os.getuid()}")
    pysonic("start", "-m", scale_model, "-n", "one", "-f")
    assert keeper.identity(first.pid) is None
    pysonic("start", "-m", scale_model, "-n", "two")
    assert "Choose with -n: one, two" in pysonic("check", code=1)


def test_server_ends_with_the_process_that_it_watches(pysonic, scale_model, tmp_path):
    with subprocess.Popen(["sleep", str(LIMIT)]) as watched:
        pysonic("start", "-m", scale_model, "-p", watched.pid)
        server = LocalServer.find("triton_server_instance", tmp_path / f"pysonic-{os.getuid()}")
        watched.kill()
    deadline = time.monotonic() + LIMIT
    while server.state.folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not server.state.folder.exists()
    assert keeper.identity(server.pid) is None


def test_dry_run_prints_the_command_and_does_nothing(pysonic, scale_model, tmp_path):
    text = pysonic("start", "-D", "-m", scale_model, "-P", "8765", "-v", "--", "--log-format=ISO8601")
    assert "--grpc-port=8765" in text and "--log-verbose=1" in text and "--log-format=ISO8601" in text
    assert f"--model-repository={tmp_path}/pysonic-{os.getuid()}/triton_server_instance/repository" in text
    assert "No server runs here" in pysonic("status", code=1)


def test_failed_start_tells_the_end_of_the_log(pysonic, scale_model):
    text = pysonic("start", "-m", scale_model, "--", "--no-such-option", code=1)
    assert "The end of its log" in text and "unrecognized option '--no-such-option'" in text
    assert "does not exist" in pysonic("start", "-M", "nowhere", code=1)
    assert "both --certificate and --private-key" in pysonic("start", "--certificate", "x", code=2)


def test_dead_stub_is_found_by_check_alone(pysonic, scale_model, tmp_path):
    pysonic("start", "-m", scale_model)
    server = LocalServer.find("triton_server_instance", tmp_path / f"pysonic-{os.getuid()}")
    for pid in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    assert "ready" in pysonic("status")
    assert "FAILED  scale version 1: [INTERNAL]" in pysonic("check", code=1)
    os.kill(server.pid, signal.SIGKILL)
    time.sleep(0.5)
    assert "ended with code -9" in pysonic("status", code=1)
    assert "Started" in pysonic("logs", "-l", 1000)
    pysonic("stop")


def test_server_with_tls_is_asked_with_its_certificate(pysonic, scale_model, tmp_path):
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*command, *files], check=True, capture_output=True)
    text = pysonic("start", "-m", scale_model, "--certificate", certificate, "--private-key", key)
    assert "works   scale" in pysonic("check")
    port = text.rpartition("CMS_TRITON_GRPC_PORT: ")[2].strip()
    assert "does not answer" in pysonic("check", "-a", "127.0.0.1", "-P", port, code=1)


def test_top_shows_what_the_models_did(pysonic, at, local_server):
    import tritonclient.grpc as client

    connection = client.InferenceServerClient(local_server.address)
    x = np.ones((4, 3), np.float32)
    given = client.InferInput("x", x.shape, "FP32")
    given.set_data_from_numpy(x)
    command = [PYSONIC, "top", "--once", "-s", "2", *map(str, at)]
    command += ["--metrics", f"http://127.0.0.1:{local_server.metrics_port}/metrics"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as top:
        while top.poll() is None:
            connection.infer("scale", [given], client_timeout=LIMIT)
            time.sleep(0.01)
        text = top.stdout.read()
    connection.close()
    (line,) = (line for line in text.splitlines() if " scale " in line)
    _, version, requests, rows, batch, queue, compute, waiting, failed, total = (
        x.strip() for x in line.split("│")[1:-1]
    )
    assert (version, batch, failed) == ("1", "4.00", "0")
    assert float(rows) == pytest.approx(4 * float(requests), rel=0.05)
    assert float(requests) > 1 and float(compute) > 0 and float(queue) >= 0 and int(total) > 5 and int(waiting) >= 0
    assert "CPU" in text


def test_server_elsewhere_that_does_not_answer_is_told(pysonic):
    for command in ("models", "check", "top"):
        assert "127.0.0.1:1" in pysonic(command, "-a", "127.0.0.1", "-P", "1", code=1)


def test_export_writes_a_repository_for_production(pysonic, scale_model, tmp_path):
    text = pysonic("export-repository", tmp_path / "production", "-m", scale_model)
    model = Model.load(text.strip())
    assert model.folder == tmp_path / "production" / "scale"
    assert model.config.backend == "onnxruntime" and model.checksums() == Model.load(scale_model).checksums()
    assert "already is a model" in pysonic("export-repository", tmp_path / "production", "-m", scale_model, code=1)


def test_install_tells_where_the_server_is(pysonic, triton):
    assert str(triton.folder) in pysonic("install").replace("\n", "")


def test_help_is_quick_and_imports_nothing_heavy(pysonic):
    code = (
        "import sys; from pyrun.modules.sonic.cli import pysonic; "
        "print([x for x in ('grpc', 'tritonclient', 'rich', 'onnxruntime', 'awkward') if x in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT).stdout == "[]\n"
    assert "export-repository" in pysonic("--help")


def test_documentation_names_all_commands_and_options_of_start():
    from pyrun.modules.sonic.cli import pysonic

    text = (Path(__file__).parents[3] / "docs" / "pysonic.md").read_text()
    missing = [f"pysonic {name}" for name in pysonic.commands if f"pysonic {name}" not in text]
    options = [option for option in pysonic.commands["start"].params if option.param_type_name == "option"]
    missing += [name for option in options for name in option.opts if len(name) == 2 and f"`{name}`" not in text]
    assert not missing
