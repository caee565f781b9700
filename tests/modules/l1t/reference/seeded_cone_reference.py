"""The C++ reference of the seeded-cone algorithm: compiled once with the ap_types headers that hls4ml ships."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).parent / "seeded_cone.cpp"
FLAGS = ("-O3", "-std=c++17", "-shared", "-fPIC", "-w")
TRIG_STEPS, INVERSE_STEPS = 185, 1024


def missing() -> str | None:
    """What is not there to compile the reference, or None."""
    if shutil.which("g++") is None:
        return "no g++"
    return None if _headers() is not None else "no hls4ml, whose ap_types headers are needed"


def _headers() -> Path | None:
    found = importlib.util.find_spec("hls4ml")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "templates" / "vivado" / "ap_types"
    return folder if folder.is_dir() else None


@cache
def library() -> ctypes.CDLL:
    """The compiled library, from the user's cache if the same source was compiled before by the same compiler."""
    headers = _headers()
    if headers is None:
        raise FileNotFoundError("hls4ml's ap_types headers")
    version = subprocess.run(["g++", "--version"], capture_output=True, check=True).stdout
    contents = [SOURCE.read_bytes(), version, " ".join(FLAGS).encode()]
    contents += [path.read_bytes() for path in sorted(headers.rglob("*.h"))]
    key = hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pyrun" / "ap_types"
    target = folder / f"seeded_cone-{key}.so"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            made = Path(work) / target.name
            subprocess.run(["g++", *FLAGS, f"-I{headers}", str(SOURCE), "-o", str(made)], check=True)
            made.replace(target)
    loaded = ctypes.CDLL(str(target))
    loaded.seeded_cone_r2.restype = ctypes.c_int64
    return loaded


def seeded_cone(words, offsets, cone_size=0.4, n_jets=16, with_mass=True):
    """Jets of many events.

    Returns
    -------
    jets : array of int64, shape (jets, 5)
        Raw pt, eta, phi and mass squared, and the number of members.
    counts : array of int64, shape (events,)
        Jets per event.
    members : array of int32
        Places of the members in their event, jet after jet.
    """
    words, offsets = np.ascontiguousarray(words, np.uint64), np.ascontiguousarray(offsets, np.int64)
    events = len(offsets) - 1
    most = int(np.minimum(np.diff(offsets), n_jets).sum())
    jets, counts = np.empty((most, 5), np.int64), np.empty(events, np.int64)
    members = np.empty(len(words), np.int32)
    library().seeded_cone(
        ctypes.c_void_p(words.ctypes.data),
        ctypes.c_void_p(offsets.ctypes.data),
        ctypes.c_int64(events),
        ctypes.c_float(cone_size),
        ctypes.c_uint32(n_jets),
        ctypes.c_int32(with_mass),
        *(ctypes.c_void_p(array.ctypes.data) for array in (jets, counts, members)),
    )
    jets = jets[: counts.sum()]
    return jets, counts, members[: jets[:, 4].sum()]


def tables() -> dict[str, np.ndarray]:
    """Raw values of the look-up tables."""
    values = np.empty(INVERSE_STEPS + 4 * TRIG_STEPS, np.int64)
    library().seeded_cone_tables(ctypes.c_void_p(values.ctypes.data))
    inverse, rest = values[:INVERSE_STEPS], values[INVERSE_STEPS:].reshape(4, TRIG_STEPS)
    return {"inverse": inverse, "cos": rest[0], "sin": rest[1], "cosh": rest[2], "sinh": rest[3]}


def r2(cone_size: float) -> int:
    """R squared as the firmware stores it."""
    return library().seeded_cone_r2(ctypes.c_float(cone_size))
