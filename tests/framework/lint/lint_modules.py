"""Modules of the tests of lint: what a module reads is seen in its source, so they are alone in this file."""

from __future__ import annotations

from pyrun.framework import EDFilter, EDProducer, plugin
from pyrun.framework.plugins import parameters as param


class Bin(param.ParameterSet):
    edge: float = param.double(0.0, doc="read when events come")
    idle: float = param.double(0.0, doc="never read")


class Cuts(param.ParameterSet):
    ptMin: float = param.double(0.0, doc="read at construction")
    idle: float = param.double(0.0, doc="never read")
    note: str = param.untracked.string("", doc="accepted for configurations of CMSSW, without effect")


class Extras(param.ParameterSet):
    allow_any = True


@plugin
class LintMaker(EDProducer):
    """Makes doubles from doubles."""

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("", doc="doubles; none if empty")
        weight: float = param.double(1.0, doc="read when events come")
        idle: float = param.double(0.0, doc="never read")
        cuts: Cuts = param.pset(Cuts, doc="nested")
        bins: list[Bin] = param.vpset(Bin, doc="nested")
        extras: Extras = param.pset(Extras, doc="undeclared entries")

    def declare(self, p):
        if p.src.label:
            self.numbers = self.consumes(p.src, "double")
        self.sum, self.more = self.produces("double"), self.produces("double", "more")
        self.cut = p.cuts.ptMin
        if "used" in p.extras.extra:
            self.used = p.extras.extra["used"]

    def produce(self, event, setup):
        numbers = event.get(self.numbers) * self.parameters.weight
        event.put(self.sum, numbers)
        event.put(self.more, numbers + sum(entry.edge for entry in self.parameters.bins))


@plugin
class LintCounter(EDFilter):
    """Counts integers, of which nobody makes any."""

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag(doc="integers")

    def declare(self, p):
        self.numbers = self.consumes(p.src, "int")
