"""Pile-up: minimum-bias interactions from a pool file laid over each event."""

from __future__ import annotations

from pyrun.framework import EDProducer, errors, plugin
from pyrun.framework import parameters as param
from pyrun.framework.resources import file_in_path

from .event_records import PARTICLE
from .records import from_records, to_records


@plugin
class MixingModule(EDProducer):
    """Overlays in-time pile-up drawn from a pool of minimum-bias events.

    Produces ``SimParticles`` (signal first, then pile-up; layout in `event_records.PARTICLE`) and, as instance
    ``pileup``, ``PileupMixingContent`` ``{nPU, trueNumInteractions, z: var * float32}``. The pool is a file of a job
    like ``minbias_pool_cfg.py``, made with interactions at the origin; it is read once and shared by all streams.

    With ``hardFraction`` the pool has a treated tail: hard interactions come from QCD events with weights instead of
    the few that minimum bias has, see `pool`. With ``signal`` pile-up is softer than the event's own interaction.
    """

    cfi = "SimGeneral/MixingModule/mix"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("stableParticles", doc="particles of the signal")
        averageNumber: float = param.double(0.0, doc="mean number of interactions added to an event")
        type: str = param.string("poisson", doc="how their number varies: 'poisson' or 'fixed'")
        fileName: str = param.fileInPath("data/minbias_pool_13p6TeV.root", doc="the pool")
        poolBranch: str = param.string("SimParticles_stableParticles__SIM", doc="its branch")
        hardFraction: float = param.double(
            0.0, doc="part of the interactions that is drawn from the pool's weighted hard QCD events; 0: all are equal"
        )
        hardPtHatMin: float = param.double(15.0, doc="pThat (GeV) where those begin; minimum bias above is not used")
        poolInfo: str = param.string("GenEventInfoProduct_generator__SIM", doc="branch with the pool's pThat, weights")
        maxPtHat: float = param.double(0.0, doc="only interactions below this pThat (GeV) are added; 0: all")
        signal: param.InputTag = param.inputTag("", doc="GenEventInfoProduct whose pThat bounds that of the pile-up")
        beamWidth: float = param.double(0.0015, doc="standard deviation of the vertices' x and y (cm)")
        beamLength: float = param.double(3.5, doc="standard deviation of the vertices' z (cm)")

    @classmethod
    def initializeGlobalCache(cls, p):
        """Read the pool, which all streams share."""
        from .pool import Pool, read_pool

        if p.type not in ("poisson", "fixed"):
            raise errors.Configuration(f"MixingModule: type is {p.type!r}; choose 'poisson' or 'fixed'")
        if not 0.0 <= p.hardFraction < 1.0:
            raise errors.Configuration(f"MixingModule: hardFraction is {p.hardFraction}; it must be in [0, 1)")
        if (str(p.signal) or p.maxPtHat) and not p.hardFraction:
            raise errors.Configuration("MixingModule: signal and maxPtHat need a hardFraction: a pool with pThat")
        if p.averageNumber == 0.0:
            return Pool.empty()
        path = file_in_path(p.fileName)
        if not p.hardFraction:
            return read_pool(path, p.poolBranch)
        return read_pool(path, p.poolBranch, p.poolInfo).with_hard_tail(p.hardPtHatMin, p.hardFraction)

    def declare(self, p):
        self.source = self.consumes(p.src)
        self.bound = self.consumes(p.signal) if str(p.signal) else None
        self.particles = self.produces("SimParticles")
        self.content = self.produces("PileupMixingContent", "pileup")

    def produce(self, event, setup):
        import awkward as ak
        import numpy as np

        from .mixing_kernels import overlay

        p, pool = self.parameters, self.globalCache
        bounds = np.full(len(event), p.maxPtHat or np.inf)
        if self.bound is not None:
            bounds = np.minimum(bounds, ak.to_numpy(event.get(self.bound).scalePDF))
        mixed, vertices = [], []
        signals = to_records(event.get(self.source), PARTICLE)
        for rng, signal, bound in zip(event.generators(), signals, bounds, strict=True):
            mean = p.averageNumber * pool.fraction_below(bound)
            number = rng.poisson(mean) if p.type == "poisson" else round(mean)
            chosen = pool.draw(rng, number, bound)
            particles, z = overlay(rng, signal, pool.particles, pool.offsets, chosen, p.beamWidth, p.beamLength)
            mixed.append(particles)
            vertices.append(z)
        event.put(self.particles, from_records(mixed, PARTICLE))
        counts = np.array([len(z) for z in vertices], dtype=np.int32)
        content = {
            "nPU": counts,
            "trueNumInteractions": np.full(len(counts), p.averageNumber, dtype=np.float32),
            "z": ak.unflatten(np.concatenate([np.empty(0, dtype=np.float32), *vertices]), counts),
        }
        event.put(self.content, ak.zip(content, depth_limit=1))
