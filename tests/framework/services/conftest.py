"""Services, told what happens as the engine tells them."""

from __future__ import annotations

import io
from contextlib import contextmanager

import FWCore.ParameterSet.Config as cms
import numpy as np
import pytest

from pyrun.framework.config.description import describe
from pyrun.framework.engine.activity import ActivityRegistry
from pyrun.framework.event.block import EventBlock
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.service import JobContext, ModuleCall
from pyrun.framework.services.message_logger import MessageLogger


class Signals:
    """A job of blocks in run 1, with services that listen; `text` is what they say."""

    def __init__(self, *services, size=None, max_events=-1):
        self._out = io.StringIO()
        self.log = MessageLogger(stream=self._out)
        for service in services:
            service.log = self.log
        self.services = {service.label: service for service in services}
        self.registry = ActivityRegistry(services)
        self.tell = self.registry.tell
        process = describe(cms.Process("TEST"))
        self.context = JobContext(process, None, 2, 3, max_events, size, self.services)

    @property
    def text(self):
        return self._out.getvalue()

    def begin(self):
        self.tell("preBeginJob", self.context)
        self.tell("postBeginJob")

    @contextmanager
    def block(self, first, number, index=0):
        """A block of events, in stream 0; the modules are called within."""
        events = np.arange(first, first + number)
        block = EventBlock.make(EventIDs(np.ones(number), np.full(number, 2), events), index, first - 1)
        self.tell("preBlock", 0, block)
        yield block
        self.tell("postBlock", 0, block)
        self.tell("blockWritten", block)

    def module(self, block, work=lambda: None, label="maker", error=None):
        call = ModuleCall(label, "Maker", 0, "event", block, len(block))
        self.tell("preModule", call)
        work()
        self.tell("postModule", call, {}, error)

    def end(self, error=None):
        if error is None:
            self.tell("postEndJob")
        self.tell("jobEnded", None, error)


@pytest.fixture
def signals():
    return Signals
