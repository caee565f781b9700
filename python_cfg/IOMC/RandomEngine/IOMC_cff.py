"""Seeds of the modules that draw random numbers while generating and simulating."""

import FWCore.ParameterSet.Config as cms


def _seeded(seed=1):
    return cms.PSet(initialSeed=cms.untracked.uint32(seed))


# The label of a module is part of what its numbers depend on, so that all may have the same seed.
RandomNumberGeneratorService = cms.Service("RandomNumberGeneratorService",
    generator = _seeded(),
    VtxSmeared = _seeded(),
    mix = _seeded(),
    generalTracks = _seeded(),
    particleFlow = _seeded(),
)


def setSeed(process, seed):
    """Give every module of the service the seed `seed`: another one makes another sample."""
    service = process.RandomNumberGeneratorService
    for label in service.parameterNames_():
        getattr(service, label).initialSeed = seed
