"""Samples for the level-1 trigger: what is generated, with which pile-up, and what an event weighs.

In a job that has loaded generator, mixing and l1tCandidates_cff:

>>> from L1Trigger.Phase2L1ParticleFlow.samples_cff import customiseForSample
>>> customiseForSample(process, "hh4b", pileup=200)                        # doctest: +SKIP
"""

import FWCore.ParameterSet.Config as cms
from Configuration.Generator.Pythia8_cff import pythia8Generator
from IOMC.RandomEngine.IOMC_cff import setSeed

# Cards of Pythia8_cff by sample. Rates are those of minbias and qcd together: see BunchCrossingWeightProducer.
samples = {
    "minbias": "minbias",
    "qcd": "qcd15to1000flat",
    "ttbar": "ttbar",
    "hh4b": "hh4b",
    "hhbbtautau": "hhbbtautau",
    "vbfHtautau": "vbfHtautau",
    "ztautau": "ztautau",
    "zll": "zll",
    "w": "w",
    "bb": "bb",
    "cc": "cc",
}

# from benchmarks/l1_qcd_cross_sections.py
pTHat = [15, 17, 20, 25, 30, 40, 50, 60, 80, 100, 130, 170, 220, 300, 400, 500, 700]
crossSections = [  # mb
    1.483, 0.9774, 0.5619, 0.2604, 0.1368, 0.04763, 0.02041, 0.01011, 0.003208, 0.001279, 0.0004223, 0.0001284,
    3.906e-05, 9.107e-06, 2.136e-06, 6.594e-07, 8.743e-08,
]  # fmt: skip
meanWeight = 0.10815
inelasticCrossSection = 78.957  # mb, of Pythia8_cff's SigmaTotal
hardFraction = crossSections[0] / inelasticCrossSection


def registerSample(options):
    """The options of a job that generates one of `samples`; see `generateSample`."""
    single, types = options.multiplicity.singleton, options.varType
    options.register("process", "hh4b", single, types.string, f"one of {', '.join(samples)}")
    options.register("pileup", 200.0, single, types.float, "mean number of pile-up interactions")
    options.register("pool", "data/l1_pool_14TeV.root", single, types.string, "pool of interactions, of l1_pool_cfg.py")
    options.register("seed", 1, single, types.int, "another seed makes other events")
    options.register("firstEvent", 1, single, types.int, "number of the first event")


def generateSample(process, options):
    """Source, generator, mixing and the light level-1 detector, as the options of `registerSample` say."""
    process.load("IOMC.RandomEngine.IOMC_cff")
    process.load("Configuration.StandardSequences.Generator_cff")
    process.load("Configuration.StandardSequences.Mixing_cff")
    process.load("L1Trigger.Phase2L1ParticleFlow.l1tCandidates_cff")
    process.source = cms.Source("EmptySource", firstEvent=cms.untracked.uint32(options.firstEvent))
    setSeed(process, options.seed)
    customiseForSample(process, options.process, options.pileup, options.pool)


def customiseForSample(process, name, pileup=200.0, pool="data/l1_pool_14TeV.root"):
    """Set generator, mixing and weights for one of `samples` at a mean number of pile-up interactions."""
    if name not in samples:
        raise ValueError(f"No sample {name!r}; choose one of {', '.join(samples)}")
    process.generator = pythia8Generator(samples[name], comEnergy=14000.0)
    mix, weight = process.mix, process.bunchCrossingWeight
    mix.averageNumber = pileup
    mix.fileName = pool
    mix.hardFraction = hardFraction
    mix.hardPtHatMin = pTHat[0]
    weight.averageNumber = pileup
    weight.inelasticCrossSection = inelasticCrossSection
    weight.pTHat = pTHat
    weight.crossSections = crossSections
    if name == "qcd":  # the hardest interaction of a crossing
        mix.signal = "generator"
        weight.mode = "hardest"
        weight.meanWeight = meanWeight
    elif name == "minbias":  # one of the interactions of a crossing that has no hard one
        mix.averageNumber = max(pileup - 1.0, 0.0)
        mix.maxPtHat = pTHat[0]
        weight.mode = "soft"
    if hasattr(process, "RandomNumberGeneratorService"):
        seed = process.RandomNumberGeneratorService.generator.initialSeed.value()
        process.RandomNumberGeneratorService.l1tLightDetector = cms.PSet(initialSeed=cms.untracked.uint32(seed))
    return process
