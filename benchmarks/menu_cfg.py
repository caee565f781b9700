"""A menu of 500 paths over 50 filters; the benchmark menu.py runs it."""

import random

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing

options = VarParsing()
single, types = VarParsing.multiplicity.singleton, VarParsing.varType
options.register("paths", 500, single, types.int, "number of paths")
options.register("filters", 50, single, types.int, "number of filters")
options.register("producers", 10, single, types.int, "number of producers")
options.register("filtersPerPath", 4, single, types.int, "number of filters on each path")
options.register("events", 10000, single, types.int, "number of events")
options.register("eventsPerBlock", 1000, single, types.int, "events in a block")
options.register("jagged", False, single, types.bool, "lists of numbers rather than one number per event")
options.register("results", False, single, types.bool, "whether something reads TriggerResults")
options.parseArguments()

process = cms.Process("HLT")
process.source = cms.Source("EmptySource")
process.maxEvents.input = options.events
process.options.eventsPerBlock = options.eventsPerBlock
process.MessageLogger.cerr.FwkReport.limit = 0

choice = random.Random(1)
for number in range(options.producers):
    setattr(process, f"objects{number}", cms.EDProducer("MenuProducer",
        number = cms.uint32(number),
        jagged = cms.bool(options.jagged),
    ))
for number in range(options.filters):
    setattr(process, f"filter{number}", cms.EDFilter("MenuFilter",
        src = cms.InputTag(f"objects{number % options.producers}"),
        threshold = cms.double(choice.uniform(0.1, 0.7)),
    ))
for number in range(options.paths):
    chosen = choice.sample(range(options.filters), options.filtersPerPath)
    chosen.sort(key=lambda which: which % options.producers)  # as if by what they cost
    modules = [name for which in chosen for name in (f"objects{which % options.producers}", f"filter{which}")]
    sequence = cms.Sequence()
    for name in dict.fromkeys(modules):
        sequence += getattr(process, name)
    setattr(process, f"HLT_{number}", cms.Path(sequence))
if options.results:
    process.results = cms.EDAnalyzer("MenuResults")
    process.end = cms.EndPath(process.results)
