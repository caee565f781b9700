"""A part of the pool of pile-up interactions for the level-1 trigger, at 14 TeV.

The pool has two parts: minimum bias, and QCD with pThat above 15 GeV in which hard interactions are frequent and have
weights. Make both, join them, and give the file to l1_candidates_cfg.py (see docs/l1.md):

    pyrun cfg/l1_pool_cfg.py process=minbias maxEvents=50000 seed=1 outputFile=soft.root
    pyrun cfg/l1_pool_cfg.py process=qcd15to1000flat maxEvents=10000 seed=2 outputFile=hard.root
    edmCopyPickMerge inputFiles=soft.root,hard.root outputFile=l1_pool.root
"""

import FWCore.ParameterSet.Config as cms
from Configuration.Generator.Pythia8_cff import pythia8Generator
from FWCore.ParameterSet.VarParsing import VarParsing
from IOMC.RandomEngine.IOMC_cff import setSeed

options = VarParsing("analysis")
single, types = VarParsing.multiplicity.singleton, VarParsing.varType
options.setDefault("maxEvents", 2000)
options.setDefault("outputFile", "pool.root")
options.register("process", "minbias", single, types.string, "minbias or qcd15to1000flat")
options.register("seed", 1, single, types.int, "run number, too: another seed makes other events")
options.register("threads", 1, single, types.int, "number of threads")
options.register("small", False, single, types.bool, "compress hard instead of fast")
options.parseArguments()

process = cms.Process("SIM")
process.load("IOMC.RandomEngine.IOMC_cff")
process.load("SimGeneral.StableParticles.stableParticles_cfi")

process.maxEvents.input = options.maxEvents
process.options.numberOfThreads = options.threads
process.source = cms.Source("EmptySource", firstRun = cms.untracked.uint32(options.seed))  # parts can be joined

setSeed(process, options.seed)
process.generator = pythia8Generator(options.process, comEnergy=14000.0)
process.stableParticles.src = "generator:unsmeared"  # interactions at the origin; the mixing module moves them
process.stableParticles.ptMin = 0.3  # softer ones stay below the thresholds of trigger primitives
process.stableParticles.compact = True

process.output = cms.OutputModule("PoolOutputModule",
    outputCommands = cms.untracked.vstring(
        "drop *", "keep SimParticles_stableParticles_*_*", "keep GenEventInfoProduct_generator_*_*"
    ),
    fileName = cms.untracked.string(options.outputFile.replace(f"_numEvent{options.maxEvents}", "")),
    compressionAlgorithm = cms.untracked.string("LZMA" if options.small else "ZSTD"),
    compressionLevel = cms.untracked.int32(9 if options.small else 5),
)

process.generation_step = cms.Path(process.generator, cms.Task(process.stableParticles))
process.output_step = cms.EndPath(process.output)
process.schedule = cms.Schedule(process.generation_step, process.output_step)
