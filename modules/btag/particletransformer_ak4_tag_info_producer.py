"""Features of jets for ParticleTransformerAK4."""

from __future__ import annotations

from typing import NamedTuple

import awkward as ak
import numpy as np
import numpy.typing as npt

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import LogicError
from pyrun.modules.columns import Columns, flat, nested, values

from ..jets.clustering import masses
from .features import (
    Floats,
    Ints,
    Momentum,
    charged_features,
    delta_r,
    neutral_features,
    smallest_delta_r,
    sorted_within,
    track_info,
    vertex_features,
)

CHARGED = (211, 11, 13)
MOMENTUM_FIELDS = ("pt", "eta", "phi", "mass")
TRACK_FIELDS = ("d0", "d0Err", "dz", "dzErr", "pvAssociation", "normalizedChi2", "trackQuality")
CANDIDATE_FIELDS = ("pt", "eta", "phi", "pdgId", "hcalFraction", *TRACK_FIELDS)
VERTEX_FIELDS = (*MOMENTUM_FIELDS, "nTracks", "chi2", "ndof", "dxy", "dxySig", "d3d", "d3dSig", "cosThetaSVPV")


@plugin
class ParticleTransformerAK4TagInfoProducer(EDProducer):
    """Features of each jet's candidates and of the secondary vertices in it, for ParticleTransformerAK4.

    One record per jet of `jets`, in their order, with

    - ``jet``: the jet's index, and ``is_filled``: false, and nothing else filled, for jets out of acceptance and in
      events without a primary vertex;
    - ``cpf`` (var * 16), ``npf`` (var * 8), ``sv`` (var * 14): features of charged candidates, neutral candidates and
      secondary vertices, the most telling first; columns as in `features.FEATURES`;
    - ``cpf_p4``, ``npf_p4``, ``sv_p4`` (var * 4): their px, py, pz, E in GeV.

    Source: CMSSW's plugin of this name, for jets of reco::PFCandidate. The defaults are those that CMSSW's
    configuration sets for PUPPI jets. `vtx_ass` is the candidates' ``pvAssociation`` as it is.
    """

    cfi = "RecoBTag/FeatureTools/pfParticleTransformerAK4TagInfos"

    class Parameters(param.ParameterSet):
        jets: param.InputTag = param.inputTag("ak4PFJetsPuppi", doc="jets, with indices of their constituents")
        candidates: param.InputTag = param.inputTag("particleFlow", doc="what the jets' constituents point to")
        puppi_value_map: param.InputTag = param.inputTag("puppi", doc="PUPPI weight of each candidate")
        vertices: param.InputTag = param.inputTag("offlinePrimaryVertices", doc="primary vertices, best first")
        secondary_vertices: param.InputTag = param.inputTag(
            "inclusiveCandidateSecondaryVertices", doc="vertices of decays"
        )
        jet_radius: float = param.double(0.4, doc="secondary vertices within this of a jet's axis belong to it")
        min_jet_pt: float = param.double(15.0, doc="jets below are not filled (GeV)")
        max_jet_eta: float = param.double(2.5, doc="jets beyond are not filled")
        min_candidate_pt: float = param.double(0.95, doc="candidates below are left out (GeV)")
        is_weighted_jet: bool = param.bool(True, doc="candidates entered the jets with their PUPPI weight")
        flip: bool = param.bool(False, doc="turn the sign of impact parameters and flight (negative tagger)")

    def declare(self, p):
        self.jets = self.consumes(p.jets)
        self.candidates = self.consumes(p.candidates)
        self.puppi = self.consumes(p.puppi_value_map)
        self.vertices = self.consumes(p.vertices)
        self.secondary_vertices = self.consumes(p.secondary_vertices)
        self.tag_infos = self.produces("recoParticleTransformerAK4TagInfos")

    def produce(self, event, setup):
        jets = event.get(self.jets)
        columns = Columns.of(jets, MOMENTUM_FIELDS)
        axis = Momentum.of(*(columns.fields[name] for name in MOMENTUM_FIELDS))
        vertex_error = first_vertex_errors(event.get(self.vertices))[columns.event()]
        filled = (axis.pt >= self.parameters.min_jet_pt) & (np.abs(axis.eta) <= self.parameters.max_jet_eta)
        filled &= np.isfinite(vertex_error[:, 0])

        candidates = self.constituents(event, jets, columns, filled)
        vertices = Columns.of(event.get(self.secondary_vertices), VERTEX_FIELDS)
        vertex = Momentum.of(*(vertices.fields[name] for name in MOMENTUM_FIELDS))
        drminsv = smallest_delta_r(candidates.momentum, columns.event()[candidates.jet], vertex, vertices.offsets)

        charged = np.isin(np.abs(candidates.fields["pdgId"]), CHARGED)
        kinds = {
            "cpf": self.charged(candidates.take(charged), drminsv[charged], axis, vertex_error),
            "npf": self.neutral(candidates.take(~charged), drminsv[~charged], axis),
            "sv": self.decays(vertices, vertex, axis, columns.event(), filled),
        }
        record = {"jet": ak.to_layout(columns.index().astype(np.int32)), "is_filled": ak.to_layout(filled)}
        for name, (jet, features, momentum, order) in kinds.items():
            counts = np.bincount(jet, minlength=len(filled))
            record[name] = nested(features[order], counts).layout
            record[f"{name}_p4"] = nested(momentum.columns()[order], counts).layout
        records = ak.contents.RecordArray(list(record.values()), list(record))
        event.put(self.tag_infos, nested(records, np.diff(columns.offsets)))

    def constituents(self, event, jets: ak.Array, columns: Columns, filled: npt.NDArray[np.bool_]) -> Candidates:
        """The constituents of the filled jets above threshold."""
        candidates = Columns.of(event.get(self.candidates), CANDIDATE_FIELDS)
        weight_offsets, weights = flat(event.get(self.puppi).layout)
        if not np.array_equal(weight_offsets, candidates.offsets):
            weights_tag, tag = self.parameters.puppi_value_map, self.parameters.candidates
            raise LogicError(f"{weights_tag} has not one weight per candidate of {tag}; make both of the same input")
        offsets, place = flat(flat(jets.layout)[1]["constituents"])
        jet = np.repeat(np.arange(len(filled)), np.diff(offsets))
        where = candidates.offsets[columns.event()[jet]] + values(place)
        chosen = filled[jet] & (candidates.fields["pt"][where] >= self.parameters.min_candidate_pt)
        jet, where = jet[chosen], where[chosen]
        fields = {name: values[where] for name, values in candidates.fields.items()}
        momentum = Momentum.of(fields["pt"], fields["eta"], fields["phi"], masses(fields["pdgId"]))
        return Candidates(jet, momentum, values(weights)[where].astype(np.float64), fields)

    def share(self, candidates: Candidates, axis: Momentum) -> Floats:
        """Each candidate's share of its jet's pt."""
        weight = candidates.puppi if self.parameters.is_weighted_jet else 1.0
        return candidates.momentum.pt * weight / axis.pt[candidates.jet]

    def charged(self, candidates: Candidates, drminsv: Floats, axis: Momentum, vertex_error: Floats):
        """Jet, features, momenta and order: by significance of the transverse impact parameter."""
        jet, momentum, puppi, fields = candidates
        impact = (fields[name] for name in ("d0", "d0Err", "dz", "dzErr"))
        info = track_info(momentum, *impact, axis.take(jet), vertex_error[jet])
        tracks = (fields[name] for name in ("pvAssociation", "normalizedChi2", "trackQuality"))
        radius, flip = self.parameters.jet_radius, self.parameters.flip
        features = charged_features(info, self.share(candidates, axis), drminsv, radius, puppi, *tracks, flip)
        return jet, features, momentum, sorted_within(jet, info.sip2d_sig, -drminsv, momentum.pt)

    def neutral(self, candidates: Candidates, drminsv: Floats, axis: Momentum):
        """Jet, features, momenta and order: by distance to the next secondary vertex."""
        jet, momentum, puppi, fields = candidates
        kind = fields["pdgId"], fields["hcalFraction"]
        radius, share = self.parameters.jet_radius, self.share(candidates, axis)
        features = neutral_features(momentum, axis.take(jet), *kind, share, drminsv, radius, puppi)
        return jet, features, momentum, sorted_within(jet, -drminsv, momentum.pt)

    def decays(self, vertices: Columns, vertex: Momentum, axis: Momentum, event: Ints, filled: npt.NDArray[np.bool_]):
        """Jet, features, momenta and order: by significance of the transverse flight distance."""
        counts = np.where(filled, np.diff(vertices.offsets)[event], 0)
        jet = np.repeat(np.arange(len(filled)), counts)
        place = np.arange(len(jet)) - np.repeat(np.cumsum(counts) - counts, counts)
        where = vertices.offsets[event[jet]] + place
        inside = delta_r(vertex.take(where), axis.take(jet)) <= self.parameters.jet_radius
        jet, where = jet[inside], where[inside]
        fields = {name: values[where] for name, values in vertices.fields.items()}
        features = vertex_features(vertex.take(where), axis.take(jet), fields, self.parameters.flip)
        return jet, features, vertex.take(where), sorted_within(jet, fields["dxySig"])


class Candidates(NamedTuple):
    """Selected constituents of all jets, jet by jet."""

    jet: Ints
    momentum: Momentum
    puppi: Floats
    fields: dict[str, npt.NDArray]

    def take(self, chosen: npt.NDArray[np.bool_]) -> Candidates:
        """Those marked in `chosen`."""
        where = np.flatnonzero(chosen)
        fields = {name: values[where] for name, values in self.fields.items()}
        return Candidates(self.jet[where], self.momentum.take(where), self.puppi[where], fields)


def first_vertex_errors(vertices: ak.Array) -> Floats:
    """xErr, yErr, zErr of each event's first primary vertex, [events, 3]; NaN for events without one."""
    columns = Columns.of(vertices, ("xErr", "yErr", "zErr"))
    errors = np.full((len(vertices), 3), np.nan)
    some = np.diff(columns.offsets) > 0
    errors[some] = np.stack([x[columns.offsets[:-1][some]] for x in columns.fields.values()], axis=1)
    return errors
