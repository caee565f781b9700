"""The place of the signal's interaction."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param


@plugin
class GaussEvtVtxGenerator(EDProducer):
    """Moves a generated event from the origin to a vertex drawn from a Gaussian beam spot centred on the origin.

    Produces ``HepMCProduct`` with ``x``, ``y``, ``z`` (cm) moved.
    """

    cfi = "IOMC/EventVertexGenerators/VtxSmeared"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("generator:unsmeared", doc="event records to move")
        SigmaX: float = param.double(0.0015, doc="standard deviation of x (cm)")
        SigmaY: float = param.double(0.0015, doc="standard deviation of y (cm)")
        SigmaZ: float = param.double(3.5, doc="standard deviation of z (cm)")

    def declare(self, p):
        self.unsmeared = self.consumes(p.src)
        self.smeared = self.produces("HepMCProduct")

    def produce(self, event, setup):
        import awkward as ak

        p = self.parameters
        record = event.get(self.unsmeared)
        draws = np.array([rng.standard_normal(3) for rng in event.generators()], dtype=np.float32).reshape(-1, 3)
        for axis, (name, sigma) in enumerate((("x", p.SigmaX), ("y", p.SigmaY), ("z", p.SigmaZ))):
            record = ak.with_field(record, record[name] + draws[:, axis] * np.float32(sigma), name)
        event.put(self.smeared, record)
