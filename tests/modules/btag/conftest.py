"""Events made up for the taggers: random, but with the layout of real ones."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest


@pytest.fixture(scope="session")
def events() -> dict[str, ak.Array]:
    """Inputs of ParticleTransformerAK4TagInfoProducer for 120 events with 0 to 9 jets; a few have no primary vertex."""
    return make_events(np.random.default_rng(42), 120)


def make_events(rng: np.random.Generator, number: int) -> dict[str, ak.Array]:
    """Jets of 0 to 60 candidates each around random axes, in and out of acceptance."""
    jets_per_event = rng.integers(0, 10, number)
    size = rng.integers(0, 60, jets_per_event.sum())
    axis = {
        "pt": rng.exponential(40.0, len(size)) + 8.0,
        "eta": rng.uniform(-3.0, 3.0, len(size)),
        "phi": rng.uniform(-np.pi, np.pi, len(size)),
        "mass": rng.exponential(8.0, len(size)),
    }
    jets = {name: ak.unflatten(x.astype(np.float32), jets_per_event) for name, x in axis.items()}
    jet_of = np.repeat(np.arange(len(size)), size)
    candidates = make_candidates(rng, axis, jet_of)
    event_of = np.repeat(np.arange(number), jets_per_event)
    per_event = np.bincount(event_of, weights=size, minlength=number).astype(int)
    place = np.arange(len(jet_of)) - np.repeat(np.cumsum(per_event) - per_event, per_event)
    constituents = ak.unflatten(ak.unflatten(place.astype(np.int32), size), jets_per_event)
    return {
        "ak4PFJetsPuppi": ak.zip({**jets, "constituents": constituents}, depth_limit=2),
        "particleFlow": ak.zip({name: ak.unflatten(x, per_event) for name, x in candidates.items()}),
        "puppi": ak.unflatten(rng.uniform(0, 1, len(jet_of)).astype(np.float32), per_event),
        "offlinePrimaryVertices": make_vertices(rng, rng.integers(0, 5, number)),
        "inclusiveCandidateSecondaryVertices": make_decays(rng, axis, event_of, number),
    }


def make_candidates(rng: np.random.Generator, axis: dict[str, np.ndarray], jet_of: np.ndarray) -> dict[str, np.ndarray]:
    n = len(jet_of)
    pdg_id = rng.choice([211, -211, 130, 22, 11, -13, 1, 2], n)
    charged = np.isin(np.abs(pdg_id), (211, 11, 13))
    floats = {
        "pt": rng.exponential(3.0, n) + 0.3,
        "eta": axis["eta"][jet_of] + rng.normal(0, 0.15, n),
        "phi": (axis["phi"][jet_of] + rng.normal(0, 0.15, n) + np.pi) % (2 * np.pi) - np.pi,
        "d0": np.where(charged, rng.standard_t(2, n) * 0.01, 0),
        "d0Err": np.where(charged, rng.uniform(0.001, 0.01, n), -1),
        "dz": np.where(charged, rng.standard_t(2, n) * 0.02, 0),
        "dzErr": np.where(charged, rng.uniform(0.001, 0.02, n), -1),
        "normalizedChi2": rng.exponential(1.0, n),
        "hcalFraction": rng.uniform(0, 1, n),
    }
    integers = {
        "pdgId": pdg_id.astype(np.int32),
        "pvAssociation": rng.choice([0, 1, 5, 6, 7], n).astype(np.uint8),
        "trackQuality": rng.integers(0, 2, n).astype(np.uint8),
    }
    return {name: x.astype(np.float32) for name, x in floats.items()} | integers


def make_vertices(rng: np.random.Generator, per_event: np.ndarray) -> ak.Array:
    errors = {name: rng.uniform(0.0005, 0.003, per_event.sum()) for name in ("xErr", "yErr", "zErr")}
    return ak.zip({name: ak.unflatten(x.astype(np.float32), per_event) for name, x in errors.items()})


def make_decays(rng: np.random.Generator, axis: dict[str, np.ndarray], event_of: np.ndarray, number: int) -> ak.Array:
    """Up to nine secondary vertices in or near each third jet."""
    jet = np.arange(len(event_of))
    jet_of = np.repeat(jet, rng.integers(0, 10, len(jet)) * (jet % 3 == 0))
    n = len(jet_of)
    floats = {
        "pt": rng.exponential(10.0, n) + 1.0,
        "eta": axis["eta"][jet_of] + rng.normal(0, 0.2, n),
        "phi": axis["phi"][jet_of] + rng.normal(0, 0.2, n),
        "mass": rng.exponential(1.5, n),
        "chi2": rng.exponential(2.0, n),
        "ndof": rng.integers(0, 5, n),
        "dxy": rng.exponential(0.3, n),
        "dxySig": rng.exponential(20.0, n),
        "d3d": rng.exponential(0.5, n),
        "d3dSig": rng.exponential(20.0, n),
        "cosThetaSVPV": rng.uniform(0.9, 1.0, n),
    }
    counts = np.bincount(event_of[jet_of], minlength=number)
    columns = {name: ak.unflatten(x.astype(np.float32), counts) for name, x in floats.items()}
    return ak.zip({**columns, "nTracks": ak.unflatten(rng.integers(2, 7, n).astype(np.int32), counts)})
