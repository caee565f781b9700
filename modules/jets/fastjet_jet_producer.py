"""Jets of particle-flow candidates or of generated particles."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration
from pyrun.modules.columns import Objects, nested, values

from .clustering import ALGORITHMS, Momenta, cluster, masses

PRODUCTS = {"PFJet": "recoPFJets", "GenJet": "recoGenJets"}

# |pdgId| of the candidates whose energy each fraction counts; HF's own are part of the neutral ones too, as in CMS
FRACTIONS = {
    "chargedHadronEnergyFraction": (211,),
    "neutralHadronEnergyFraction": (130, 1),
    "chargedEmEnergyFraction": (11,),
    "neutralEmEnergyFraction": (22, 2),
    "muonEnergyFraction": (13,),
    "HFHadronEnergyFraction": (1,),
    "HFEMEnergyFraction": (2,),
}
CHARGED = (11, 13, 211)


@plugin
class FastjetJetProducer(EDProducer):
    """Clusters candidates, weighted or not, into jets sorted by pt.

    Each jet names its constituents by their indices in `src`. Candidates of weight 0 take no part. Jets are raw: no
    energy correction is applied. `src` needs pt, eta, phi and either mass or the pdgId that gives it.
    """

    cfi = "RecoJets/JetProducers/ak4PFJets"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("particleFlow", doc="candidates to cluster")
        jetType: str = param.string("PFJet", doc="PFJet (with energy fractions and multiplicities) or GenJet")
        jetAlgorithm: str = param.string("AntiKt", doc="AntiKt, CambridgeAachen or Kt")
        rParam: float = param.double(0.4, doc="distance parameter R")
        jetPtMin: float = param.double(5.0, doc="smallest jet pt kept (GeV)")
        inputEtMin: float = param.double(0.0, doc="smallest candidate pt used, before weights (GeV)")
        applyWeight: bool = param.bool(False, doc="multiply candidates by srcWeights")
        srcWeights: param.InputTag = param.inputTag("puppi", doc="one weight per candidate of src")

    def declare(self, p):
        for name, choices in (("jetAlgorithm", ALGORITHMS), ("jetType", PRODUCTS)):
            if getattr(p, name) not in choices:
                raise Configuration(
                    f"FastjetJetProducer {self.label!r}: {name} is {getattr(p, name)!r}; it can be {', '.join(choices)}"
                )
        self.candidates = self.consumes(p.src)
        self.weights = self.consumes(p.srcWeights) if p.applyWeight else None
        self.jets = self.produces(PRODUCTS[p.jetType])

    def produce(self, event, setup):
        p = self.parameters
        candidates = Objects.of(event.get(self.candidates))
        (pt,) = candidates.values("pt")
        used = pt >= p.inputEtMin
        if self.weights:
            weights = values(candidates.aligned(event.get(self.weights), str(p.srcWeights))).astype(np.float64)
            used &= weights > 0
        (taken,) = np.nonzero(used)
        owner = candidates.event()[taken]
        momenta = _momenta(candidates, taken)
        if self.weights:
            momenta = momenta.scaled(weights[taken])
        jets = cluster(momenta, np.bincount(owner, minlength=len(event)), p.jetAlgorithm, p.rParam, p.jetPtMin)

        rows, n_constituents = jets.constituents()
        columns = _kinematics(jets.momenta)
        if p.jetType == "PFJet":
            ids = np.abs(candidates.values("pdgId")[0][taken[rows]])
            columns |= _composition(ids, momenta.E[rows], n_constituents, jets.momenta.E)
        original = (taken - candidates.offsets[owner]).astype(np.int32)  # in src's events
        columns["constituents"] = nested(original[rows], n_constituents)
        event.put(self.jets, Objects.make(columns, jets.counts))


def _momenta(candidates, taken):
    """Flat four-momenta of the candidates in the rows `taken` of all events'."""
    with_mass = "mass" in candidates.fields
    *direction, last = (
        column[taken] for column in candidates.values("pt", "eta", "phi", "mass" if with_mass else "pdgId")
    )
    return Momenta.from_pt_eta_phi_mass(*direction, last if with_mass else masses(last))


def _kinematics(momenta):
    """The columns pt, eta, phi and mass."""
    return {name: getattr(momenta, name).astype(np.float32) for name in ("pt", "eta", "phi", "mass")}


def _composition(ids, energies, sizes, jet_energies):
    """Energy fractions and multiplicities.

    Parameters
    ----------
    ids, energies : numpy.ndarray, shape (n,)
        Absolute PDG ids and weighted energies (GeV) of all jets' constituents, jet after jet.
    sizes : numpy.ndarray of int, shape (jets,)
        How many of them each jet has.
    jet_energies : numpy.ndarray, shape (jets,)

    Returns
    -------
    dict of numpy.ndarray, shape (jets,)
    """
    n = len(jet_energies)
    jet = np.repeat(np.arange(n), sizes)
    columns = {}
    for name, wanted in FRACTIONS.items():
        share = np.bincount(jet, weights=energies * np.isin(ids, wanted), minlength=n) / jet_energies
        columns[name] = share.astype(np.float32)
    charged = np.bincount(jet[np.isin(ids, CHARGED)], minlength=n)
    columns["chargedMultiplicity"] = charged.astype(np.int32)
    columns["neutralMultiplicity"] = (sizes - charged).astype(np.int32)
    return columns
