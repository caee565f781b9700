"""Making a data set out of ntuples, in bounded memory.

Two passes: jets go, as they are read, to one of many small files, by a hash of where they come from; then each file is
shuffled in memory. So all files mix all ntuples, and the result does not depend on how many jets are read at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import xxhash

from pyrun.framework.errors import FileReadError
from pyrun.modules.l1t.ng_inputs import N_PARTICLES, QUIRKS

from .. import ntuple
from ..toy_jets import CLASSES
from . import weights
from .dataset import METADATA, PARTS
from .toys import ToyNtuple

Progress = Callable[[int, int], None]
Source = ntuple.Ntuple | ToyNtuple


@attrs.frozen
class Options:
    """What make-data is told.

    Attributes
    ----------
    tree : str
        Of the ntuples; by default the first known one.
    step_size : int or str
        How much to read at a time.
    ratio : float
        Which part of each ntuple to read.
    validation, testing : float
        Parts of the events.
    seed : int
        Of split and order.
    quirks : str
        Version of the inputs that the ntuples hold.
    any_class : bool
        Whether a class may have no jets.
    jets_per_file : int
        About so many.
    """

    tree: str = ""
    step_size: int | str = "30 MB"
    ratio: float = 1.0
    validation: float = 0.1
    testing: float = 0.1
    seed: int = 1
    quirks: str = "exact"
    any_class: bool = False
    jets_per_file: int = 20_000


def sources(names: Iterable[str], options: Options) -> list[Source]:
    """Ntuples, or toy jets for names such as "toy:20000"; each is opened and looked at."""
    features = QUIRKS[options.quirks].features
    return [
        ToyNtuple(int(name[4:]), options.quirks)
        if name.startswith("toy:") and name[4:].isdigit()
        else ntuple.Ntuple(name, features, options.tree)
        for name in names
    ]


def make(found: Sequence[Source], folder: Path, options: Options, progress: Progress) -> dict[str, Any]:
    """Write a data set to an empty folder, and return its metadata.

    Parameters
    ----------
    progress : callable
        Is told how many entries are done, of how many.

    Raises
    ------
    FileReadError
        A number is not finite, or a class has no jets.
    """
    made = _Buckets(found, folder, options)
    entries, done = sum(source.entries for source in found), 0
    for number, source in enumerate(found):
        for jets in source.blocks(made.columns, options.step_size, options.ratio):
            made.add(number, jets)
            progress(done + int(jets.entry[-1]) if len(jets.entry) else done, entries)
        done += source.entries
        progress(done, entries)
    if not (options.any_class and made.counts.any()):
        _check_classes(made.counts.sum(axis=(0, 2)))
    files = made.shuffled()
    metadata = _metadata(found, made, files, options)
    (folder / METADATA).write_text(json.dumps(metadata, indent=1) + "\n")
    return metadata


class _Buckets:
    """The first pass: files of jets that wait for being shuffled."""

    def __init__(self, found: Sequence[Source], folder: Path, options: Options) -> None:
        self._folder, self._options = folder, options
        scalars = [name for name in found[0].scalars if all(name in source.scalars for source in found)]
        self.columns = list(scalars)
        self.counts = np.zeros((len(PARTS), len(CLASSES), len(weights.PT_BINS)), dtype=np.int64)
        entries = sum(source.entries for source in found) * options.ratio
        shares = (1 - options.validation - options.testing, options.validation, options.testing)
        self._buckets = [max(1, round(entries * share / options.jets_per_file)) for share in shares]
        self._bounds = np.cumsum(shares)[:2]
        self._row: np.dtype[Any] | None = None
        for part in PARTS:
            (folder / part).mkdir()

    def add(self, source: int, jets: ntuple.Jets) -> None:
        """Write jets to the files that they belong to."""
        event = np.asarray(jets.columns["event"]).astype(np.uint64)
        part = np.searchsorted(self._bounds, _uniform(event, self._options.seed), side="right")
        key = _hash(jets.entry.astype(np.uint64) + (np.uint64(source) << np.uint64(40)), self._options.seed + 1)
        rows = self._rows(source, key, jets)
        for number, name in enumerate(PARTS):
            here = part == number
            self.counts[number] += weights.counts(jets.label[here], jets.columns["jet_pt_phys"][here], len(CLASSES))
            bucket = (key % np.uint64(self._buckets[number])).astype(np.int64)
            for k in np.unique(bucket[here]):
                with (self._folder / name / f"{k:04d}.rows").open("ab") as file:
                    file.write(rows[here & (bucket == k)].view(np.uint8).data)

    def _rows(self, source: int, key: npt.NDArray[np.uint64], jets: ntuple.Jets) -> npt.NDArray[Any]:
        columns = {"source": np.full(len(key), source, dtype=np.int32), **jets.columns}
        if self._row is None:
            native = [(name, x.dtype.newbyteorder("=")) for name, x in columns.items()]
            own = [("key", "u8"), ("inputs", "f4", jets.inputs.shape[1:]), ("label", "i8"), ("pt_ratio", "f4")]
            self._row = np.dtype([*own, *native])
        rows = np.empty(len(key), dtype=self._row)
        own_columns = {"key": key, "inputs": jets.inputs, "label": jets.label, "pt_ratio": jets.pt_ratio}
        for name, values in {**own_columns, **columns}.items():
            rows[name] = values
        return rows

    def shuffled(self) -> dict[str, list[dict[str, Any]]]:
        """The second pass: turns the files into those of the data set; returns name, jets and checksum of each."""
        result: dict[str, list[dict[str, Any]]] = {part: [] for part in PARTS}
        for part, files in result.items():
            for waiting in sorted((self._folder / part).glob("*.rows")):
                rows = np.fromfile(waiting, dtype=self._row)
                order = np.argsort(rows["key"], kind="stable")
                name = f"{part}/{len(files):04d}.npz"
                arrays = {x: rows[x][order] for x in rows.dtype.names or () if x != "key"}
                np.savez(self._folder / name, **arrays)
                waiting.unlink()
                files.append({"name": name, "jets": len(rows), "xxh3_128": checksum(self._folder / name)})
        return result


def _check_classes(jets: npt.NDArray[np.int64]) -> None:
    missing = [name for name, count in zip(CLASSES, jets, strict=True) if not count]
    if missing:
        there = ", ".join(f"{count} {name}" for name, count in zip(CLASSES, jets, strict=True) if count)
        raise FileReadError(
            f"No jets of {', '.join(missing)} pass the selection; there are {there or 'none at all'}. "
            "Add a sample that has them, or allow it by --any-class, as for one signal."
        )


def _metadata(
    found: Sequence[Source], made: _Buckets, files: Mapping[str, list[dict[str, Any]]], options: Options
) -> dict[str, Any]:
    """What metadata.json holds; the same jets and options give the same."""
    digest = xxhash.xxh3_128("".join(file["xxh3_128"] for part in files.values() for file in part).encode())
    parts = {
        part: {
            "jets": int(made.counts[number].sum()),
            "classes": dict(zip(CLASSES, made.counts[number].sum(axis=1).tolist(), strict=True)),
            "files": files[part],
        }
        for number, part in enumerate(PARTS)
    }
    return {
        "checksum": digest.hexdigest(),
        "classes": list(CLASSES),
        "features": list(QUIRKS[options.quirks].features),
        "particles": N_PARTICLES,
        "columns": ["source", *made.columns],
        "selection": {"min_pt": ntuple.MIN_PT, "max_abs_eta": ntuple.MAX_ETA, "min_target_pt": ntuple.MIN_TARGET},
        "pt_ratio_range": list(ntuple.RATIO_RANGE),
        "options": attrs.asdict(options),
        "sources": [_described(source) for source in found],
        "parts": parts,
        "pt_bins": list(weights.PT_BINS),
        "training_counts": made.counts[0].tolist(),
    }


def _described(source: Source) -> dict[str, Any]:
    described: dict[str, Any] = {"path": str(source.path), "tree": source.name, "entries": source.entries}
    return described | ({"xxh3_128": checksum(source.path)} if isinstance(source, ntuple.Ntuple) else {})


def checksum(path: Path) -> str:
    """Of a file's content."""
    digest = xxhash.xxh3_128()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _hash(values: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.uint64]:
    """Mix 64 bits so that neighbours have nothing in common (splitmix64, by S. Vigna)."""
    x = values + np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _uniform(values: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.float64]:
    return _hash(values, seed) / 2.0**64
