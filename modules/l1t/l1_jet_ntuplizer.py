"""The ntuple of level-1 jets that the jet tagger is trained with."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework import EDAnalyzer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration

from ..nano.flat_objects import FlatObjects
from .jet_truth import higgs_pair_mass
from .ng_inputs import QUIRKS, tagger_inputs
from .words import CHARGE, ETA_PHI_LSB, PT, unpack_ct_jet, unpack_puppi

TRUTH = {"reject": "reject", "tauflav": "tauflav", "muflav": "muflav", "elflav": "elflav", "lepflav": "lepflav"}
TRUTH |= {"taucharge": "taucharge", "taudecaymode": "taudecaymode"}
TRUTH |= {name: f"genmatch_{name}" for name in ("pt", "eta", "phi", "mass", "dR", "hflav", "pflav")}
TRUTH |= {name: f"genmatch_{name}" for name in ("lep_pt", "lep_vis_pt", "lep_dR")}
INTEGERS = ("reject", "tauflav", "muflav", "elflav", "lepflav", "taucharge", "taudecaymode", "hflav", "pflav")
KINEMATICS = ("pt", "pt_phys", "pt_raw", "pt_corr", "eta", "eta_phys", "phi", "phi_phys")
SCORES = ("b", "charm", "light", "gluon", "taup", "taum", "muon", "electron")
CANDIDATE = ("id", "charge", "eta", "phi")
HT_PT, HT_ETA = 30.0, 2.4  # of generator jets that count for HT (GeV)


@plugin
class L1TJetNTuplizer(EDAnalyzer):
    """Writes a tree with one entry per level-1 jet, to the module's folder of the TFileService.

    Columns are named as in CMS's ntuples: event, kinematics in the firmware's steps (``jet_pt``) and in GeV
    (``jet_pt_phys``), what the generator knows, and ``jet_puppicand_*``, one list per jet with an entry for each of its
    hardest constituents: the tagger's inputs, and id, charge, eta and phi in the firmware's steps. Jets that have been
    tagged have their scores, too.

    Source: JetNTuplizer of the FastPUPPI project.
    """

    cfi = "L1Trigger/Phase2L1ParticleFlow/l1tJetNTuplizer"

    class Parameters(param.ParameterSet):
        jets: param.InputTag = param.inputTag("l1tSC4PFL1PuppiExtendedEmulator", doc="jets with their raw pt")
        candidates: param.InputTag = param.inputTag("l1tLayer1:Puppi", doc="what the jets' constituents point to")
        truth: param.InputTag = param.inputTag("l1tJetTruth", doc="labels of the jets")
        genJets: param.InputTag = param.inputTag("ak4GenJets", doc="generator jets, for HT")
        genParticles: param.InputTag = param.inputTag("genParticles", doc="generated particles, for Higgs bosons")
        treeName: str = param.string("jets", doc="the tree")
        jetPtMin: float = param.double(10.0, doc="jets with less pt are left out (GeV)")
        jetEtaMax: float = param.double(2.5, doc="jets with more |eta| are left out")
        nParticles: int = param.int32(16, doc="most constituents that are written")
        quirks: str = param.string("exact", doc="cmssw_v1, cmssw_v2 or exact inputs")
        scores: bool = param.bool(False, doc="write the jets' scores; they have been tagged, and kept their raw pt")
        correctorFile: str = param.string("", doc="ROOT file with corrections for jet_pt_corr; without, it is the pt")
        correctorDir: str = param.string("", doc="folder in that file")

    def declare(self, p):
        self.features = self._features(p)
        self.corrector = self._corrector(p) if p.correctorFile else None
        self.jets = self.consumes(p.jets, "l1tPFJets")
        self.candidates = self.consumes(p.candidates, "l1tPFCandidates")
        self.truth = self.consumes(p.truth, "L1TJetTruths")
        self.gen_jets = self.consumes(p.genJets, "recoGenJets")
        self.particles = self.consumes(p.genParticles, "recoGenParticles")

    def _features(self, p):
        if p.quirks not in QUIRKS:
            raise Configuration(f"{type(self).__name__} {self.label!r}: quirks can be {', '.join(QUIRKS)}")
        if p.nParticles < 1:
            raise Configuration(f"{type(self).__name__} {self.label!r}: nParticles is {p.nParticles}; choose 16, say")
        return QUIRKS[p.quirks].features

    def _corrector(self, p):
        from .jet_corrector import Corrector

        return Corrector(p.correctorFile, p.correctorDir, emulate=True)

    def beginJob(self):
        types = {"run": "uint32", "lumi": "uint32", "event": "uint64", "genHH_mass": "float32", "genHT": "float32"}
        types |= {f"jet_{name}": "float32" for name in KINEMATICS}
        types |= {f"jet_{name}": "int32" if key in INTEGERS else "float32" for key, name in TRUTH.items()}
        if self.parameters.scores:
            types |= {f"jet_SC4NGJet_score_{name}": "float32" for name in (*SCORES, "regression")}
        types |= {"jet_npuppicand": "int32"}
        types |= {f"jet_puppicand_{name}": "var * float32" for name in (*self.features, *CANDIDATE)}
        self.tree = self.service("TFileService").makeTree(self.parameters.treeName, types, "level-1 jets")

    def analyze(self, event, setup):
        p, jets = self.parameters, FlatObjects(event.get(self.jets))
        chosen = np.flatnonzero((jets["pt"] > p.jetPtMin) & (np.abs(jets["eta"]) < p.jetEtaMax))
        home = np.searchsorted(jets.offsets, chosen, side="right") - 1
        words = np.stack([jets["encodedJetCT0"], jets["encodedJetCT1"]], axis=1)[chosen]
        truth = FlatObjects(event.get(self.truth))
        columns = {"run": event.run[home], "lumi": event.lumi[home], "event": event.id[home]}
        columns |= {name: column[home] for name, column in self._event_columns(event).items()}
        columns |= self._kinematics(jets, chosen, words)
        columns |= {f"jet_{name}": truth[key][chosen] for key, name in TRUTH.items()}
        if p.scores:
            columns |= {f"jet_SC4NGJet_score_{name}": jets[name][chosen] for name in SCORES}
            columns["jet_SC4NGJet_score_regression"] = jets["ptRegression"][chosen]
        constituents = ak.flatten(event.get(self.jets).constituents)[chosen]
        columns |= self._constituents(event.get(self.candidates), constituents, home, words)
        self.tree.fill(**columns)

    def _event_columns(self, event):
        particles, gen_jets = FlatObjects(event.get(self.particles)), FlatObjects(event.get(self.gen_jets))
        counted = (gen_jets["pt"] > HT_PT) & (np.abs(gen_jets["eta"]) < HT_ETA)
        home = np.repeat(np.arange(len(event)), gen_jets.counts)
        ht = np.bincount(home, weights=gen_jets["pt"] * counted, minlength=len(event))
        return {"genHH_mass": higgs_pair_mass(particles, particles.offsets), "genHT": ht}

    def _kinematics(self, jets, chosen, words):
        raw = unpack_ct_jet(words)
        phys = {f"{name}_phys": jets[name][chosen] for name in ("pt", "eta", "phi")}
        corrected = phys["pt_phys"]
        if self.corrector:
            pt = PT.value(raw.pt).astype(np.float32)
            corrected = self.corrector(pt, (raw.eta * ETA_PHI_LSB).astype(np.float32))
        columns = {"pt": raw.pt, "eta": raw.eta, "phi": raw.phi, "pt_corr": corrected, "pt_raw": jets["rawPt"][chosen]}
        return {f"jet_{name}": column for name, column in (columns | phys).items()}

    def _constituents(self, candidates, constituents, home, words):
        """Columns of the hardest constituents of jets, which are in the events `home`."""
        flat = FlatObjects(candidates)
        numbers = ak.to_numpy(ak.num(constituents))
        jet = np.repeat(np.arange(len(numbers)), numbers)
        rows = ak.to_numpy(ak.flatten(constituents)).astype(np.int64) + flat.offsets[home[jet]]
        rows = rows[np.lexsort((-flat["pt"][rows], jet))]  # stable: of equal pt the first
        place = np.arange(len(rows)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
        rows, kept = rows[place < self.parameters.nParticles], np.minimum(numbers, self.parameters.nParticles)
        offsets = np.concatenate([[0], np.cumsum(kept)])
        puppi = flat["encodedPuppi64"]
        inputs = tagger_inputs(puppi, rows, offsets, words, self.parameters.quirks, self.parameters.nParticles)
        filled = np.arange(self.parameters.nParticles) < kept[:, None]
        raw, values = unpack_puppi(puppi[rows]), inputs.candidates[filled]
        columns = {name: values[:, k] for k, name in enumerate(self.features)}
        columns |= {"id": raw.id, "charge": CHARGE[raw.id], "eta": raw.eta, "phi": raw.phi}
        lists = {
            f"jet_puppicand_{name}": ak.unflatten(column.astype(np.float32), kept) for name, column in columns.items()
        }
        return {"jet_npuppicand": numbers} | lists
