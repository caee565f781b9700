"""Weights that suppress pileup, candidate by candidate."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration
from pyrun.modules.columns import Objects, nested

from . import puppi_kernels as kernels

# what a candidate is to PUPPI
UNKNOWN, PRIMARY, PILEUP = 0, 1, 2

CHARGED_PDG_IDS = (11, 13, 211)

# CMS's pvAssociationQuality scale: from here on the track took part in the fit of its vertex
USED_IN_FIT_LOOSE = 6

# the metric of algoId: 5 is log(sum (pt/dR)^2), what CMS runs
LOG_SUM_PT2_OVER_DR2 = 5


class PuppiAlgo(param.ParameterSet):
    """One metric."""

    algoId: int = param.int32(LOG_SUM_PT2_OVER_DR2, doc="metric; 5, log of the sum of (pt/dR)^2, is the one there is")
    useCharged: bool = param.bool(False, doc="sum over charged candidates from the primary vertex only")
    applyLowPUCorr: bool = param.bool(True, doc="correct median and RMS for hard candidates in few pileup vertices")
    combOpt: int = param.int32(0, doc="how several metrics combine; without meaning for one")
    cone: float = param.double(0.4, doc="radius of the neighbourhood")
    rmsPtMin: float = param.double(0.1, doc="pt from which candidates enter median and RMS (GeV)")
    rmsScaleFactor: float = param.double(1.0, doc="factor on the RMS")


class Region(param.ParameterSet):
    """The bins in |eta| that share a metric; one entry per bin in each list."""

    etaMin: list[float] = param.vdouble(doc="lower edges in |eta|")
    etaMax: list[float] = param.vdouble(doc="upper edges in |eta|")
    ptMin: list[float] = param.vdouble(doc="pt above which a candidate can have a weight (GeV)")
    MinNeutralPt: list[float] = param.vdouble(doc="smallest weighted pt kept for neutrals, without pileup (GeV)")
    MinNeutralPtSlope: list[float] = param.vdouble(doc="its increase per reconstructed vertex (GeV)")
    RMSEtaSF: list[float] = param.vdouble(doc="factors on the RMS")
    MedEtaSF: list[float] = param.vdouble(doc="factors on the median")
    EtaMaxExtrap: float = param.double(2.0, doc="|eta| below which charged candidates give median and RMS")
    puppiAlgos: list[PuppiAlgo] = param.vpset(PuppiAlgo, doc="the metric; exactly one")


@plugin
class PuppiProducer(EDProducer):
    """Gives each candidate the probability not to be from pileup (PUPPI).

    Charged candidates get 1 if they belong to the primary vertex and 0 if they belong to another. Neutral ones, and
    charged ones that belong nowhere, are weighted by how much harder their surroundings (alpha) are than those of
    charged candidates from pileup.

    References
    ----------
    Bertolini, Harris, Low, Tran, JHEP 10 (2014) 059; CMSSW's PuppiProducer and PuppiContainer.
    """

    class Parameters(param.ParameterSet):
        candName: param.InputTag = param.inputTag("particleFlow", doc="candidates to weight")
        vertexName: param.InputTag = param.inputTag("offlinePrimaryVertices", doc="vertices, the primary one first")
        vtxNdofCut: int = param.int32(4, doc="degrees of freedom from which a vertex counts as pileup")
        vtxZCut: float = param.double(24.0, doc="|z| up to which a vertex counts as pileup (cm)")
        UseDeltaZCut: bool = param.bool(True, doc="give unassociated tracks near the primary vertex to it")
        UseDeltaZCutForPileup: bool = param.bool(True, doc="give unassociated tracks far from it to pileup")
        EtaMinUseDeltaZ: float = param.double(2.4, doc="|eta| from which these two apply")
        DeltaZCut: float = param.double(0.3, doc="|dz| that separates near from far (cm)")
        UseFromPV2Recovery: bool = param.bool(True, doc="keep unassociated tracks whose nearest vertex is the primary")
        PtMinForFromPV2Recovery: float = param.double(4.0, doc="pt above which (GeV)")
        NumOfPUVtxsForCharged: int = param.uint32(2, doc="pileup vertices that may be split off the primary one")
        DeltaZCutForChargedFromPUVtxs: float = param.double(0.2, doc="|dz| below which their tracks are kept (cm)")
        PtMaxCharged: float = param.double(20.0, doc="pt above which unassociated tracks are kept (GeV); < 0: none")
        PtMaxNeutrals: float = param.double(200.0, doc="pt from which neutrals have weight 1 (GeV); < 0: none")
        PtMaxNeutralsStartSlope: float = param.double(20.0, doc="pt from which their weight is raised towards it (GeV)")
        MinPuppiWeight: float = param.double(0.01, doc="smaller weights become 0")
        algos: list[Region] = param.vpset(Region, doc="metrics by region of |eta|")

    def declare(self, p):
        _check(self.label, p.algos)
        self.candidates = self.consumes(p.candName)
        self.vertices = self.consumes(p.vertexName)
        self.weights = self.produces("floatedmValueMap")

    def produce(self, event, setup):
        candidates, vertices = (Objects.of(event.get(token)) for token in (self.candidates, self.vertices))
        p = self.parameters
        ndof, z = vertices.values("ndof", "z")
        good = (ndof >= p.vtxNdofCut) & (np.abs(z) <= p.vtxZCut)
        n_vertices = np.bincount(vertices.event()[good], minlength=len(event))
        names = ("pt", "eta", "phi", "dz", "pdgId", "vertex", "pvAssociation")
        flat = dict(zip(names, candidates.values(*names), strict=True))
        weights = puppi_weights(flat, candidates.counts, n_vertices, p)
        event.put(self.weights, nested(weights.astype(np.float32), candidates.counts))


def origin(candidates, p):
    """Say of each candidate whether it is `PRIMARY`, `PILEUP` or, like all neutrals, `UNKNOWN`.

    Parameters
    ----------
    candidates : mapping of numpy.ndarray, shape (n,)
        pt, eta, dz, pdgId, vertex and pvAssociation of ``recoPFCandidates``.
    p : PuppiProducer.Parameters
        The cuts.

    Returns
    -------
    numpy.ndarray of int8, shape (n,)
    """
    pt, abs_eta, abs_dz = candidates["pt"], np.abs(candidates["eta"]), np.abs(candidates["dz"])
    vertex = candidates["vertex"]
    associated = (vertex >= 0) & (candidates["pvAssociation"] >= USED_IN_FIT_LOOSE)
    split_off = (vertex <= p.NumOfPUVtxsForCharged) & (abs_dz < p.DeltaZCutForChargedFromPUVtxs)
    use_dz = abs_eta >= p.EtaMinUseDeltaZ
    rules = (  # the first that holds decides
        (~np.isin(np.abs(candidates["pdgId"]), CHARGED_PDG_IDS), UNKNOWN),
        (associated & ((vertex == 0) | split_off), PRIMARY),
        (associated, PILEUP),
        ((p.PtMaxCharged > 0) & (pt > p.PtMaxCharged), PRIMARY),
        (p.UseDeltaZCut & use_dz & (abs_dz < p.DeltaZCut), PRIMARY),
        (p.UseFromPV2Recovery & (vertex == 0) & (pt > p.PtMinForFromPV2Recovery), PRIMARY),
        (p.UseDeltaZCutForPileup & use_dz & (abs_dz >= p.DeltaZCut), PILEUP),
    )
    return np.select([rule for rule, _ in rules], [result for _, result in rules], UNKNOWN).astype(np.int8)


def puppi_weights(candidates, counts, n_vertices, p):
    """Weigh the candidates of all events.

    Parameters
    ----------
    candidates : mapping of numpy.ndarray, shape (n,)
        pt (GeV), eta, phi, dz (cm), pdgId, vertex and pvAssociation, event after event.
    counts, n_vertices : numpy.ndarray of int, shape (events,)
        Candidates and reconstructed vertices of each event.
    p : PuppiProducer.Parameters

    Returns
    -------
    numpy.ndarray, shape (n,)
        Weights from 0 to 1; neutrals outside all regions have 0.
    """
    pt, eta, phi = (candidates[name].astype(np.float64) for name in ("pt", "eta", "phi"))
    kind = origin(candidates, p)
    unknown = kind == UNKNOWN
    weights = (kind == PRIMARY).astype(np.float64)
    event = np.repeat(np.arange(len(counts)), counts)
    for region in p.algos:
        inside = [unknown & _in_bin(pt, eta, region, i) for i in range(len(region.etaMin))]
        values, pileup = _metric(pt, eta, phi, kind, counts, np.any(inside, axis=0), region)
        for i, selected in enumerate(inside):
            (here,) = np.nonzero(selected)
            owner = event[here]
            median, rms = region.MedEtaSF[i] * pileup.median[owner], region.RMSEtaSF[i] * pileup.rms[owner]
            found = kernels.probability(values[here], median, rms)
            found[pileup.count[owner] == 0] = 1.0  # nothing to compare with: no pileup
            pt_cut = region.MinNeutralPt[i] + region.MinNeutralPtSlope[i] * n_vertices[owner]
            found[found * pt[here] < pt_cut] = 0.0
            weights[here] = found
    if p.PtMaxNeutrals > 0:
        ramp = (pt[unknown] - p.PtMaxNeutralsStartSlope) / (p.PtMaxNeutrals - p.PtMaxNeutralsStartSlope)
        weights[unknown] = np.maximum(weights[unknown], np.minimum(ramp, 1.0))
    weights[weights < p.MinPuppiWeight] = 0.0
    return weights


def _metric(pt, eta, phi, kind, counts, wanted, region):
    """Alpha of the candidates `wanted`, and what it looks like for pileup in each event."""
    (algo,) = region.puppiAlgos
    charged = (kind != UNKNOWN) & (np.abs(eta) < region.EtaMaxExtrap) & (pt >= algo.rmsPtMin)
    source = kind == PRIMARY if algo.useCharged else np.ones(len(pt), dtype=np.bool_)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    values = kernels.alpha(eta, phi, pt, offsets, source, wanted | charged, algo.cone)
    event = np.repeat(np.arange(len(counts)), counts)
    reference = kernels.pileup_reference(
        values,
        event,
        len(counts),
        pileup=charged & (kind == PILEUP),
        primary=charged & (kind == PRIMARY),
        rms_scale=algo.rmsScaleFactor,
        correct_low_pileup=algo.applyLowPUCorr,
    )
    return values, reference


def _in_bin(pt, eta, region, i):
    """Which candidates are in bin `i` of a region."""
    abs_eta = np.abs(eta)
    return (abs_eta >= region.etaMin[i]) & (abs_eta < region.etaMax[i]) & (pt > region.ptMin[i])


def _check(label, algos):
    """Refuse regions that are incomplete or ask for a metric that does not exist."""
    if not algos:
        raise Configuration(
            f"PuppiProducer {label!r}: 'algos' is empty, so no neutral candidate could have a weight; "
            "CommonTools.PileupAlgos.Puppi_cff has CMS's regions"
        )
    for position, region in enumerate(algos):
        where = f"PuppiProducer {label!r}: algos[{position}]"
        lists = ("etaMin", "etaMax", "ptMin", "MinNeutralPt", "MinNeutralPtSlope", "RMSEtaSF", "MedEtaSF")
        lengths = {name: len(getattr(region, name)) for name in lists}
        if len(set(lengths.values())) > 1:
            raise Configuration(f"{where} needs one entry per bin in each list, but their lengths are {lengths}")
        if len(region.puppiAlgos) != 1:
            raise Configuration(f"{where}.puppiAlgos has {len(region.puppiAlgos)} metrics; exactly one can be used")
        if region.puppiAlgos[0].algoId != LOG_SUM_PT2_OVER_DR2:
            raise Configuration(
                f"{where}.puppiAlgos[0].algoId is {region.puppiAlgos[0].algoId}; the metric there is has "
                f"{LOG_SUM_PT2_OVER_DR2}: log of the sum of (pt/dR)^2"
            )
