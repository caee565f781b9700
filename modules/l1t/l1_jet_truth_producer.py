"""Labels of level-1 jets from what was generated."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from ..nano.flat_objects import FlatObjects
from .jet_truth import MAX_GEN_RATIO, lepton_columns, match, prompt_leptons


@plugin
class L1TJetTruthProducer(EDProducer):
    """Matches level-1 jets with generator jets and with prompt leptons.

    Produces ``L1TJetTruths``, one record per jet:

    pt, eta, phi, mass, dR, hflav, pflav
        Of the nearest generator jet within `dRJetGenMatch` whose pt is less than ten times the jet's; pt is 0 without.
    lep_pt, lep_vis_pt, lep_dR, lepflav
        Of the nearest prompt electron, muon or hadronic tau within `dRLepton`, and how many there are; pt is 0 without.
    tauflav, muflav, elflav
        What that lepton is.
    taucharge, taudecaymode
        Of that tau: -1 or 1, 5 (charged - 1) + neutral pions; 0 and -1 for other jets.
    reject
        Whether the lepton's visible pt is below `ptGenLeptonMin`, a tau's below `ptGenTauVisibleMin`.

    The rules are those of JetNTuplizer in the FastPUPPI project.
    """

    cfi = "L1Trigger/Phase2L1ParticleFlow/l1tJetTruth"

    class Parameters(param.ParameterSet):
        jets: param.InputTag = param.inputTag("l1tSC4PFL1PuppiExtendedEmulator", doc="jets to label")
        genJets: param.InputTag = param.inputTag("ak4GenJets", doc="generator jets")
        genJetFlavours: param.InputTag = param.inputTag("l1tGenJetFlavours", doc="their flavours")
        genParticles: param.InputTag = param.inputTag("genParticles", doc="generated particles")
        dRJetGenMatch: float = param.double(0.4, doc="generator jets that match are nearer")
        dRLepton: float = param.double(0.4, doc="leptons that match are nearer")
        ptGenLeptonMin: float = param.double(5.0, doc="jets of softer electrons and muons are rejected (GeV)")
        ptGenTauVisibleMin: float = param.double(5.0, doc="jets of taus with less visible pt are rejected (GeV)")

    def declare(self, p):
        self.jets = self.consumes(p.jets, "l1tPFJets")
        self.gen_jets = self.consumes(p.genJets, "recoGenJets")
        self.flavours = self.consumes(p.genJetFlavours, "JetFlavourInfos")
        self.particles = self.consumes(p.genParticles, "recoGenParticles")
        self.truth = self.produces("L1TJetTruths")

    def produce(self, event, setup):
        jets = FlatObjects(event.get(self.jets))
        columns = self._jet_columns(jets, FlatObjects(event.get(self.gen_jets)), event.get(self.flavours))
        columns |= self._lepton_columns(jets, FlatObjects(event.get(self.particles)))
        event.put(self.truth, ak.unflatten(ak.zip(columns, depth_limit=1), jets.counts))

    def _jet_columns(self, jets, gen_jets, flavours):
        rows, dr, _ = match(
            jets, jets.offsets, gen_jets, gen_jets.offsets, self.parameters.dRJetGenMatch, MAX_GEN_RATIO
        )
        found, flavours = rows >= 0, FlatObjects(flavours)
        sources = {name: gen_jets[name] for name in ("pt", "eta", "phi", "mass")}
        sources |= {"hflav": flavours["hadronFlavour"], "pflav": flavours["partonFlavour"]}
        columns = {name: np.zeros(len(rows), dtype=column.dtype) for name, column in sources.items()}
        for name, column in sources.items():
            columns[name][found] = column[rows[found]]
        return columns | {"dR": np.where(found, dr, 0.0).astype(np.float32)}

    def _lepton_columns(self, jets, particles):
        p = self.parameters
        leptons = prompt_leptons(particles, particles.offsets)
        places = {"pt": leptons.visible_pt, "eta": leptons.eta, "phi": leptons.phi}
        rows, dr, counts = match(jets, jets.offsets, places, leptons.offsets, p.dRLepton)
        columns = lepton_columns(leptons, rows)
        least = np.where(columns["tauflav"] == 1, p.ptGenTauVisibleMin, p.ptGenLeptonMin)
        reject = (rows >= 0) & (columns["lep_vis_pt"] < least)
        distance = np.where(rows >= 0, dr, 0.0).astype(np.float32)
        return columns | {"lep_dR": distance, "lepflav": counts.astype(np.int32), "reject": reject.astype(np.int32)}
