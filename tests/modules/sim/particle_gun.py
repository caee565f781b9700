"""Simulated particles made by hand, and the detector's modules run on them one after the other."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework.testing import TestProcessor


def group(n, pt, eta, phi, pdg_id, x=0.0, y=0.0, z=0.0):
    """`n` particles; scalars are repeated."""
    columns = {"pt": pt, "eta": eta, "phi": phi, "pdgId": pdg_id, "x": x, "y": y, "z": z}
    types = {"pdgId": "i4"}
    return {name: np.broadcast_to(np.asarray(value, types.get(name, "f4")), n) for name, value in columns.items()}


def soft_interaction(rng, z, n=40):
    """Charged pions of one soft interaction at (0, 0, z)."""
    angles = rng.uniform(-2.4, 2.4, n), rng.uniform(-np.pi, np.pi, n)
    return group(n, 0.2 + rng.exponential(0.6, n), *angles, rng.choice([211, -211], n), z=z)


def as_events(events):
    """Events, each a list of groups, as an array of particles."""
    return ak.Array(
        [ak.zip({name: np.concatenate([part[name] for part in event]) for name in event[0]}) for event in events]
    )


def simulate(particles, seed=1, ids=None):
    """Products of the whole light detector by input tag."""
    products = {"mix": particles}
    for module, label in (
        ("LightTrackProducer", "generalTracks"),
        ("PrimaryVertexProducer", "offlinePrimaryVertices"),
        ("LightParticleFlowProducer", "particleFlow"),
        ("InclusiveVertexFinder", "inclusiveCandidateSecondaryVertices"),
    ):
        made = TestProcessor(module, label=label).run(products, ids=ids, seed=seed).products
        products |= {f"{label}:{instance}".rstrip(":"): array for instance, array in made.items()}
    return products
