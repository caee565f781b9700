"""Seeded-cone jets of level-1 candidates."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration

from .seeded_cone import SeededCone
from .seeded_cone_float import SeededConeFloat
from .seeded_cone_quirks import Quirk
from .words import GT_ETA_PHI_LSB, GT_PT, MASS2, PT, unpack_gt_jet

WORDS = ("encodedJetCT", "encodedJetGT")
WIDE_WORDS = (*WORDS, "encodedJetGTWide")


@plugin
class L1SeededConePFJetProducer(EDProducer):
    """Makes jets of the hardest candidates and what is within a cone around them, as the Phase-2 correlator does.

    With `HW` in the integers of the firmware, from the candidates' words alone: pt, eta and phi are those of the global
    trigger's word; the mass is 0 except for wide jets, whose word goes to ``encodedJetGTWide0`` and ``1`` instead of
    ``encodedJetGT0`` and ``1``. Without `HW` in floating point, from the candidates' numbers; words are 0.

    CMSSW's name is L1SeedConePFJetProducer; both are known. The last parameters are not CMSSW's: they switch off, one
    by one, what the firmware's arithmetic does differently from what was meant.
    """

    class Parameters(param.ParameterSet):
        L1PFObjects: param.InputTag = param.inputTag("l1tLayer1:Puppi", doc="candidates to cluster")
        nJets: int = param.uint32(16, doc="the most jets of an event")
        coneSize: float = param.double(0.4, doc="radius of the cone")
        wideConeJet: bool = param.bool(False, doc="make words and masses of wide jets")
        HW: bool = param.bool(False, doc="integers as in the firmware, instead of floating point")
        debug: bool = param.bool(False, doc="write the jets to the log")
        doCorrections: bool = param.bool(False, doc="correct the pt of jets")
        correctorFile: str = param.string("", doc="ROOT file with the corrections")
        correctorDir: str = param.string("", doc="folder in that file")
        coarseRCone2: bool = param.bool(True, doc="HW: hold the radius squared in steps of 32 (0.4 becomes 0.3995)")
        mirroredDeltaPhi: bool = param.bool(
            True, doc="HW: differences in phi above pi get the wrong sign, which moves the axis of jets there"
        )
        unwrappedPhi: bool = param.bool(True, doc="HW: phi of jets may lie beyond +-pi in the correlator's word")
        treeSeed: bool = param.bool(True, doc="HW: of equal pt the first is the seed; if not, independent of order")
        reciprocalTable: bool = param.bool(True, doc="HW: 1/pt from a table of 1024, wrong up to 4 GeV; if not, exact")
        truncatedAxis: bool = param.bool(True, doc="HW: cut fractions off pt times difference and off the axis")

    def declare(self, p):
        self.correction = self._corrector(p) if p.doCorrections else None
        self.algorithm = SeededCone(p.nJets, p.coneSize, p.wideConeJet, quirks(p)) if p.HW else None
        self.candidates = self.consumes(p.L1PFObjects, "l1tPFCandidates")
        self.jets = self.produces("l1tPFJets")

    def _corrector(self, p):
        from .jet_corrector import Corrector

        if not p.correctorFile:
            raise Configuration(f"{type(self).__name__} {self.label!r}: doCorrections needs a correctorFile")
        return Corrector(p.correctorFile, p.correctorDir, emulate=p.HW)

    def produce(self, event, setup):
        candidates = event.get(self.candidates)
        offsets = np.concatenate([[0], np.cumsum(ak.to_numpy(ak.num(candidates, axis=1)))])
        flat = ak.flatten(candidates)
        make = self._integer_jets if self.parameters.HW else self._float_jets
        jets, columns = make(flat, offsets)
        columns["constituents"] = ak.unflatten(jets.constituents, jets.sizes)
        event.put(self.jets, ak.unflatten(ak.zip(columns, depth_limit=1), jets.counts))
        if self.parameters.debug:
            self._tell(columns, jets)

    def _integer_jets(self, candidates, offsets):
        jets = self.algorithm.jets(ak.to_numpy(candidates.encodedPuppi64), offsets, self.correction)
        gt_words = jets.gt_words()
        gt = unpack_gt_jet(gt_words)
        mass = np.sqrt(MASS2.value(jets.mass2))
        lsb = np.float32(GT_ETA_PHI_LSB)
        columns = _float_columns(GT_PT.value(gt.pt), gt.eta * lsb, gt.phi * lsb, mass, PT.value(jets.raw_pt))
        if self.parameters.wideConeJet:
            words = jets.ct_words(), np.zeros_like(gt_words), jets.gt_wide_words()
            return jets, columns | _word_columns(WIDE_WORDS, words)
        return jets, columns | _word_columns(WORDS, (jets.ct_words(), gt_words))

    def _float_jets(self, candidates, offsets):
        p = self.parameters
        momenta = (ak.to_numpy(candidates[name]).astype(np.float32) for name in ("pt", "eta", "phi", "mass"))
        jets = SeededConeFloat(p.nJets, p.coneSize).jets(*momenta, offsets, self.correction)
        columns = _float_columns(jets.pt, jets.eta, jets.phi, jets.mass, jets.raw_pt)
        names = WIDE_WORDS if p.wideConeJet else WORDS
        return jets, columns | _word_columns(names, [np.zeros((len(jets.pt), 2), np.uint64)] * len(names))

    def _tell(self, columns, jets):
        lines = [f"{len(jets.counts)} events, {len(jets.pt)} jets: number, pt, eta, phi, constituents"]
        event = np.repeat(np.arange(len(jets.counts)), jets.counts)
        rows = zip(event, columns["pt"], columns["eta"], columns["phi"], jets.sizes, strict=True)
        lines += [f"{i:6d} {pt:9.3f} {eta:7.3f} {phi:7.3f} {size:4d}" for i, pt, eta, phi, size in rows]
        self.log.verbatim("\n".join(lines), "L1SeedConePFJetProducer")


@plugin
class L1SeedConePFJetProducer(L1SeededConePFJetProducer):
    """`L1SeededConePFJetProducer` under the name that CMSSW's configurations use."""

    cfi = "L1Trigger/Phase2L1ParticleFlow/l1SeedConePFJetProducer"


def quirks(p):
    """The `Quirk` that the parameters ask for."""
    chosen = {
        Quirk.COARSE_R_CONE2: p.coarseRCone2,
        Quirk.MIRRORED_DELTA_PHI: p.mirroredDeltaPhi,
        Quirk.UNWRAPPED_PHI: p.unwrappedPhi,
        Quirk.TREE_SEED: p.treeSeed,
        Quirk.RECIPROCAL_TABLE: p.reciprocalTable,
        Quirk.TRUNCATED_AXIS: p.truncatedAxis,
    }
    return Quirk(sum(quirk for quirk, kept in chosen.items() if kept))


def _float_columns(*values):
    names = ("pt", "eta", "phi", "mass", "rawPt")
    return {name: np.asarray(value).astype(np.float32) for name, value in zip(names, values, strict=True)}


def _word_columns(names, words):
    return {f"{name}{half}": word[:, half].copy() for name, word in zip(names, words, strict=True) for half in (0, 1)}
