"""ES modules, a source and readers for the tests of the event setup; all are pure functions of the moment."""

from __future__ import annotations

import io
import threading

import numpy as np

from pyrun.framework import EDAnalyzer, ESProducer, ESSource, IOVSyncValue, Source, plugin
from pyrun.framework import config as cms
from pyrun.framework import parameters as param
from pyrun.framework.config.description import describe
from pyrun.framework.engine.job import Job
from pyrun.framework.event.block import EventBlock
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.eventsetup.iov import since
from pyrun.framework.eventsetup.provider import EventSetupProvider
from pyrun.framework.eventsetup.tokens import ESToken
from pyrun.framework.services.message_logger import MessageLogger


class Notes:
    """What was made and what was seen, in the order of time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: list = []
        self.seen: dict = {}
        self.asked: list = []


NOTES = Notes()


def made(payload):
    with NOTES.lock:
        NOTES.made.append(payload)
    return payload


def moment(text: str) -> IOVSyncValue:
    return IOVSyncValue(*map(int, text.split(":")))


@plugin
class StartsESSource(ESSource):
    """A record with intervals that begin at given moments; one marked with "-" is a gap. Delivers a text."""

    class Parameters(param.ParameterSet):
        record: str = param.string(doc="the record")
        starts: list = param.vstring(["1"], doc="where intervals begin")
        delivers: bool = param.bool(True, doc="whether there are data")

    def declare(self, p):
        self.findingRecord(p.record)
        self.starts = [moment(text.removeprefix("-")) for text in p.starts]
        if p.delivers:
            self.setWhatProduced(self.text, "Text", p.record)

    def setIntervalFor(self, record, sync):
        NOTES.asked.append((record, sync))
        found = since(self.starts, sync)
        return None if found is None or self.parameters.starts[found[0]].startswith("-") else found[1]

    def text(self, record):
        return made(f"{self.label}@{since(self.starts, record.validityInterval.first)[1].first}")


@plugin
class JoinESProducer(ESProducer):
    """Data of a record made from the texts of other records, those that are valid."""

    class Parameters(param.ParameterSet):
        record: str = param.string(doc="the record")
        needs: list = param.vstring([], doc="records whose texts are joined")
        dataLabel: str = param.string("", doc="label of the data")

    def declare(self, p):
        self.tokens = [self.esConsumes("Text", record) for record in p.needs]
        self.setWhatProduced(self.join, "Text", p.record, p.dataLabel)

    def join(self, record):
        handles = [record.getHandle(token) for token in self.tokens]
        texts = [handle.product() if handle.isValid() else "-" for handle in handles]
        return made(f"{self.label}({', '.join(texts)})")


@plugin
class FailingESProducer(ESProducer):
    """Fails."""

    class Parameters(param.ParameterSet):
        record: str = param.string(doc="the record")
        returnsNone: bool = param.bool(False, doc="instead of raising")

    def declare(self, p):
        self.setWhatProduced(self.make, "Text", p.record)

    def make(self, record):
        made("failure")
        if not self.parameters.returnsNone:
            raise ValueError("no such calibration")


@plugin
class TextReader(EDAnalyzer):
    """Notes the texts that each event sees."""

    class Parameters(param.ParameterSet):
        reads: list = param.vstring(doc="the records")
        must: bool = param.bool(False, doc="whether missing ones are an error")
        tag: param.ESInputTag = param.esInputTag("", doc="ES module that the data must come from, and their label")

    def declare(self, p):
        self.tokens = {name: self.esConsumes("Text", name, tag=p.tag) for name in p.reads}

    def analyze(self, event, setup):
        read = {}
        for name, token in self.tokens.items():
            if self.parameters.must:
                read[name] = setup.getData(token)
            else:
                handle = setup.getHandle(token)
                read[name] = handle.product() if handle.isValid() else None
        with NOTES.lock:
            for ids in zip(event.run, event.lumi, event.id, strict=True):
                NOTES.seen[tuple(map(int, ids))] = read


@plugin
class LumiSource(Source):
    """Events of given luminosity blocks."""

    class Parameters(param.ParameterSet):
        lumis: list = param.vstring(doc="run:lumi:number of events")

    def blocks(self, max_events, block_size):
        record = 0
        for text in self.parameters.lumis:
            run, lumi, number = map(int, text.split(":"))
            for start in range(0, number, block_size):
                events = np.arange(start + 1, min(start + block_size, number) + 1)
                ids = EventIDs(np.full(len(events), run), np.full(len(events), lumi), events)
                yield EventBlock.make(ids, first_record=record)
                record += len(events)


def es_process(*lumis: str, **components) -> cms.Process:
    """A process with some luminosity blocks, ``"run:lumi:events"``, and components by label."""
    process = cms.Process("TEST")
    process.source = cms.Source("LumiSource", lumis=cms.vstring(*lumis))
    for label, component in components.items():
        setattr(process, label, component)
    return process


def starts(record: str, *begins: str, delivers: bool = True):
    return cms.ESSource("StartsESSource", record=cms.string(record), starts=cms.vstring(*(begins or ("1",))),
                        delivers=cms.bool(delivers))  # fmt: skip


def join(record: str, *needs: str, label: str = ""):
    return cms.ESProducer("JoinESProducer", record=cms.string(record), needs=cms.vstring(*needs),
                          dataLabel=cms.string(label))  # fmt: skip


def reader(*records: str, must: bool = False, module: str = ""):
    return cms.EDAnalyzer(
        "TextReader", reads=cms.vstring(*records), must=cms.bool(must), tag=cms.ESInputTag(module, "")
    )


def run(process: cms.Process, block_size: int = 1000, streams: int = 1, threads: int = 1):
    """Run a process; returns the result, and notes what happened in `NOTES`."""
    NOTES.__init__()
    process.options.eventsPerBlock = cms.untracked.uint32(block_size)
    process.options.numberOfStreams = streams
    process.options.numberOfThreads = threads
    return Job(describe(process), MessageLogger(stream=io.StringIO())).run()


def provider(tokens: list[ESToken] = (), **components) -> EventSetupProvider:
    """The event setup of a process with these components."""
    NOTES.__init__()
    return EventSetupProvider(describe(es_process(**components)), MessageLogger(stream=io.StringIO()), tokens)
