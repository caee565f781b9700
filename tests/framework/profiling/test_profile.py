"""What a profile tells of a job, against what the job did."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

import pyrun.framework.config as cms
from pyrun.framework import EDFilter, EDProducer, errors, plugin
from pyrun.framework.config.description import describe
from pyrun.framework.engine.job import Job
from pyrun.framework.profiling.command import add_profiler
from pyrun.framework.profiling.sizes import nbytes
from pyrun.framework.services.message_logger import MessageLogger

EVENTS, BLOCK, SLEEP = 100, 20, 0.03


@plugin
class ProfiledProducer(EDProducer):
    """Puts eight bytes per event."""

    def declare(self, p):
        self.numbers = self.produces("double")

    def produce(self, event, setup):
        event.put(self.numbers, event.id * 0.5)


@plugin
class ProfiledExternal(EDProducer):
    """Sleeps elsewhere, then puts one byte per event."""

    def declare(self, p):
        self.numbers = self.consumes("numbers")
        self.bytes = self.produces("uchar")

    async def acquire(self, event, setup):
        event.get(self.numbers)
        await asyncio.sleep(SLEEP)
        return np.ones(len(event), dtype=np.uint8)

    def produce(self, event, setup, result):
        event.put(self.bytes, result)


@plugin
class ProfiledFailure(EDFilter):
    """Raises at event 70."""

    def filter(self, event, setup):
        if 70 in event.id:
            raise errors.LogicError("seventy <is> too many")
        return event.id % 2 == 0


def job(*labels: str, streams: int = 2) -> cms.Process:
    """A job whose path has modules with these labels."""
    process = cms.Process("TEST")
    process.source = cms.Source("EmptySource")
    process.maxEvents.input = EVENTS
    process.options.eventsPerBlock = BLOCK
    process.options.numberOfStreams = streams
    process.numbers = cms.EDProducer("ProfiledProducer")
    process.external = cms.EDProducer("ProfiledExternal")
    process.failure = cms.EDFilter("ProfiledFailure")
    sequence = cms.Sequence()
    for label in labels:
        sequence += getattr(process, label)
    process.path = cms.Path(sequence)
    return process


def profiled(process: cms.Process, folder: Path):
    """Run the job; its result, its numbers and its trace."""
    description = describe(process)
    add_profiler(description, str(folder), None)
    result = Job(description, MessageLogger([])).run()
    return result, json.loads((folder / "profile.json").read_text()), json.loads((folder / "trace.json").read_text())


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A job with external work on two streams."""
    folder = tmp_path_factory.mktemp("profile")
    return *profiled(job("numbers", "external"), folder), folder


def table(numbers: dict, name: str) -> list[dict]:
    """A table of the numbers as rows."""
    columns = numbers["tables"][name]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def slices(trace: dict, *categories: str) -> list[dict]:
    return [one for one in trace["traceEvents"] if one["ph"] == "X" and one["cat"] in categories]


def test_every_module_is_called_once_for_every_event(good):
    _, numbers, _, _ = good
    modules = {one["label"]: one for one in numbers["modules"]}
    assert {label: (one["type"], one["calls"], one["events"]) for label, one in modules.items()} == {
        "numbers": ("ProfiledProducer", EVENTS // BLOCK, EVENTS),
        "external": ("ProfiledExternal", EVENTS // BLOCK, EVENTS),
    }


def test_products_sizes_are_those_of_what_was_put_in_each_block(good):
    _, numbers, _, _ = good
    names = numbers["names"]["product"]
    sizes = {(names[row["product"]], row["block"]): row["bytes"] for row in table(numbers, "made")}
    blocks = range(EVENTS // BLOCK)
    expected = {("double_numbers__TEST.", block): 8 * BLOCK for block in blocks}
    assert sizes == expected | {("uchar_external__TEST.", block): BLOCK for block in blocks}


def test_time_elsewhere_lasts_from_acquire_to_produce_and_is_not_the_modules_own(good):
    _, numbers, _, _ = good
    external = next(one for one in numbers["modules"] if one["label"] == "external")
    assert external["external"] >= SLEEP * EVENTS / BLOCK
    assert external["real"] < SLEEP * EVENTS / BLOCK


def test_blocks_tell_stream_and_first_event(good):
    _, numbers, _, _ = good
    rows = sorted(table(numbers, "blocks"), key=lambda row: row["block"])
    assert [row["first"] for row in rows] == list(range(1, EVENTS, BLOCK))
    assert {row["stream"] for row in rows} <= {0, 1}
    assert all(row["events"] == BLOCK and row["stop"] > row["start"] for row in rows)


def test_slices_of_a_track_nest(good):
    _, _, trace, _ = good
    tracks: dict[int, list[dict]] = {}
    for one in slices(trace, "block", "event", "acquire", "read", "waiting"):
        tracks.setdefault(one["tid"], []).append(one)
    for events in tracks.values():
        events.sort(key=lambda one: (one["ts"], -one["dur"]))
        open_until: list[float] = []
        for one in events:
            while open_until and open_until[-1] <= one["ts"]:
                open_until.pop()
            end = round(one["ts"] + one["dur"], 3)
            assert not open_until or end <= open_until[-1]
            open_until.append(end)


def test_modules_run_within_the_blocks_of_their_stream(good):
    _, _, trace, _ = good
    blocks = slices(trace, "block")
    for call in slices(trace, "event", "acquire"):
        around = [one for one in blocks if one["tid"] == call["tid"] and one["ts"] <= call["ts"]]
        assert any(call["ts"] + call["dur"] <= one["ts"] + one["dur"] + 1e-3 for one in around)


def test_trace_events_have_what_the_format_asks_for(good):
    _, _, trace, _ = good
    needed = {"X": {"ts", "dur", "tid"}, "b": {"ts", "id", "cat"}, "e": {"ts", "id", "cat"}, "C": {"ts", "args"},
              "i": {"ts", "s"}, "M": {"args"}}  # fmt: skip
    for event in trace["traceEvents"]:
        assert needed[event["ph"]] | {"pid", "name"} <= set(event)
        assert event.get("ts", 0) >= 0 and event.get("dur", 0) >= 0
    named = {one["tid"]: one["args"]["name"] for one in trace["traceEvents"] if one["name"] == "thread_name"}
    assert {named[one["tid"]] for one in slices(trace, "block")} <= {"stream 0", "stream 1"}


def test_external_work_begins_and_ends_as_pairs(good):
    _, _, trace, _ = good
    ends = {one["id"]: one["ts"] for one in trace["traceEvents"] if one["ph"] == "e"}
    begins = {one["id"]: one["ts"] for one in trace["traceEvents"] if one["ph"] == "b"}
    assert len(begins) == EVENTS // BLOCK and begins.keys() == ends.keys()
    assert all(ends[number] - begins[number] >= 1e6 * SLEEP for number in begins)


def test_counters_follow_memory_and_progress(good):
    _, _, trace, _ = good
    counters = [one for one in trace["traceEvents"] if one["ph"] == "C"]
    done = [one["args"]["events"] for one in counters if one["name"] == "events done"]
    memory = [one["args"]["MB"] for one in counters if one["name"] == "resident memory (MB)"]
    assert done == sorted(done) and done[-1] == EVENTS
    assert min(memory) > 10


class _Page(HTMLParser):
    """The texts of a page, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag in ("img", "script", "link"):
            self.loaded += [attributes[name] for name in ("src", "href") if name in attributes]

    def handle_data(self, data):
        self.texts.append(data)


def test_page_needs_no_other_file_and_names_all_modules(good):
    *_, folder = good
    page = _Page()
    page.feed((folder / "report.html").read_text())
    assert page.loaded and all(source.startswith("data:image/svg+xml;base64,") for source in page.loaded)
    assert {"numbers", "external", "ProfiledProducer"} <= {text.strip() for text in page.texts}


def test_nothing_but_the_three_files_is_left(good):
    *_, folder = good
    assert sorted(path.name for path in folder.iterdir()) == ["profile.json", "report.html", "trace.json"]


def test_a_failing_job_is_profiled_until_it_fails(tmp_path):
    result, numbers, trace = profiled(job("numbers", "failure", streams=1), tmp_path)
    assert result.failure is not None
    assert numbers["job"]["exit_code"] == result.exit_code
    assert any(row["failed"] for row in table(numbers, "calls"))
    assert any(one["args"].get("failed") for one in slices(trace, "event"))
    assert "seventy &lt;is&gt; too many" in (tmp_path / "report.html").read_text()


def test_reading_is_part_of_the_call_that_asks_for_it(tmp_path):
    maker = job("numbers", streams=1)
    maker.output = cms.OutputModule("PoolOutputModule", fileName=cms.untracked.string(str(tmp_path / "in.root")))
    maker.end = cms.EndPath(maker.output)
    assert Job(describe(maker), MessageLogger([])).run().exit_code == 0
    reader = cms.Process("READ")
    reader.source = cms.Source("PoolSource", fileNames=cms.untracked.vstring(f"file:{tmp_path / 'in.root'}"))
    reader.external = cms.EDProducer("ProfiledExternal")
    reader.path = cms.Path(reader.external)
    _, numbers, trace = profiled(reader, tmp_path / "profile")
    [read] = [one for one in numbers["products"] if one["origin"] == "read"]
    assert (read["name"], read["events"], read["bytes"]) == ("double_numbers__TEST.", EVENTS, 8 * EVENTS)
    [slice_] = slices(trace, "read")
    assert slice_["name"] == "read double_numbers__TEST."
    calls = [row for row in table(numbers, "calls") if row["reading"] > 0]
    assert all(row["reading"] <= row["stop"] - row["start"] for row in calls)


def test_writing_is_the_output_modules_time_on_the_track_of_the_thread_that_writes(tmp_path):
    process = job("numbers")
    process.out = cms.OutputModule("PoolOutputModule", fileName=cms.untracked.string(str(tmp_path / "out.root")))
    process.end = cms.EndPath(process.out)
    result, numbers, trace = profiled(process, tmp_path / "profile")
    out = next(one for one in numbers["modules"] if one["label"] == "out")
    assert (out["calls"], out["events"]) == (EVENTS // BLOCK, EVENTS)
    assert 0 < result.report.modules["out"].real <= out["real"]
    written = slices(trace, "write")
    assert [one["name"] for one in written] == ["out write"] * (EVENTS // BLOCK)
    for one in written:
        for block in slices(trace, "block"):
            apart = one["ts"] + one["dur"] <= block["ts"] or block["ts"] + block["dur"] <= one["ts"]
            assert apart or one["tid"] != block["tid"]


def test_folder_that_can_not_be_made_is_refused_before_the_job_begins(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.FileWriteError, match="--profile=FOLDER"):
        profiled(job("numbers"), tmp_path / "file" / "folder")


def pyrun(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from pyrun.framework.cli.pyrun import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("option", "folder"), [("--profile", "small_cfg.profile"), ("--profile=elsewhere/x", "elsewhere/x")]
)
def test_command_line(tmp_path, option, folder):
    (tmp_path / "small_cfg.py").write_text(
        "import FWCore.ParameterSet.Config as cms\nprocess = cms.Process('SMALL')\n"
        "process.source = cms.Source('EmptySource')\nprocess.maxEvents.input = 10\n"
    )
    result = pyrun(tmp_path, option, "small_cfg.py")
    assert result.returncode == 0, result.stderr
    assert "small_cfg.py</h1>" in (tmp_path / folder / "report.html").read_text()
    assert f"Profile: {folder}/report.html" in result.stderr


def test_a_job_without_it_imports_nothing_of_it(tmp_path):
    code = (
        "import sys\nfrom pyrun.framework.cli.pyrun import main\n"
        "try:\n    main(['-c', sys.argv[1]])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print([name for name in sys.modules if 'profiling' in name or 'matplotlib' in name])"
    )
    config = (
        "import FWCore.ParameterSet.Config as cms\nprocess = cms.Process('A')\n"
        "process.source = cms.Source('EmptySource')\nprocess.maxEvents.input = 1"
    )
    result = subprocess.run([sys.executable, "-c", code, config], capture_output=True, text=True, cwd=tmp_path)
    assert result.stdout.strip().splitlines()[-1] == "[]", result.stderr


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0),
        ak.Array([[1, 2, 3], [], [4, 5], [6]]),
        ak.Array([[{"x": 1, "y": [1.5, 2.5]}], [], [{"x": 3, "y": []}, {"x": 4, "y": [0.5]}], []]),
        ak.from_regular(np.ones((4, 3))),
        ak.Array([[True], [False, True], [], [True]]),
    ],
)
def test_size_of_a_slice_is_that_of_its_own_entries(array):
    part = array[1:4]
    packed = part if isinstance(part, np.ndarray) else ak.to_packed(part)
    assert nbytes(part) == packed.nbytes
    assert nbytes(array) == array.nbytes


def test_plots_of_a_job_without_events_are_drawn(tmp_path):
    from pyrun.framework.profiling import plots
    from pyrun.framework.profiling.profiler import Profiler

    profiler = Profiler("Profiler", Profiler.Parameters(directory=str(tmp_path)))
    empty = profiler._profile(None, errors.LogicError("no events"))
    for plot in (plots.time_per_module, plots.time_per_block, plots.memory, plots.product_sizes, plots.timeline):
        assert io.BytesIO(plots.draw(plot, empty, "png")).read(8) == b"\x89PNG\r\n\x1a\n"
