"""What tests of sources share: files with numbered events, and sources that read them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from pyrun.framework.config.description import ModuleDescription, Parameter
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.event.provenance import ProcessRecord
from pyrun.framework.io.event_file import EventFileWriter, FileMetadata
from pyrun.framework.io.pool_source import PoolSource
from pyrun.framework.plugins.validation import validate
from pyrun.framework.services.message_logger import MessageLogger

X = BranchDescription("double", "x", "", "SIM")
SIM = ProcessRecord("SIM", "1", "", ("p",))
PAT = ProcessRecord("PAT", "1", "", ("q",))
ID = tuple[int, int, int]


def write_events(
    path: Path | str,
    events: list[ID],
    *,
    branches: tuple[BranchDescription, ...] = (X,),
    processes: tuple[ProcessRecord, ...] = (SIM,),
    lumis: tuple[tuple[int, int], ...] = (),
    runs: tuple[int, ...] = (),
    **options: object,
) -> None:
    """A file of events (run, luminosity block, number), whose products are their numbers."""
    with EventFileWriter(path, branches, FileMetadata(processes), **{"events_per_cluster": 4, **options}) as writer:
        ids = EventIDs(*np.array(events, dtype=np.uint64).reshape(-1, 3).T)
        writer.write(ids, {branch: (ids.event.astype("f8"), None) for branch in branches})
        for run, lumi in lumis:
            writer.write_lumi(run, lumi, {})
        for run in runs:
            writer.write_run(run, {})


def make_source(*names: str, **parameters: tuple[str, object]) -> PoolSource:
    """An open source; parameters are given as pairs of type and value."""
    given = {"fileNames": Parameter("vstring", False, list(names))}
    given |= {name: Parameter(type_, False, value) for name, (type_, value) in parameters.items()}
    description = ModuleDescription("source", "Source", "PoolSource", given, "", 0, False)
    source = PoolSource("source", validate(description, PoolSource.Parameters))
    source.told = io.StringIO()  # for log()
    source.log = MessageLogger(stream=source.told)
    source.open()
    return source


def log(source: PoolSource) -> str:
    """What the source has told."""
    return source.told.getvalue()


def seen(source: PoolSource, max_events: int = -1, size: int = 100) -> list[ID]:
    """The events of all blocks, after a look whether each block is of one luminosity block and has the right x."""
    found = []
    for block in source.blocks(max_events, size):
        ids, lumi = block.ids, block.luminosity_block
        assert len(block) <= size
        assert block.first_record == len(found)
        assert set(zip(ids.run.tolist(), ids.lumi.tolist(), strict=True)) <= {(lumi.run, lumi.lumi)}
        x, present = block.products.get(X, np.arange(len(block)))
        assert present.all()
        assert x is None if not len(block) else x.tolist() == ids.event.tolist()
        found += zip(ids.run.tolist(), ids.lumi.tolist(), ids.event.tolist(), strict=True)
    source.close()
    return found


def lumis(source: PoolSource) -> list[tuple[int, int, int]]:
    """Run, luminosity block (0 for a run without any) and number of events of each block."""
    blocks = [(b.luminosity_block.run, b.luminosity_block.lumi, len(b)) for b in source.blocks(-1, 100)]
    source.close()
    return blocks
