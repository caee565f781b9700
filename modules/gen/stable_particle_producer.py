"""Stable visible particles of a generated event: what the detector simulation and generator jets start from."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param


@plugin
class StableParticleProducer(EDProducer):
    """Selects the final particles that a detector can see.

    Produces ``SimParticles``, ``var * {pt, eta, phi, pdgId, x, y, z}`` (GeV, cm): no neutrinos, nothing softer than
    ``ptMin`` or beyond ``etaMax``. With ``compact`` numbers are rounded, as a pool of pile-up events needs: to 0.2% of
    pt, 0.001 in eta and phi, and 0.1% of the production point.
    """

    cfi = "SimGeneral/StableParticles/stableParticles"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("VtxSmeared", doc="event records")
        ptMin: float = param.double(0.1, doc="smallest pt kept (GeV)")
        etaMax: float = param.double(5.3, doc="largest |eta| kept")
        compact: bool = param.bool(False, doc="round numbers for a small file")

    def declare(self, p):
        self.record = self.consumes(p.src)
        self.particles = self.produces("SimParticles")

    def produce(self, event, setup):
        import awkward as ak

        record = event.get(self.record)
        pt = np.hypot(record.px, record.py)
        code = abs(record.pdgId)
        visible = (record.status > 0) & (code != 12) & (code != 14) & (code != 16) & (pt > self.parameters.ptMin)
        visible = visible & (abs(record.pz) < pt * np.float32(np.sinh(self.parameters.etaMax)))
        record, pt = record[visible], pt[visible]
        columns = {
            "pt": pt,
            "eta": np.arcsinh(record.pz / pt),
            "phi": np.arctan2(record.py, record.px),
            "pdgId": record.pdgId,
            **{axis: record[axis] for axis in "xyz"},
        }
        if self.parameters.compact:
            columns = {name: compact(name, column) for name, column in columns.items()}
        event.put(self.particles, ak.zip(columns))


def compact(name, column):
    """Round one jagged column; the pool's interactions are at the origin, so most production points are exact zeros."""
    import awkward as ak

    from ..sim.records import round_to, truncate_mantissa

    if name == "pdgId":
        return column
    flat = ak.to_numpy(ak.flatten(column))
    if name == "pt":
        flat = truncate_mantissa(flat, 8)
    elif name in ("eta", "phi"):
        flat = round_to(flat, 2**-10)
    else:
        flat = np.where(np.abs(flat) < 1e-6, np.float32(0.0), truncate_mantissa(flat, 9))
    return ak.unflatten(flat.astype(np.float32), ak.num(column, axis=1))
