"""Translated networks on disk, so that a model is translated once and not whenever a job starts."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from . import dais, dais_program
from .compiler import cache_folder
from .model_folder import NETWORK, ModelFolder


def program(folder: ModelFolder) -> dais_program.Program:
    """The model's network as a program: from the cache if it has been translated before.

    The cache goes by the content of network and translator. One that can't be read or written is done without: it
    only saves half a second.

    Raises
    ------
    ModelError
        The network can't be read or translated.
    """
    file = cache_folder() / f"{folder.name}-{_checksum(folder)[:20]}.npz"
    try:
        with np.load(file) as saved:
            return dais_program.Program(**{name: saved[name] for name in dais_program.Program._fields})._replace(
                registers=int(saved["registers"]), short_registers=int(saved["short_registers"])
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        translated = dais.compile_network(folder.network(), folder.input_type, folder.particles)
        _save(translated, file)
        return translated


def _checksum(folder: ModelFolder) -> str:
    digest = hashlib.sha256(f"{folder.input_type} {folder.particles}".encode())
    for file in (Path(dais.__file__), Path(dais_program.__file__), folder.path / NETWORK):
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()


def _save(translated: dais_program.Program, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as opened:
                np.savez(opened, **translated._asdict())
            os.replace(scratch, file)  # whole or not at all, also if two jobs do so at the same time
        except OSError:
            os.unlink(scratch)
            raise
    except OSError:
        return  # no cache, as documented
