"""Generation, light detector simulation and reconstruction: events from nothing to AOD.

    pyrun cfg/aod_cfg.py process=ttbar maxEvents=10 pileup=30 seed=1 outputFile=aod.root
"""

import FWCore.ParameterSet.Config as cms
from Configuration.Generator.Pythia8_cff import processes, pythia8Generator
from FWCore.ParameterSet.VarParsing import VarParsing
from IOMC.RandomEngine.IOMC_cff import setSeed

options = VarParsing("analysis")
single, types = VarParsing.multiplicity.singleton, VarParsing.varType
options.setDefault("maxEvents", 10)
options.setDefault("outputFile", "aod.root")
options.register("process", "ttbar", single, types.string, f"one of {', '.join(processes)}")
options.register("pileup", 30.0, single, types.float, "mean number of pile-up interactions")
options.register("seed", 1, single, types.int, "another seed makes other events")
options.register("firstEvent", 1, single, types.int, "number of the first event")
options.register("threads", 1, single, types.int, "number of threads")
options.register("eventsPerBlock", 100, single, types.int, "events worked on together; more take more memory")
options.register("small", False, single, types.bool, "compress hard instead of fast: three quarters of the size")
options.parseArguments()

process = cms.Process("SIM")
process.load("IOMC.RandomEngine.IOMC_cff")
process.load("Configuration.StandardSequences.Generator_cff")
process.load("Configuration.StandardSequences.Mixing_cff")
process.load("Configuration.StandardSequences.Reconstruction_cff")
process.load("Configuration.EventContent.EventContent_cff")

process.maxEvents.input = options.maxEvents
process.options.numberOfThreads = options.threads
process.options.eventsPerBlock = options.eventsPerBlock
process.source = cms.Source("EmptySource", firstEvent = cms.untracked.uint32(options.firstEvent))

setSeed(process, options.seed)
process.generator = pythia8Generator(options.process)
process.mix.averageNumber = options.pileup

process.AODSIMoutput = cms.OutputModule("PoolOutputModule",
    process.AODSIMEventContent,
    # VarParsing appends the number of events to the name; leave it out
    fileName = cms.untracked.string(options.outputFile.replace(f"_numEvent{options.maxEvents}", "")),
    compressionAlgorithm = cms.untracked.string("LZMA" if options.small else "ZSTD"),
    compressionLevel = cms.untracked.int32(9),
)

process.generation_step = cms.Path(process.generator, process.pgenTask, process.mixTask, process.reconstructionTask)
process.AODSIMoutput_step = cms.EndPath(process.AODSIMoutput)
process.schedule = cms.Schedule(process.generation_step, process.AODSIMoutput_step)
