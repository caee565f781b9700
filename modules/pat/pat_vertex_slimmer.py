"""Primary vertices as files keep them."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.modules.columns import Objects

KEPT = ("x", "y", "z", "xErr", "yErr", "zErr", "chi2", "ndof", "score")


@plugin
class PATVertexSlimmer(EDProducer):
    """Copies primary vertices without their tracks."""

    cfi = "PhysicsTools/PatAlgos/slimming/offlineSlimmedPrimaryVertices"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("offlinePrimaryVertices", doc="primary vertices")

    def declare(self, p):
        self.vertices = self.consumes(p.src)
        self.slimmed = self.produces("recoVertexs")

    def produce(self, event, setup):
        event.put(self.slimmed, Objects.of(event.get(self.vertices)).keeping(*KEPT).array())
