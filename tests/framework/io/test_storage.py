"""Reading files that are elsewhere."""

from __future__ import annotations

import builtins
import functools
import importlib.util
import os
import re
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from pool_files import X, make_source, seen, write_events

from pyrun.framework.errors import FileOpenError
from pyrun.framework.io.event_file import EventFileReader
from pyrun.framework.io.storage import expand, open_storage

EVENTS = [(1, 1, n) for n in range(1, 301)]


class RangeServer(SimpleHTTPRequestHandler):
    """Serves a folder, also parts of files; remembers which."""

    asked: list[tuple[int, int]] = []

    def send_head(self):
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if found is None or not path.is_file():
            return super().send_head()
        first, last = int(found[1]), int(found[2])
        content = path.read_bytes()[first : last + 1]
        self.asked.append((first, len(content)))
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{first + len(content) - 1}/{path.stat().st_size}")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return None

    def log_message(self, *_):
        pass


class WholeServer(SimpleHTTPRequestHandler):
    """Serves a folder, whole files only."""

    def log_message(self, *_):
        pass


@pytest.fixture(params=[RangeServer, WholeServer])
def server(request, tmp_path, monkeypatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    RangeServer.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(request.param, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_file_on_a_web_server_is_read_in_parts(server):
    pytest.importorskip("aiohttp")
    write_events("a.root", EVENTS, events_per_cluster=100, compression=("ZLIB", 1))
    source = make_source(f"{server}/a.root")
    assert seen(source) == EVENTS
    assert source.files[0].lfn == f"{server}/a.root"
    if RangeServer.asked:
        with EventFileReader("a.root") as file:
            pages = {(e.offset, e.size) for i in range(3) for e in file._events._reader.extents("double_x__SIM", i)}
        assert pages <= set(RangeServer.asked)
        assert sum(size for _, size in RangeServer.asked) < 3 * Path("a.root").stat().st_size


def test_a_file_that_a_web_server_has_not(server):
    pytest.importorskip("aiohttp")
    with pytest.raises(FileOpenError, match=r"http://127.*/b\.root' can't be found: .*404"):
        make_source(f"{server}/b.root")


def test_a_server_that_does_not_answer():
    pytest.importorskip("aiohttp")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(FileOpenError, match=r"/a\.root' can't be found: Cannot connect"):
            open_storage(f"http://127.0.0.1:{unused.getsockname()[1]}/a.root")


def test_an_xrootd_server_that_does_not_answer():
    if importlib.util.find_spec("fsspec_xrootd") is None:  # not imported here: its libraries may clash with others'
        pytest.skip("fsspec-xrootd is not installed")
    program = """
        import sys
        from pyrun.framework.errors import FileOpenError
        from pyrun.framework.io.storage import open_storage
        try:
            open_storage(sys.argv[1])
        except FileOpenError as error:
            print(error)
    """
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"root://127.0.0.1:{unused.getsockname()[1]}//store/a.root"
        patience = {"XRD_CONNECTIONWINDOW": "1", "XRD_CONNECTIONRETRY": "1"}  # two minutes, five times
        command = [sys.executable, "-c", textwrap.dedent(program), url]
        result = subprocess.run(command, env=os.environ | patience, capture_output=True, text=True, timeout=60)
    assert f"The file {url!r} can't be opened: " in result.stdout, result.stderr


def test_a_protocol_whose_package_is_not_installed_names_the_extra(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith(("XRootD", "fsspec_xrootd")):
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **kwargs)

    for name in [name for name in sys.modules if name.startswith(("XRootD", "fsspec_xrootd"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    import fsspec  # noqa: F401

    monkeypatch.setattr(sys.modules["fsspec.registry"], "_registry", {})
    with pytest.raises(FileOpenError, match=r"Reading root:// needs another package.*pip install 'pyrun\[remote\]'"):
        open_storage("root://host//store/a.root")


def test_a_protocol_that_nobody_knows():
    with pytest.raises(FileOpenError, match="nonsense"):
        open_storage("nonsense://host/a.root")


@pytest.mark.parametrize(
    "name, lfn, location",
    [
        ("a.root", "file:a.root", "a.root"),
        ("file:a.root", "file:a.root", "a.root"),
        ("file:///data/a.root", "file:/data/a.root", "/data/a.root"),
        ("root://host//store/a.root", "root://host//store/a.root", "root://host//store/a.root"),
    ],
)
def test_names_and_places(name, lfn, location, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (file,) = expand([name])
    where = location if "/" in location else str(tmp_path / location)
    assert (file.lfn, file.location) == (lfn, where)


def test_logical_file_names_have_a_remedy():
    with pytest.raises(FileOpenError, match="root://cms-xrd-global.cern.ch//store/data/a.root"):
        expand(["/store/data/a.root"])


def test_streams_decode_clusters_at_the_same_time(tmp_path, monkeypatch):
    """Two threads that read different clusters are both inside the decoder at one time."""
    write_events(tmp_path / "a.root", EVENTS, events_per_cluster=100)
    both = threading.Barrier(2, timeout=20)
    with EventFileReader(tmp_path / "a.root") as file:
        file.ids  # noqa: B018
        real = file._events._reader.read

        def read(field, form, cluster):
            if field.startswith("double"):
                both.wait()
            return real(field, form, cluster)

        file._events._reader.read = read
        results: dict[int, np.ndarray] = {}
        threads = [
            threading.Thread(target=lambda c=c: results.update({c: file.read(X, 100 * c, 100 * c + 100)[0]}))
            for c in (0, 1)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [results[c].tolist() for c in (0, 1)] == [
        [float(n) for n in range(100 * c + 1, 100 * c + 101)] for c in (0, 1)
    ]


def test_a_cluster_that_two_threads_want_is_decoded_once(tmp_path):
    write_events(tmp_path / "a.root", EVENTS, events_per_cluster=300)
    decoded = []
    with EventFileReader(tmp_path / "a.root") as file:
        real = file._events._reader.read

        def read(field, form, cluster):
            decoded.append(field)
            return real(field, form, cluster)

        file._events._reader.read = read
        threads = [threading.Thread(target=file.read, args=(X, 10 * i, 10 * i + 10)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(decoded) == ["EventProductPresence", "double_x__SIM"]
