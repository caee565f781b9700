"""A local Triton server: what it answers, how it fails, and that nothing is left of it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import attrs
import numpy as np
import pytest
from sonic_models import write_scale

from pyrun.framework.errors import ExternalFailure, ModelError
from pyrun.modules.sonic.server import description, keeper
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions, ServerSsl
from pyrun.modules.sonic.server.state import exists

LIMIT = 20.0  # seconds; nothing here takes that long


def infer(server, array, model="scale", **options):
    """Output "y" of a model for one input "x"."""
    import tritonclient.grpc as client

    given = client.InferInput("x", array.shape, "FP32")
    given.set_data_from_numpy(array)
    with contextlib.closing(client.InferenceServerClient(server.address)) as connection:
        return connection.infer(model, [given], client_timeout=LIMIT, **options).as_numpy("y")


def eventually(condition):
    """Whether something is so, at the latest after a while."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def descendants(pid):
    """PIDs of a process's children, theirs, and so on."""
    children = [int(x) for x in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [x for child in children for x in descendants(child)]


def leftovers(server):
    """Files of the server that are still there."""
    folder = server.state.folder
    return [*Path("/dev/shm").glob(f"{server.state.prefix}*"), *([folder] if folder.exists() else [])]


@pytest.fixture
def server(server_options):
    with LocalServer.start(server_options) as server:
        yield server


def test_answers_are_those_of_the_model(local_server):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(infer(local_server, x), 2 * x)


def test_starts_in_less_than_five_seconds(server_options):
    start = time.monotonic()
    with LocalServer.start(server_options):
        assert time.monotonic() - start < 5.0


def listening(pid):
    """Addresses, in the kernel's hexadecimal notation, and ports where a process listens."""
    found = set()
    inodes = {fd.stat().st_ino for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.exists()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[9]) in inodes:
                address, port = fields[1].split(":")
                found.add((address[-8:], int(port, 16)))  # the last eight digits also of ::ffff:127.0.0.1
    return found


def test_all_ports_are_of_loopback(local_server):
    ports = (local_server.grpc_port, local_server.http_port, local_server.metrics_port)
    assert eventually(lambda: len(listening(local_server.pid)) == 3)  # that of the metrics comes last
    assert listening(local_server.pid) == {("0100007F", port) for port in ports}


def test_stop_leaves_nothing_and_may_be_repeated(server_options):
    server = LocalServer.start(server_options)
    processes = [server.state.keeper[0], *descendants(server.state.keeper[0])]
    assert len(processes) >= 3  # keeper, server, python stub
    assert leftovers(server)
    server.stop()
    server.stop()
    assert not leftovers(server)
    assert not any(Path(f"/proc/{pid}").exists() for pid in processes)  # not even a zombie


@pytest.mark.parametrize("frozen", [False, True], ids=["running", "stopped by SIGSTOP"])
def test_server_that_is_killed_leaves_nothing_but_its_log(server, frozen):
    stubs = [process for process in descendants(server.pid)]
    if frozen:
        os.kill(server.pid, signal.SIGSTOP)
    os.kill(server.pid, signal.SIGKILL)
    assert eventually(lambda: not server.alive and not any(map(keeper.identity, stubs)))
    assert eventually(lambda: [path.name for path in leftovers(server)] == [server.state.folder.name])
    kept = {"log", "pysonic.lock", "ready", "state.json"}
    assert eventually(lambda: {path.name for path in server.state.folder.iterdir()} == kept)
    assert "Started GRPCInferenceService" in server.log_tail(1000)


@pytest.mark.parametrize("frozen", [False, True], ids=["running", "stopped by SIGSTOP"])
def test_kill_of_the_watched_process_ends_all(server_options, frozen):
    with subprocess.Popen(["sleep", "60"]) as watched:
        server = LocalServer.start(attrs.evolve(server_options, watch=watched.pid))
        processes = [server.state.keeper[0], *descendants(server.state.keeper[0])]
        if frozen:
            os.kill(server.pid, signal.SIGSTOP)
        watched.kill()
    assert eventually(lambda: not any(map(keeper.identity, processes)) and not leftovers(server))


def test_kill_of_the_keeper_ends_the_server_and_the_next_start_cleans_up(server_options):
    with LocalServer.start(attrs.evolve(server_options, name="victim")) as server:
        processes = descendants(server.state.keeper[0])
        os.kill(server.state.keeper[0], signal.SIGKILL)
        assert eventually(lambda: not any(map(keeper.identity, processes)))
        assert leftovers(server)  # its folder, for one
        with LocalServer.start(server_options):
            assert not leftovers(server)


def test_start_that_is_killed_half_way_leaves_nothing(server_options, tmp_path):
    """Also of a server that nobody's end would end later."""
    script = (
        "from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions\n"
        f"models, temp = [{str(server_options.models[0])!r}], {str(server_options.temp)!r}\n"
        "LocalServer.start(ServerOptions(models=models, temp=temp, executable='bundled', name='half', watch=None))\n"
    )
    folder = server_options.temp / "half"
    with subprocess.Popen([sys.executable, "-c", script]) as job:
        assert eventually(lambda: (folder / "state.json").exists())
        state = LocalServer.find("half", server_options.temp).state
        job.kill()
    assert not (folder / "ready").exists()
    assert eventually(lambda: not folder.exists())
    assert not list(Path("/dev/shm").glob(f"{state.prefix}*"))


@pytest.mark.parametrize("name", ["../elsewhere", "a b", ".", ""])
def test_names_are_those_of_plain_folders(server_options, name):
    if not name:
        with LocalServer.start(server_options) as server:
            assert server.state.name.startswith("pyrun-")
        return
    with pytest.raises(ExternalFailure, match="letters, digits"):
        LocalServer.start(attrs.evolve(server_options, name=name))


def test_wrong_process_to_watch_is_refused(server_options):
    with subprocess.Popen(["true"]) as process:
        pass
    with pytest.raises(ExternalFailure, match=f"no process {process.pid}"):
        LocalServer.start(attrs.evolve(server_options, watch=process.pid))


def test_name_can_be_used_once(server_options):
    options = attrs.evolve(server_options, name="same")
    with LocalServer.start(options) as server:
        with pytest.raises(ExternalFailure, match="'same' is already there"):
            LocalServer.start(options)
        assert LocalServer.find("same", server_options.temp).pid == server.pid
    with LocalServer.start(options):
        pass


def test_the_port_that_is_asked_for_is_not_taken_for_others(server_options, monkeypatch):
    monkeypatch.setattr(description, "tcp_socket", lambda host: contextlib.nullcontext(Bound(next(numbers))))
    for drawn in ([7, 8, 9], [8, 7, 9], [8, 9, 7], [8, 9, 10]):
        numbers = iter(drawn)
        ports = description._ports(attrs.evolve(server_options, port=7))
        assert ports[0] == 7 and len(set(ports)) == 3


class Bound:
    """A socket that the system gives a certain port."""

    def __init__(self, port):
        self.port = port

    def bind(self, address):
        pass

    def getsockname(self):
        return "127.0.0.1", self.port


def test_given_port_is_used_and_a_busy_one_refused(server_options, server):
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
        with pytest.raises(ExternalFailure, match=f"can't listen on port {free}"):
            LocalServer.start(attrs.evolve(server_options, port=free))
    with LocalServer.start(attrs.evolve(server_options, port=free)) as chosen:
        assert chosen.grpc_port == free


def test_busy_port_is_replaced(server_options, monkeypatch):
    from pyrun.modules.sonic.server import description

    choose, told = description._ports, []
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = [[other.getsockname()[1], *choose(server_options)[1:]]]
        monkeypatch.setattr(description, "_ports", lambda options: ports.pop() if ports else choose(options))
        with LocalServer.start(server_options, told.append) as server:
            assert server.grpc_port != other.getsockname()[1]
    assert "port was taken" in told[0]


def test_broken_model_is_told_with_the_log(server_options, tmp_path):
    model = write_scale(tmp_path / "broken")
    (model / "1" / "model.onnx").write_bytes(b"no network")
    with pytest.raises(ExternalFailure, match=r"(?s)ended with code 1.*end of its log.*model\.onnx") as caught:
        LocalServer.start(attrs.evolve(server_options, models=[model]))
    assert "Protobuf parsing failed" in str(caught.value)
    assert [path.name for path in server_options.temp.iterdir()] == [".lock"]


def test_start_that_takes_too_long_is_given_up(server_options):
    with pytest.raises(ExternalFailure, match=r"not ready after 0\.1 s"):
        LocalServer.start(attrs.evolve(server_options, wait=0.1))
    assert [path.name for path in server_options.temp.iterdir()] == [".lock"]


def test_model_for_another_backend_is_refused(server_options, tmp_path):
    model = write_scale(tmp_path / "other")
    config = model / "config.pbtxt"
    config.write_text(config.read_text().replace("onnxruntime", "tensorrt"))
    with pytest.raises(ModelError, match="backend 'tensorrt'.*ONNX"):
        LocalServer.start(attrs.evolve(server_options, models=[model]))


def test_requests_are_batched_where_the_configuration_says_so(server_options, tmp_path):
    import tritonclient.grpc as client

    extra = "dynamic_batching { preferred_batch_size: [ 8 ] max_queue_delay_microseconds: 500000 }"
    model = write_scale(tmp_path / "batching", extra=extra)
    x = np.arange(24, dtype=np.float32).reshape(8, 1, 3)
    answers = {}
    with LocalServer.start(attrs.evolve(server_options, models=[model])) as server:
        with contextlib.closing(client.InferenceServerClient(server.address)) as connection:
            for i, row in enumerate(x):
                given = client.InferInput("x", row.shape, "FP32")
                given.set_data_from_numpy(row)
                connection.async_infer(
                    "scale", [given], lambda result, error, i=i: answers.update({i: error or result})
                )
            assert eventually(lambda: len(answers) == len(x))
            statistics = connection.get_inference_statistics("scale").model_stats[0]
    for i, row in enumerate(x):
        np.testing.assert_array_equal(answers[i].as_numpy("y"), 2 * row)
    assert statistics.inference_count == 8
    assert statistics.execution_count < 8


def test_instances_and_threads_are_set(server_options):
    import tritonclient.grpc as client

    with LocalServer.start(attrs.evolve(server_options, instances=2, threads=3)) as server:
        with contextlib.closing(client.InferenceServerClient(server.address)) as connection:
            config = connection.get_model_config("scale").config
        stubs = [pid for pid in descendants(server.pid) if b"stub" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert config.instance_group[0].count == 2 == len(stubs)
    assert config.parameters["pysonic_threads"].string_value == "3"


def test_scores_agree_to_the_last_bit_with_those_in_the_process(local_server):
    import tritonclient.grpc as client

    from pyrun.modules.onnx import OnnxModel

    rng = np.random.default_rng(7)
    widths, lengths = [16, 8, 14, 4, 4, 4], [25, 25, 5, 25, 25, 5]
    arrays = [rng.normal(size=(48, n, m)).astype(np.float32) for n, m in zip(lengths, widths, strict=True)]
    names = [f"input_{i}" for i in range(1, 7)]
    given = [client.InferInput(name, x.shape, "FP32") for name, x in zip(names, arrays, strict=True)]
    for tensor, x in zip(given, arrays, strict=True):
        tensor.set_data_from_numpy(x)
    with contextlib.closing(client.InferenceServerClient(local_server.address)) as connection:
        scores = connection.infer("particletransformer_AK4", given, client_timeout=LIMIT).as_numpy("softmax")
    here = OnnxModel("models/particletransformer_AK4/1/model.onnx", names, ["softmax"])
    np.testing.assert_array_equal(scores, here(arrays)[0])


def test_client_needs_the_certificate_of_a_server_with_tls(server_options, tmp_path):
    import tritonclient.grpc as client
    from tritonclient.utils import InferenceServerException

    files = {}
    for name in ("server", "other"):
        key, certificate = tmp_path / f"{name}.key", tmp_path / f"{name}.pem"
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
        subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
        files[name] = (str(certificate), str(key))
    with LocalServer.start(attrs.evolve(server_options, ssl=ServerSsl(*files["server"]))) as server:
        answers = {}
        for name, (certificate, _) in files.items():
            with contextlib.closing(
                client.InferenceServerClient(server.address, ssl=True, root_certificates=certificate)
            ) as connection:
                try:
                    answers[name] = connection.is_model_ready("scale", client_timeout=5.0)
                except InferenceServerException as error:
                    answers[name] = error.status()
    assert answers == {"server": True, "other": "StatusCode.UNAVAILABLE"}


def cycle(options: ServerOptions, number: int, script: Path) -> tuple[list[int], str]:
    """Start a server in a process of its own and end both in one of several ways.

    Returns all PIDs and the prefix of the shared memory.
    """
    job = subprocess.Popen(
        [sys.executable, str(script), str(options.models[0]), str(options.temp)], stdout=subprocess.PIPE, text=True
    )
    pids, prefix = job.stdout.readline().split(), job.stdout.readline().strip()
    parent, guard, server = job.pid, int(pids[0]), int(pids[1])
    everything = [parent, guard, *descendants(guard)]
    ways = {
        0: lambda: os.kill(parent, signal.SIGTERM),
        1: lambda: os.kill(parent, signal.SIGKILL),
        2: lambda: (os.kill(server, signal.SIGKILL), os.kill(parent, signal.SIGKILL)),
        3: lambda: (os.kill(server, signal.SIGSTOP), os.kill(parent, signal.SIGKILL)),
        4: lambda: os.kill(parent, signal.SIGUSR1),  # stops its server
    }
    try:
        ways[number % len(ways)]()
        job.wait(LIMIT)
    finally:
        job.kill()
        job.wait()
        job.stdout.close()
    return everything, prefix


@pytest.mark.parametrize("cycles", [50 if os.environ.get("PYRUN_EXHAUSTIVE") else 5])
def test_nothing_is_left_after_starts_stops_and_kills(server_options, tmp_path, cycles):
    script = tmp_path / "job.py"
    script.write_text(
        "import signal, sys\n"
        "from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions\n"
        "server = LocalServer.start(ServerOptions(models=[sys.argv[1]], executable='bundled', temp=sys.argv[2]))\n"
        "signal.signal(signal.SIGUSR1, lambda *_: (server.stop(), sys.exit()))\n"
        "print(server.state.keeper[0], server.pid, server.state.prefix, sep=' ', flush=True)\n"
        "print(server.state.prefix, flush=True)\n"
        "signal.pause()\n"
    )
    for number in range(cycles):
        processes, prefix = cycle(server_options, number, script)
        assert eventually(lambda pids=processes: not any(map(keeper.identity, pids)))
        assert eventually(lambda: [path.name for path in server_options.temp.iterdir()] == [".lock"])
        assert not list(Path("/dev/shm").glob(f"{prefix}*"))


def test_process_with_the_pid_of_another_is_not_taken_for_it():
    pid, born = keeper.identity(os.getpid())
    assert exists((pid, born))
    assert not exists((pid, born - 1))
