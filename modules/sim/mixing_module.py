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
    """

    cfi = "SimGeneral/MixingModule/mix"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("stableParticles", doc="particles of the signal")
        averageNumber: float = param.double(0.0, doc="mean number of interactions added to an event")
        type: str = param.string("poisson", doc="how their number varies: 'poisson' or 'fixed'")
        fileName: str = param.fileInPath("data/minbias_pool_13p6TeV.root", doc="the pool")
        poolBranch: str = param.string("SimParticles_stableParticles__SIM", doc="its branch")
        beamWidth: float = param.double(0.0015, doc="standard deviation of the vertices' x and y (cm)")
        beamLength: float = param.double(3.5, doc="standard deviation of the vertices' z (cm)")

    @classmethod
    def initializeGlobalCache(cls, p):
        """Read the pool: particles of all its events, and where each event begins."""
        import numpy as np

        if p.type not in ("poisson", "fixed"):
            raise errors.Configuration(f"MixingModule: type is {p.type!r}; choose 'poisson' or 'fixed'")
        if p.averageNumber == 0.0:
            return np.empty(0, dtype=PARTICLE), np.zeros(2, dtype=np.int64)
        events = to_records(_read_pool(file_in_path(p.fileName), p.poolBranch), PARTICLE)
        return np.concatenate(events), np.cumsum([0, *map(len, events)], dtype=np.int64)

    def declare(self, p):
        self.signal = self.consumes(p.src)
        self.particles = self.produces("SimParticles")
        self.content = self.produces("PileupMixingContent", "pileup")

    def produce(self, event, setup):
        import awkward as ak
        import numpy as np

        from .mixing_kernels import overlay

        p = self.parameters
        pool, offsets = self.globalCache
        mixed, vertices = [], []
        for rng, signal in zip(event.generators(), to_records(event.get(self.signal), PARTICLE), strict=True):
            number = rng.poisson(p.averageNumber) if p.type == "poisson" else round(p.averageNumber)
            particles, z = overlay(rng, signal, pool, offsets, number, p.beamWidth, p.beamLength)
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


def _read_pool(path, branch):
    """The pool's particles, ``var * {...}`` per event; a missing or alien file is a FileOpenError."""
    import uproot

    try:
        with uproot.open(path) as file:
            events = file["Events"]
            if branch not in events.keys(recursive=False):
                raise errors.FileOpenError(
                    f"Pile-up pool {path} has no branch {branch!r}; it has {', '.join(events.keys(recursive=False))}"
                )
            return events.arrays([branch])[branch]
    except (OSError, KeyError) as error:
        raise errors.FileOpenError(
            f"Can't read the pile-up pool {path}: {error}. Make one with minbias_pool_cfg.py"
        ) from error
