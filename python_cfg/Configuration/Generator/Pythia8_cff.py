"""Pythia 8 cards for the processes that samples are made of, and the generator module that uses one.

In a job:

>>> from Configuration.Generator.Pythia8_cff import pythia8Generator
>>> process.generator = pythia8Generator("ttbar")                          # doctest: +SKIP
"""

import FWCore.ParameterSet.Config as cms

# What all samples share. Unlike in CMSSW, where Geant does it, Pythia decays strange hadrons inside the tracker.
pythia8CommonSettings = cms.vstring(
    "ParticleDecays:limitCylinder = on",
    "ParticleDecays:xyMax = 600.",
    "ParticleDecays:zMax = 1500.",
)

# CMS's tune CP5 (Eur. Phys. J. C 80 (2020) 4), with the cross sections of 13.6 TeV.
pythia8CP5Settings = cms.vstring(
    "Tune:pp = 14",
    "Tune:ee = 7",
    "MultipartonInteractions:ecmPow = 0.03344",
    "MultipartonInteractions:bProfile = 2",
    "MultipartonInteractions:pT0Ref = 1.41",
    "MultipartonInteractions:coreRadius = 0.7634",
    "MultipartonInteractions:coreFraction = 0.63",
    "ColourReconnection:range = 5.176",
    "SigmaTotal:zeroAXB = off",
    "SpaceShower:alphaSorder = 2",
    "SpaceShower:alphaSvalue = 0.118",
    "SigmaProcess:alphaSvalue = 0.118",
    "SigmaProcess:alphaSorder = 2",
    "MultipartonInteractions:alphaSvalue = 0.118",
    "MultipartonInteractions:alphaSorder = 2",
    "TimeShower:alphaSorder = 2",
    "TimeShower:alphaSvalue = 0.118",
    "SigmaTotal:mode = 0",
    "SigmaTotal:sigmaEl = 22.08",
    "SigmaTotal:sigmaTot = 101.037",
    "PDF:pSet = 20",  # NNPDF3.1 NNLO
)


def _hardQCD(ptHatMin, ptHatMax=None):
    cards = ["HardQCD:all = on", f"PhaseSpace:pTHatMin = {ptHatMin}"]
    return cards + ([f"PhaseSpace:pTHatMax = {ptHatMax}"] if ptHatMax else [])


_higgsPair = [
    "Higgs:useBSM = on",
    "HiggsBSM:gg2H2 = on",
    "35:m0 = 400.",
    "35:mWidth = 60.",
    "35:doForceWidth = on",
    "35:mMin = 255.",
    "35:mMax = 1000.",
    "HiggsH2:coup2H1H1 = 1.",
    "35:onMode = off",
    "35:onIfMatch = 25 25",
    "25:m0 = 125.",
    "25:onMode = off",
]

processes = {
    "ttbar": ["Top:gg2ttbar = on", "Top:qqbar2ttbar = on"],
    "qcd15to7000flat": [
        *_hardQCD(15, 7000),
        "PhaseSpace:bias2Selection = on",
        "PhaseSpace:bias2SelectionPow = 4.5",
        "PhaseSpace:bias2SelectionRef = 15.",
    ],
    "qcd15to1000flat": [  # the hard part of L1's pile-up and of its rates; see docs/l1.md
        *_hardQCD(15, 1000),
        "PhaseSpace:bias2Selection = on",
        "PhaseSpace:bias2SelectionPow = 3.5",
        "PhaseSpace:bias2SelectionRef = 15.",
    ],
    "qcd30to50": _hardQCD(30, 50),
    "qcd50to80": _hardQCD(50, 80),
    "qcd80to120": _hardQCD(80, 120),
    "qcd120to170": _hardQCD(120, 170),
    "qcd170to300": _hardQCD(170, 300),
    "qcd300to470": _hardQCD(300, 470),
    "qcd470to600": _hardQCD(470, 600),
    "qcd600": _hardQCD(600),
    "qcd1400to1800": _hardQCD(1400, 1800),
    "bb": ["HardQCD:hardbbbar = on", "PhaseSpace:pTHatMin = 30."],
    "cc": ["HardQCD:hardccbar = on", "PhaseSpace:pTHatMin = 30."],
    "w": ["WeakSingleBoson:ffbar2W = on"],
    "zll": [
        "WeakSingleBoson:ffbar2gmZ = on",
        "PhaseSpace:mHatMin = 50.",
        "23:onMode = off",
        "23:onIfAny = 11 13",
    ],
    "ztautau": [
        "WeakSingleBoson:ffbar2gmZ = on",
        "PhaseSpace:mHatMin = 50.",
        "23:onMode = off",
        "23:onIfAny = 15",
    ],
    "minbias": ["SoftQCD:inelastic = on"],
    "minbiasNonDiffractive": ["SoftQCD:nonDiffractive = on"],
    "hh4b": [*_higgsPair, "25:onIfMatch = 5 -5"],
    "hhbbtautau": [
        *_higgsPair,
        "25:onIfMatch = 5 -5",
        "25:onIfMatch = 15 -15",
        "ResonanceDecayFilter:filter = on",
        "ResonanceDecayFilter:exclusive = on",
        "ResonanceDecayFilter:mothers = 25",
        "ResonanceDecayFilter:daughters = 5,5,15,15",
    ],
    "vbfHtautau": [
        "HiggsSM:ff2Hff(t:ZZ) = on",
        "HiggsSM:ff2Hff(t:WW) = on",
        "25:m0 = 125.",
        "25:onMode = off",
        "25:onIfMatch = 15 -15",
    ],
}


def pythia8Generator(name, comEnergy=13600.0):
    """The generator module for one of `processes`."""
    if name not in processes:
        raise ValueError(f"No process {name!r}; choose one of {', '.join(sorted(processes))}")
    return cms.EDFilter(
        "Pythia8GeneratorFilter",
        comEnergy=cms.double(comEnergy),
        PythiaParameters=cms.PSet(
            pythia8CommonSettings=pythia8CommonSettings.copy(),
            pythia8CP5Settings=pythia8CP5Settings.copy(),
            processParameters=cms.vstring(processes[name]),
            parameterSets=cms.vstring("pythia8CommonSettings", "pythia8CP5Settings", "processParameters"),
        ),
    )
