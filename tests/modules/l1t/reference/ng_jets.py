"""Jets and candidates for tests of the tagger, ordinary ones and those at the ends of all ranges."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pyrun.modules.l1t import words as w


class Jets(NamedTuple):
    """As `ng_inputs.tagger_inputs` takes them."""

    words: np.ndarray
    constituents: np.ndarray
    offsets: np.ndarray
    jet_words: np.ndarray


def some_jets(n: int, seed: int = 1) -> Jets:
    """`n` jets with 0 to 128 constituents; a third of them of values anywhere in their fields."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(3, size=n)
    counts = rng.poisson(12, n)
    counts[rng.random(n) < 0.05] = 0
    counts[rng.random(n) < 0.05] = 1
    counts[rng.random(n) < 0.01] = 128
    offsets = np.concatenate([[0], np.cumsum(counts)])
    jet = np.repeat(np.arange(n), counts)
    total = len(jet)

    def anywhere(bits: int, size: int, *, signed: bool = False) -> np.ndarray:
        lowest = -(1 << (bits - 1)) if signed else 0
        values = rng.integers(lowest, lowest + (1 << bits), size)
        return np.where(rng.random(size) < 0.1, rng.choice([lowest, lowest + (1 << bits) - 1, 0, 1], size), values)

    wild = (kind == 0)[jet]
    # kind 1 sits at phi = +-pi
    jet_eta = np.where(kind == 0, anywhere(12, n, signed=True), rng.integers(-600, 600, n))
    at_pi = rng.choice([-1, 1], n) * rng.integers(640, 1024, n)
    jet_phi = np.where(kind == 0, anywhere(11, n, signed=True), np.where(kind == 1, at_pi, rng.integers(-720, 720, n)))
    near = jet_phi[jet] + rng.integers(-92, 92, total)
    ordinary = {
        "pt": np.minimum(1 + rng.exponential(20, total), 16383).astype(int),  # in steps: many of equal pt
        "eta": jet_eta[jet] + rng.integers(-92, 92, total),
        "phi": (near + 720) % 1440 - 720,
    }
    fields = w.PuppiFields.of(
        pt=np.where(wild, anywhere(14, total), ordinary["pt"]),
        eta=np.where(wild, anywhere(12, total, signed=True), ordinary["eta"]),
        phi=np.where(wild, anywhere(11, total, signed=True), ordinary["phi"]),
        id=rng.integers(8, size=total),
        z0=anywhere(10, total, signed=True),
        dxy=anywhere(8, total),
        quality=anywhere(3, total),
        weight=anywhere(9, total),
        em_id=anywhere(6, total),
    )
    pt = np.where(kind == 0, anywhere(14, n), w.PT.fit(np.bincount(jet, fields.pt, n).astype(int)))
    jets = w.CTJetFields.of(pt=pt, eta=jet_eta, phi=jet_phi, z0=anywhere(10, n, signed=True))
    order = rng.permutation(total)  # constituents are anywhere among an event's candidates
    words = np.empty(total, dtype=np.uint64)
    words[order] = w.pack_puppi(fields)
    return Jets(words, order, offsets, w.pack_ct_jet(jets))
