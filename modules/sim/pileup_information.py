"""How much pile-up an event has."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param


@plugin
class PileupInformation(EDProducer):
    """Summarises what the mixing module did, as ``PileupSummaryInfos`` ``{nPU, trueNumInteractions}`` (in-time only)."""

    cfi = "SimGeneral/PileupInformation/addPileupInfo"

    class Parameters(param.ParameterSet):
        PileupMixingLabel: param.InputTag = param.inputTag("mix", doc="the mixing module")

    def declare(self, p):
        self.content = self.consumes(p.PileupMixingLabel, type="PileupMixingContent")
        self.summary = self.produces("PileupSummaryInfos")

    def produce(self, event, setup):
        event.put(self.summary, event.get(self.content)[["nPU", "trueNumInteractions"]])
