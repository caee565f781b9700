"""Random events that try every corner of the seeded-cone algorithm."""

from __future__ import annotations

import numpy as np

from pyrun.modules.l1t.words import PT, PuppiFields, pack_puppi

CONE_LIMITS = (8384, 33600)  # squared radii of 0.4 and 0.8


def events(kind: str, n_events: int, seed: int = 1):
    """Words and offsets of events of one of the kinds in `KINDS`."""
    rng = np.random.default_rng([seed, *kind.encode()])
    counts, columns = KINDS[kind](rng, n_events)
    fields = {"id": rng.integers(0, 8, counts.sum()), "em_id": rng.integers(0, 64, counts.sum()), **columns}
    return pack_puppi(PuppiFields.of(**fields)), np.concatenate([[0], np.cumsum(counts)])


def _pileup(rng, n_events):
    """What pile-up looks like: many soft candidates, the hardest first, at most 128, and some jets among them."""
    counts = rng.integers(60, 129, n_events)
    n = counts.sum()
    event = np.repeat(np.arange(n_events), counts)
    in_jet = rng.random(n) < 0.3
    axis = 4 * event + rng.integers(0, 4, n)
    axis_eta, axis_phi = rng.integers(-500, 501, 4 * n_events), rng.integers(-720, 721, 4 * n_events)
    scatter = np.rint(rng.normal(0, 35, (2, n))).astype(int)
    eta = np.where(in_jet, axis_eta[axis] + scatter[0], rng.integers(-550, 551, n))
    phi = np.where(in_jet, axis_phi[axis] + scatter[1], rng.integers(-720, 721, n))
    pt = 4 + rng.exponential(np.where(in_jet, 40, 8)).astype(int)
    order = np.lexsort((-pt, event))
    return counts, {"pt": pt[order], "eta": eta[order], "phi": (phi[order] + 720) % 1440 - 720}


def _uniform(rng, counts, pt, eta=600, phi=720):
    n = counts.sum()
    return counts, {"pt": pt(n), "eta": rng.integers(-eta, eta + 1, n), "phi": rng.integers(-phi, phi + 1, n)}


def _any_order(rng, n_events):
    return _uniform(rng, rng.integers(0, 129, n_events), lambda n: rng.exponential(30, n).astype(int))


def _ties(rng, n_events):
    return _uniform(rng, rng.integers(1, 129, n_events), lambda n: rng.choice([8, 9, 40, 40], n), eta=200)


def _phi_ends(rng, n_events):
    counts, columns = _uniform(rng, rng.integers(1, 129, n_events), lambda n: rng.exponential(60, n).astype(int), 90)
    near = rng.choice([-720, 720], counts.sum()) + rng.integers(-70, 71, counts.sum())
    columns["phi"] = np.clip(near, -720, 720)
    return counts, columns


def _all_bits(rng, n_events):
    """Any pt, eta and phi that a word can hold, also those beyond pi."""
    n = rng.integers(0, 129, n_events)
    return _uniform(rng, n, lambda k: rng.integers(0, PT.highest + 1, k), 2047, 1023)


def _saturation(rng, n_events):
    counts = rng.integers(1, 129, n_events)
    return _uniform(rng, counts, lambda n: rng.choice([1, 4000, 12000, 16382, 16383], n), 90, 90)


def _soft(rng, n_events):
    """Jets of 0 to some GeV, where the table of 1/pt overflows."""
    return _uniform(rng, rng.integers(1, 20, n_events), lambda n: rng.integers(0, 18, n), 150, 150)


def _few(rng, n_events):
    """0, 1 or 2 candidates."""
    return _uniform(rng, rng.integers(0, 3, n_events), lambda n: rng.exponential(100, n).astype(int), 100, 720)


def _full(rng, n_events):
    """128 candidates, and more."""
    counts = rng.choice([128, 128, 129, 400], n_events)
    return _uniform(rng, counts, lambda n: rng.exponential(15, n).astype(int))


def _one_cone(rng, n_events):
    """More members than the mass takes, with ties."""
    return _uniform(rng, rng.integers(30, 129, n_events), lambda n: rng.exponential(8, n).astype(int), 40, 40)


def _edge(rng, n_events):
    """Candidates at, just inside and just outside the radius."""
    steps = np.arange(-200, 201)
    eta, phi = np.meshgrid(steps, steps)
    squared = eta**2 + phi**2
    close = np.min([np.abs(squared - limit) for limit in CONE_LIMITS], axis=0) <= 33
    eta, phi = eta[close], phi[close]
    counts = rng.integers(2, 40, n_events)
    chosen = rng.integers(0, len(eta), counts.sum())
    first = np.cumsum(counts) - counts
    seed_phi = np.repeat(rng.integers(-720, 721, n_events), counts)
    pt, eta, phi = rng.integers(1, 4, counts.sum()), eta[chosen], phi[chosen]
    pt[first], eta[first], phi[first] = 100, 0, 0
    return counts, {"pt": pt, "eta": eta, "phi": (phi + seed_phi + 720) % 1440 - 720}


KINDS = {
    "pileup": _pileup,
    "any order": _any_order,
    "ties": _ties,
    "phi ends": _phi_ends,
    "all bits": _all_bits,
    "saturation": _saturation,
    "soft": _soft,
    "few": _few,
    "full": _full,
    "one cone": _one_cone,
    "edge": _edge,
}
