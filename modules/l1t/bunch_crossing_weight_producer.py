"""Weights that make simulated events stand for bunch crossings."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, errors, plugin
from pyrun.framework import parameters as param


@plugin
class BunchCrossingWeightProducer(EDProducer):
    """Says how many bunch crossings a simulated event stands for, so that accepted events give trigger rates.

    Produces ``double``, one per event: over all events of a sample the mean weight is the part of all bunch crossings
    that the sample stands for. A trigger's rate is the bunch-crossing rate times the sum of the weights of accepted
    events over the number of all events of the sample; samples that stand for different crossings add up.

    The hard interactions of a crossing, those of QCD above ``pTHatMin``, are a Poisson process in pThat with mean
    ``averageNumber`` * sigma / ``inelasticCrossSection``. A crossing's hardest one has pThat = p with density
    lambda(p) exp(-Lambda(p)), where Lambda(p) is the mean number above p. So ``mode``:

    - ``"hardest"``: QCD events generated with a bias (weights of the generator), to which pile-up softer than their
      own pThat was added (``MixingModule.signal``); the weight is lambda(p) exp(-Lambda(p)) over the density of
      generation;
    - ``"soft"``: minimum bias without interactions above ``pTHatMin``; the weight is exp(-Lambda(pTHatMin)), or 0
      where the generated event is harder;
    - ``"all"``: events that stand for all crossings, weight 1; with a generator's weights, those.
    """

    cfi = "L1Trigger/Phase2L1ParticleFlow/bunchCrossingWeight"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("generator", doc="GenEventInfoProduct of the generated event")
        mode: str = param.string("all", doc="'hardest', 'soft' or 'all'")
        averageNumber: float = param.double(200.0, doc="mean number of interactions in a bunch crossing")
        inelasticCrossSection: float = param.double(78.957, doc="inelastic cross section (mb)")
        meanWeight: float = param.double(1.0, doc="mean weight of the generator's events")
        pTHat: list[float] = param.vdouble([], doc="values of pThat (GeV), rising; the first is pTHatMin")
        crossSections: list[float] = param.vdouble([], doc="cross section of QCD (mb) above each of them")

    def declare(self, p):
        if p.mode not in ("hardest", "soft", "all"):
            raise errors.Configuration(f"{self.label}: mode is {p.mode!r}; choose 'hardest', 'soft' or 'all'")
        if p.mode != "all":
            self._check_table(p)
        self.info = self.consumes(p.src)
        self.weight = self.produces("double")

    def produce(self, event, setup):
        import awkward as ak

        p = self.parameters
        info = event.get(self.info)
        pt_hat, weight = ak.to_numpy(info.scalePDF).astype(np.float64), ak.to_numpy(info.weight)
        if p.mode == "hardest":
            event.put(self.weight, self.hardest(pt_hat, weight))
        elif p.mode == "soft":
            event.put(self.weight, np.where(pt_hat <= p.pTHat[0], np.exp(-self.above(p.pTHat[0])), 0.0))
        else:
            event.put(self.weight, weight / p.meanWeight)

    def above(self, pt_hat):
        """Mean number of interactions above `pt_hat` in a crossing, Lambda; log-log interpolation of the table."""
        p = self.parameters
        grid, sigma = np.log(p.pTHat), np.log(p.crossSections)
        at = np.log(np.maximum(pt_hat, p.pTHat[0]))
        slope = (sigma[-1] - sigma[-2]) / (grid[-1] - grid[-2])
        log_sigma = np.where(at > grid[-1], sigma[-1] + slope * (at - grid[-1]), np.interp(at, grid, sigma))
        return p.averageNumber / p.inelasticCrossSection * np.exp(log_sigma)

    def hardest(self, pt_hat, weight):
        """Weights of events whose own interaction is the hardest of the crossing, shape (n,)."""
        p = self.parameters
        return weight / p.meanWeight * self.above(p.pTHat[0]) * np.exp(-self.above(pt_hat))

    def _check_table(self, p):
        if len(p.pTHat) < 2 or len(p.pTHat) != len(p.crossSections):
            raise errors.Configuration(
                f"{self.label}: pTHat and crossSections need the same number of values, two at least; there are "
                f"{len(p.pTHat)} and {len(p.crossSections)}"
            )
        if np.any(np.diff(p.pTHat) <= 0) or np.any(np.diff(p.crossSections) >= 0) or min(p.crossSections) <= 0:
            raise errors.Configuration(f"{self.label}: pTHat must rise, crossSections fall and stay above 0")
