"""The next-generation jet tagger on seeded-cone jets."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration

from .emulators import Answers, load_emulator
from .ng_inputs import tagger_inputs
from .words import ETA_PHI_LSB, N_SCORES, PT, TAG_SCORE, FixedPoint, unpack_ct_jet

# field of the product by class, as the configuration calls it
FIELDS = {
    "b": "b",
    "c": "charm",
    "uds": "light",
    "g": "gluon",
    "tau_p": "taup",
    "tau_n": "taum",
    "mu": "muon",
    "e": "electron",
}
JETS = 1024  # whose inputs are made and used together: few enough for a processor's caches
RATIO = FixedPoint(22, 12, False, "TRN", "SAT")


@plugin
class L1TSC4NGJetProducer(EDProducer):
    """Gives jets eight scores and a better pt, in the integers of the firmware.

    Within pt > `minPt` and |eta| < `maxEta` pt is multiplied by the network's answer; other jets lose their scores, and
    get the usual correction with `doJEC`. The jets' words for the correlator and the global trigger are written anew.
    Jets beyond the first `maxJets` of an event are dropped.

    A model is a folder like models/L1TSC4NGJetModel or a library made for CMSSW; its inputs are computed as the version
    that it was trained with did (`quirks`). `backend` chooses how the network is evaluated, which changes no bit.

    Source: CMSSW's plugin of this name.
    """

    cfi = "L1Trigger/Phase2L1ParticleFlow/l1tSC4NGJetProducer"

    class Parameters(param.ParameterSet):
        jets: param.InputTag = param.inputTag("l1tSC4PFL1PuppiExtendedEmulator", doc="jets to tag")
        doJEC: bool = param.bool(False, doc="correct the pt of jets that the network does not")
        returnRawPt: bool = param.bool(False, doc="leave the pt of all jets as it is")
        correctorFile: str = param.string("", doc="ROOT file with the corrections of doJEC")
        correctorDir: str = param.string("", doc="folder in that file")
        l1tSC4NGJetModelPath: str = param.string("L1TSC4NGJetModel", doc="folder or library of the model")
        maxJets: int = param.int32(16, doc="the most jets of an event")
        nParticles: int = param.int32(16, doc="constituents that are looked at")
        minPt: float = param.double(10.0, doc="pt above which jets are tagged (GeV)")
        maxEta: float = param.double(2.4, doc="|eta| below which jets are tagged")
        classes: list[str] = param.vstring(list(FIELDS), doc="classes in the order of the scores")
        candidates: param.InputTag = param.inputTag("l1tLayer1:Puppi", doc="what the jets' constituents point to")
        quirks: str = param.string("", doc="cmssw_v1, cmssw_v2 or exact inputs; empty: the model's own")
        backend: str = param.untracked.string("auto", doc="auto, numba, da4ml, hls4ml or cmssw")

    @classmethod
    def initializeGlobalCache(cls, p):
        """One emulator for all streams."""
        emulator = load_emulator(p.l1tSC4NGJetModelPath, p.backend, p.quirks, len(p.classes))
        if sorted(p.classes) != sorted(FIELDS) or len(p.classes) != emulator.classes:
            raise Configuration(
                f"L1TSC4NGJetProducer: classes has {', '.join(p.classes)}. The model has {emulator.classes} scores and "
                f"a jet's word {N_SCORES}: give {', '.join(FIELDS)} in the order of the model's scores."
            )
        return emulator

    def declare(self, p):
        self.corrector = self._corrector(p) if p.doJEC else None
        self.source = self.consumes(p.jets, "l1tPFJets")
        self.candidates = self.consumes(p.candidates, "l1tPFCandidates")
        self.tagged = self.produces("l1tPFJets", "l1tSC4NGJets")

    def _corrector(self, p):
        from .jet_corrector import Corrector

        return Corrector(p.correctorFile, p.correctorDir, emulate=True)

    def produce(self, event, setup):
        jets = event.get(self.source)[:, : self.parameters.maxJets]
        counts = ak.to_numpy(ak.num(jets, axis=1))
        candidates = event.get(self.candidates)
        flat = ak.flatten(jets)
        words = np.stack([ak.to_numpy(flat[f"encodedJetCT{half}"]) for half in (0, 1)], axis=1)
        answers = self._answers(flat, words, counts, candidates)
        columns = {name: flat[name] for name in flat.fields} | self._tag(words, answers)
        event.put(self.tagged, ak.unflatten(ak.zip(columns, depth_limit=1), counts))

    def _answers(self, jets, words, counts, candidates):
        """What the network says about all jets of the block."""
        sizes = ak.to_numpy(ak.num(candidates, axis=1))
        begin = np.repeat(np.cumsum(sizes) - sizes, counts)
        constituents = jets.constituents
        numbers = ak.to_numpy(ak.num(constituents, axis=1))
        rows = ak.to_numpy(ak.flatten(constituents)) + np.repeat(begin, numbers)
        puppi, offsets = ak.to_numpy(ak.flatten(candidates.encodedPuppi64)), np.concatenate([[0], np.cumsum(numbers)])
        emulator, answers = self.globalCache, []
        for first in range(0, max(len(words), 1), JETS):
            last = min(first + JETS, len(words))
            some = offsets[first : last + 1], words[first:last]
            inputs = tagger_inputs(puppi, rows, *some, emulator.quirks, self.parameters.nParticles)
            answers.append(emulator(inputs.candidates, inputs.jets))
        return Answers(*map(np.concatenate, zip(*answers, strict=True)))

    def _tag(self, words, answers):
        """The columns that the answers change."""
        from .ng_kernels import tag_jets_kernel

        p = self.parameters
        raw = unpack_ct_jet(words)
        # the limit on eta is cut to an integer, as in the firmware
        in_range = (np.abs(raw.eta) < int(p.maxEta / ETA_PHI_LSB)) & (PT.value(raw.pt) > p.minPt)
        corrected = self._corrected(raw, ~in_range) if self.corrector else raw.pt
        scores, ratio = TAG_SCORE.raw(answers.scores), RATIO.raw(answers.ratio)
        ct_words, gt_words = np.empty_like(words), np.empty_like(words)
        pt, kept = np.empty_like(raw.pt), np.empty_like(raw.scores)
        order = [p.classes.index(name) for name in FIELDS]
        tag_jets_kernel(words, scores, ratio, in_range, corrected, p.returnRawPt, ct_words, gt_words, pt, kept)
        columns = {"pt": PT.value(pt).astype(np.float32), "ptRegression": RATIO.value(ratio).astype(np.float32)}
        columns |= {
            FIELDS[name]: TAG_SCORE.value(kept[:, k]).astype(np.float32) for name, k in zip(FIELDS, order, strict=True)
        }
        for name, made in (("encodedJetCT", ct_words), ("encodedJetGT", gt_words)):
            columns |= {f"{name}{half}": made[:, half].copy() for half in (0, 1)}
        return columns

    def _corrected(self, raw, chosen):
        """Raw pt where the chosen jets have the usual correction; by way of ap_ufixed<22,12>, as CMSSW's variable."""
        pt, eta = PT.value(raw.pt[chosen]).astype(np.float32), raw.eta[chosen].astype(np.float32) * ETA_PHI_LSB
        result = raw.pt.copy()
        result[chosen] = PT.raw(RATIO.value(RATIO.raw(self.corrector(pt, eta))))
        return result
