"""What modules say in a job, and how the logger tells who says it when."""

from __future__ import annotations

import io
import re

import FWCore.ParameterSet.Config as cms

from pyrun.framework import EDAnalyzer, plugin
from pyrun.framework.config.description import describe
from pyrun.framework.engine.job import Job
from pyrun.framework.services.message_logger import configured_logger


@plugin
class Talker(EDAnalyzer):
    def beginJob(self):
        self.log.warning("Begin", "text")

    def analyze(self, event, setup):
        for entry in range(len(event)):
            if event.id[entry] % 4 == 0:
                self.log.warning("Fourth", "text", entry=entry)

    def endJob(self):
        self.log.warning("End", "text")


def messages(block, **options):
    process = cms.Process("TALK")
    process.source = cms.Source("EmptySource")
    process.maxEvents.input = 10
    process.options.eventsPerBlock = cms.untracked.uint32(block)
    process.options.numberOfThreads = options.get("threads", 1)
    process.MessageLogger.cerr.noTimeStamps = True
    process.MessageLogger.cerr.FwkReport.limit = 0
    process.talker = cms.EDAnalyzer("Talker")
    process.p = cms.Path(process.talker)
    log = configured_logger(describe(process))
    out = log.destinations[0].stream = io.StringIO()
    assert Job(describe(process), log).run().exit_code == 0
    return re.findall(r"%MSG-w (.*)\ntext\n", out.getvalue())


def test_messages_name_module_and_event_whatever_the_blocks():
    for block in (1, 3, 10):
        assert messages(block) == [
            "Begin:  Talker:talker@beginJob pre-events",
            "Fourth:  Talker:talker Run: 1 Event: 4",
            "Fourth:  Talker:talker Run: 1 Event: 8",
            "End:  Talker:talker@endJob PostEndRun",
        ]


def test_messages_of_streams_name_their_own_events():
    said = messages(2, threads=2)
    assert sorted(text for text in said if "Event:" in text) == [
        "Fourth:  Talker:talker Run: 1 Event: 4",
        "Fourth:  Talker:talker Run: 1 Event: 8",
    ]
