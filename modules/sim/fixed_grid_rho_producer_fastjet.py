"""Energy density of pile-up and underlying event."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param


@plugin
class FixedGridRhoProducerFastjet(EDProducer):
    """Median transverse momentum per unit of area, over a fixed grid in eta and phi.

    As FastJet's ``GridMedianBackgroundEstimator``. Produces a ``double`` per event (GeV).
    """

    cfi = "RecoJets/JetProducers/fixedGridRhoFastjetAll"

    class Parameters(param.ParameterSet):
        pfCandidatesTag: param.InputTag = param.inputTag("particleFlow", doc="candidates")
        maxRapidity: float = param.double(5.0, doc="the grid covers |eta| up to here")
        gridSpacing: float = param.double(0.55, doc="wanted size of a cell, in eta and phi")

    def declare(self, p):
        self.candidates = self.consumes(p.pfCandidatesTag)
        self.rho = self.produces("double")

    def produce(self, event, setup):
        import awkward as ak

        p = self.parameters
        n_eta, n_phi = round(2 * p.maxRapidity / p.gridSpacing), round(2 * np.pi / p.gridSpacing)
        candidates = event.get(self.candidates)
        of_event = np.repeat(np.arange(len(event)), ak.to_numpy(ak.num(candidates, axis=1)))
        pt, eta, phi = (ak.to_numpy(ak.flatten(candidates[name])).astype(np.float64) for name in ("pt", "eta", "phi"))
        row = np.floor((eta + p.maxRapidity) / (2 * p.maxRapidity) * n_eta).astype(np.int64)
        column = np.floor((phi + np.pi) / (2 * np.pi) * n_phi).astype(np.int64) % n_phi
        inside = (row >= 0) & (row < n_eta)
        cell = (of_event * n_eta + row) * n_phi + column
        sums = np.bincount(cell[inside], weights=pt[inside], minlength=len(event) * n_eta * n_phi)
        area = 2 * p.maxRapidity / n_eta * 2 * np.pi / n_phi
        event.put(self.rho, np.median(sums.reshape(len(event), n_eta * n_phi), axis=1) / area)
