"""ParticleTransformer in the process and on a server, in one job: the largest difference between their scores.

    pyrun cfg/compareSonic_cfg.py                                # the server starts and stops with the job
    pyrun cfg/compareSonic_cfg.py address=HOST maxEvents=100     # a server that runs there

The job fails if a score differs by more than `tolerance`. The default demands the same bits, which takes the same
onnxruntime on the same kind of processor at both ends.
"""

import FWCore.ParameterSet.Config as cms
from Configuration.ProcessModifiers.enableSonicTriton_cff import enableSonicTriton
from HeterogeneousCore.SonicTriton import customize
from PhysicsTools.PatAlgos.slimming.miniAOD_tools import miniAOD_customizeAllMC
from RecoBTag.ONNXRuntime.jetTagComparisonAnalyzer_cfi import jetTagComparisonAnalyzer
from RecoBTag.ONNXRuntime.particleTransformerAK4SonicJetTagsProducer_cfi import (
    particleTransformerAK4SonicJetTagsProducer,
)

parser = customize.getParser()
parser.add_argument("--inputFiles", default="data/ttbar_pu30_aodsim.root", metavar="A,B", help="AOD files to read")
parser.add_argument("--tolerance", type=float, default=0.0, help="the largest difference allowed")
options = customize.getOptions(parser)

process = cms.Process("COMPARE", enableSonicTriton)
process.load("Configuration.StandardSequences.Services_cff")
process.load("Configuration.StandardSequences.PAT_cff")
process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring(options.inputFiles.split(",")))

process = miniAOD_customizeAllMC(process)

onnx = process.pfParticleTransformerAK4JetTagsSlimmedPuppiWithDeepTags

process.sonicJetTags = particleTransformerAK4SonicJetTagsProducer.clone(src = onnx.src, flav_names = onnx.flav_names)

process.comparison = jetTagComparisonAnalyzer.clone(
    first = onnx.label(),
    second = "sonicJetTags",
    flav_names = onnx.flav_names,
    tolerance = options.tolerance,
)

process.p = cms.Path(process.comparison, cms.Task(process.sonicJetTags), process.patTask, process.patAlgosToolsTask)

process = customize.applyOptions(process, options, applyToModules=True)
