"""Secondary vertices as files keep them."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param


@plugin
class PATSecondaryVertexSlimmer(EDProducer):
    """Copies secondary vertices under a name of their own; they refer to nothing that a file might lack."""

    cfi = "PhysicsTools/PatAlgos/slimming/slimmedSecondaryVertices"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("inclusiveCandidateSecondaryVertices", doc="secondary vertices")

    def declare(self, p):
        self.vertices = self.consumes(p.src)
        self.slimmed = self.produces("recoVertexCompositePtrCandidates")

    def produce(self, event, setup):
        event.put(self.slimmed, event.get(self.vertices))
