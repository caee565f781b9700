"""How much pile-up an event has."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param


@plugin
class PileupInformation(EDProducer):
    """Summarises what the mixing module did.

    Produces ``PileupSummaryInfos`` ``{nPU, trueNumInteractions}``, of the event's own bunch crossing only.
    """

    cfi = "SimGeneral/PileupInformation/addPileupInfo"

    class Parameters(param.ParameterSet):
        PileupMixingLabel: param.InputTag = param.inputTag("mix:pileup", doc="what the mixing module did")

    def declare(self, p):
        self.content = self.consumes(p.PileupMixingLabel)
        self.summary = self.produces("PileupSummaryInfos")

    def produce(self, event, setup):
        event.put(self.summary, event.get(self.content)[["nPU", "trueNumInteractions"]])
