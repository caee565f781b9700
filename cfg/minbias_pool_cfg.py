"""A pool of minimum-bias interactions for the mixing module.

    pyrun cfg/minbias_pool_cfg.py maxEvents=2000 outputFile=data/minbias_pool_13p6TeV.root
"""

import FWCore.ParameterSet.Config as cms
from Configuration.Generator.Pythia8_cff import pythia8Generator
from FWCore.ParameterSet.VarParsing import VarParsing
from IOMC.RandomEngine.IOMC_cff import setSeed

options = VarParsing("analysis")
single, types = VarParsing.multiplicity.singleton, VarParsing.varType
options.setDefault("maxEvents", 2000)
options.setDefault("outputFile", "minbias_pool.root")
options.register("seed", 1, single, types.int, "another seed makes other events")
options.register("threads", 1, single, types.int, "number of threads")
options.parseArguments()

process = cms.Process("SIM")
process.load("IOMC.RandomEngine.IOMC_cff")
process.load("SimGeneral.StableParticles.stableParticles_cfi")

process.maxEvents.input = options.maxEvents
process.options.numberOfThreads = options.threads
process.source = cms.Source("EmptySource")

setSeed(process, options.seed)
process.generator = pythia8Generator("minbias")
process.stableParticles.src = "generator:unsmeared"  # interactions at the origin; the mixing module moves them
process.stableParticles.ptMin = 0.15
process.stableParticles.compact = True

process.output = cms.OutputModule("PoolOutputModule",
    outputCommands = cms.untracked.vstring("drop *", "keep SimParticles_stableParticles_*_*"),
    fileName = cms.untracked.string(options.outputFile.replace(f"_numEvent{options.maxEvents}", "")),
    compressionAlgorithm = cms.untracked.string("LZMA"),
    compressionLevel = cms.untracked.int32(9),
)

process.generation_step = cms.Path(process.generator, cms.Task(process.stableParticles))
process.output_step = cms.EndPath(process.output)
process.schedule = cms.Schedule(process.generation_step, process.output_step)
