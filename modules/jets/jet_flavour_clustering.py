"""The flavour of jets, from generated particles clustered into them as ghosts."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration
from pyrun.modules.columns import Objects, flat, owners, values

from . import gen_particles as gen
from .clustering import ALGORITHMS, Momenta, cluster, masses

# the kinds of ghosts
B_HADRON, C_HADRON, PARTON, LEPTON = range(4)

# Reclustered jets have the pt of their originals within this tolerance. A few differ, because the particles of jets
# below the original's threshold are missing; if more than a fifth do, they were not made in this way.
PT_TOLERANCE = 1e-3
MISMATCHES_TOLERATED = 0.2


@plugin
class JetFlavourClustering(EDProducer):
    """Finds the hadrons, partons and leptons that belong to each jet, and from them its flavour.

    The jets' constituents are clustered again together with the particles, scaled to practically nothing: these
    ghosts end in a jet without changing it. A jet that does not name its constituents stands for them, as a particle of
    its momentum. A jet's hadronFlavour is 5 if it has a b hadron, else 4 if it has a c
    hadron, else 0. Its partonFlavour is the PDG id of its hardest b quark, else c quark, else parton, else 0. It is
    leptonic if it has an electron or muon with a b or c hadron among the ancestors.

    References
    ----------
    CMSSW's JetFlavourClustering; Cacciari, Salam, Phys. Lett. B 659 (2008) 119 for ghosts.
    """

    cfi = "PhysicsTools/JetMCAlgos/patJetFlavourAssociation"

    class Parameters(param.ParameterSet):
        jets: param.InputTag = param.inputTag("ak4PFJetsPuppi", doc="jets")
        candidates: param.InputTag = param.inputTag("particleFlow", doc="what the jets' constituents are indices of")
        weights: param.InputTag = param.inputTag("", doc="weights the candidates were clustered with; empty: none")
        genParticles: param.InputTag = param.inputTag("genParticles", doc="what the following four are indices of")
        bHadrons: param.InputTag = param.inputTag("patJetPartons:bHadrons", doc="b hadrons")
        cHadrons: param.InputTag = param.inputTag("patJetPartons:cHadrons", doc="c hadrons")
        partons: param.InputTag = param.inputTag("patJetPartons:algorithmicPartons", doc="partons")
        leptons: param.InputTag = param.inputTag("patJetPartons:leptons", doc="leptons")
        jetAlgorithm: str = param.string("AntiKt", doc="the jets' algorithm")
        rParam: float = param.double(0.4, doc="the jets' distance parameter R")
        ghostRescaling: float = param.double(1e-18, doc="factor that makes particles ghosts")
        hadronFlavourHasPriority: bool = param.bool(False, doc="make partonFlavour agree with hadronFlavour")

    def declare(self, p):
        if p.jetAlgorithm not in ALGORITHMS:
            raise Configuration(
                f"JetFlavourClustering {self.label!r}: jetAlgorithm is {p.jetAlgorithm!r}; "
                f"it can be {', '.join(ALGORITHMS)}"
            )
        self.jets = self.consumes(p.jets)
        self.candidates = self.consumes(p.candidates)
        self.weights = self.consumes(p.weights) if p.weights.label else None
        self.particles = self.consumes(p.genParticles)
        self.ghosts = [self.consumes(tag) for tag in (p.bHadrons, p.cHadrons, p.partons, p.leptons)]
        self.flavours = self.produces("JetFlavourInfos")

    def produce(self, event, setup):
        p = self.parameters
        sources = (self.jets, self.candidates, self.particles)
        jets, candidates, particles = (Objects.of(event.get(token)) for token in sources)
        jet_event = jets.event()
        constituents, jet = _constituents(jets, candidates, event.get(self.weights) if self.weights else None)
        rows, ghost_event, kinds = _ghosts([event.get(token) for token in self.ghosts], particles)
        ghosts = Momenta.from_pt_eta_phi_mass(*(x[rows] for x in particles.values("pt", "eta", "phi", "mass")))
        scaled = ghosts.scaled(p.ghostRescaling)
        home, pt = recluster(constituents, jet, jet_event, scaled, ghost_event, p.jetAlgorithm, p.rParam)
        self._compare(*jets.values("pt"), pt)

        ids, mother = particles.values("pdgId", "mother")
        mothers = gen.flat_mothers(mother, particles.offsets)
        heavy = gen.has_quark(ids, gen.BOTTOM) | gen.has_quark(ids, gen.CHARM)
        from_heavy = gen.has_ancestor(heavy, mothers)
        inside = home >= 0
        columns = flavours(
            home[inside],
            kinds[inside],
            ids[rows][inside],
            ghosts.pt[inside],
            from_heavy[rows][inside],
            len(jet_event),
            hadron_has_priority=p.hadronFlavourHasPriority,
        )
        event.put(self.flavours, Objects.make(columns, jets.counts))

    def _compare(self, original, reclustered):
        """Warn if reclustering did not give the jets back."""
        differs = np.abs(reclustered - original) > PT_TOLERANCE * original
        if differs.sum() > MISMATCHES_TOLERATED * len(original):
            worst = np.argmax(np.abs(reclustered - original) / original)
            self.log.warning(
                "JetPtMismatch",
                f"{differs.sum()} of {len(original)} jets differ after reclustering: one of pt {original[worst]:.2f} "
                f"GeV has {reclustered[worst]:.2f} GeV. Are candidates, weights and algorithm those of the jets?",
            )


def recluster(constituents, jet, jet_event, ghosts, ghost_event, algorithm, radius):
    """Find the jet that each ghost belongs to.

    A reclustered jet stands for the original jet whose hardest constituent it has.

    Parameters
    ----------
    constituents : Momenta of arrays of shape (n,)
        The jets' constituents, jet after jet.
    jet : numpy.ndarray of int, shape (n,)
        The jet of each, counted over all events, ascending.
    jet_event : numpy.ndarray of int, shape (jets,)
        The event of each jet.
    ghosts : Momenta of arrays of shape (m,)
    ghost_event : numpy.ndarray of int, shape (m,)
    algorithm, radius
        As for `clustering.cluster`.

    Returns
    -------
    home : numpy.ndarray of int, shape (m,)
        The ghosts' jets, -1 for those in none.
    pt : numpy.ndarray, shape (jets,)
        The jets' pt after reclustering (GeV), 0 for jets that went up in another.
    """
    n_events = max(jet_event.max(initial=-1), ghost_event.max(initial=-1)) + 1
    event = np.concatenate([jet_event[jet], ghost_event])
    order = np.argsort(event, kind="stable")
    everything = Momenta(*(np.concatenate(pair)[order] for pair in zip(constituents, ghosts, strict=True)))
    counts = np.bincount(event, minlength=n_events)
    found = cluster(everything, counts, algorithm, radius, 0.0)

    cluster_of = np.empty(len(order), dtype=np.int64)
    cluster_of[order] = found.jet

    by_pt = np.lexsort((-constituents.pt, jet))
    hardest = by_pt[np.searchsorted(jet, np.arange(len(jet_event)))]
    jet_of = np.full(len(found.momenta.E), -1)
    jet_of[cluster_of[hardest][::-1]] = np.arange(len(jet_event))[::-1]  # where two share a cluster, the harder has it
    pt = np.zeros(len(jet_event))
    pt[jet_of[jet_of >= 0]] = found.momenta.pt[jet_of >= 0]
    return jet_of[cluster_of[len(jet) :]], pt


def flavours(home, kind, pdg_id, pt, from_heavy, n_jets, *, hadron_has_priority):
    """Decide the flavour of each jet.

    Parameters
    ----------
    home, kind, pdg_id, pt, from_heavy : numpy.ndarray, shape (m,)
        Of each ghost in a jet: the jet, the kind (`B_HADRON` ... `LEPTON`), the PDG id, pt, and whether it descends
        from a b or c hadron.
    n_jets : int
    hadron_has_priority : bool
        Overrule the partonFlavour where it contradicts the hadronFlavour.

    Returns
    -------
    dict of numpy.ndarray, shape (n_jets,)
        hadronFlavour, partonFlavour, nBHadrons, nCHadrons and leptonic.
    """

    def count(selected):
        return np.bincount(home[selected], minlength=n_jets).astype(np.int32)

    n_b, n_c = count(kind == B_HADRON), count(kind == C_HADRON)
    hadron_flavour = np.select([n_b > 0, n_c > 0], [gen.BOTTOM, gen.CHARM], 0)
    parton = kind == PARTON
    ids = np.abs(pdg_id)
    rank = np.select([ids == gen.BOTTOM, ids == gen.CHARM], [2, 1], 0)
    parton_flavour = _first(home[parton], rank[parton], pt[parton], pdg_id[parton], n_jets)
    if hadron_has_priority:
        light = parton & (rank == 0)
        of_light = _first(home[light], rank[light], pt[light], pdg_id[light], n_jets)
        heavy_parton = np.isin(np.abs(parton_flavour), (gen.CHARM, gen.BOTTOM))
        parton_flavour = np.where((hadron_flavour == 0) & heavy_parton, of_light, parton_flavour)
        contradicts = (hadron_flavour != 0) & (np.abs(parton_flavour) != hadron_flavour)
        parton_flavour = np.where(contradicts, hadron_flavour, parton_flavour)
    leptonic = count((kind == LEPTON) & from_heavy & np.isin(ids, (11, 13))) > 0
    return {
        "hadronFlavour": hadron_flavour.astype(np.int32),
        "partonFlavour": parton_flavour.astype(np.int32),
        "nBHadrons": n_b,
        "nCHadrons": n_c,
        "leptonic": leptonic.astype(np.int8),
    }


def _first(home, rank, pt, pdg_id, n_jets):
    """Per jet, the PDG id of the hardest among the particles of highest rank; 0 without particle."""
    result = np.zeros(n_jets, dtype=np.int64)
    order = np.lexsort((pt, rank, home))
    result[home[order]] = pdg_id[order]  # the last one assigned stays
    return result


def _ghosts(references, particles):
    """Rows, events and kinds of the particles referred to, kind after kind."""
    offsets, indices = zip(*(flat(ak.to_layout(array)) for array in references), strict=True)
    kinds = np.repeat(np.arange(len(references)), [edges[-1] for edges in offsets])
    event = np.concatenate([owners(edges) for edges in offsets])
    rows = np.concatenate([values(content).astype(np.int64) for content in indices]) + particles.offsets[event]
    # what flies along the beam has no place in the plane that jets are clustered in
    seen = particles.values("pt")[0][rows] > 0
    return rows[seen], event[seen], kinds[seen]


def _constituents(jets, candidates, weights):
    """Weighted momenta of all jets' constituents, jet after jet, and the jet of each, counted over all events."""
    if "constituents" not in jets.fields:
        return Momenta.from_pt_eta_phi_mass(*jets.values("pt", "eta", "phi", "mass")), np.arange(jets.offsets[-1])
    offsets, indices = flat(jets.fields["constituents"])
    jet = owners(offsets)
    rows = values(indices).astype(np.int64) + candidates.offsets[jets.event()[jet]]
    pt, eta, phi, ids = (column[rows] for column in candidates.values("pt", "eta", "phi", "pdgId"))
    momenta = Momenta.from_pt_eta_phi_mass(pt, eta, phi, masses(ids))
    if weights is None:
        return momenta, jet
    return momenta.scaled(values(candidates.aligned(weights, "weights"))[rows].astype(np.float64)), jet
