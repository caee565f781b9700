"""Jets for tests of trigger seeds, as events of (pt in 1/32 GeV, eta in pi/4096, eight scores in 1/128)."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.modules.l1t.words import GTJetFields, pack_gt_jet

CLASSES = ["b", "c", "uds", "g", "tau_p", "tau_n", "mu", "e"]
SOURCE = "l1tSC4NGJetProducer:l1tSC4NGJets"


def jet(pt, eta=0, **scores):
    """A jet; scores by class, in steps of 1/128."""
    assert set(scores) <= set(CLASSES)
    return int(pt), int(eta), [scores.get(name, 0) for name in CLASSES]


def product(events):
    """The product of these events."""
    jets = [one for event in events for one in event]
    words = pack_gt_jet(
        GTJetFields.of(
            pt=[pt for pt, _, _ in jets],
            eta=[eta for _, eta, _ in jets],
            valid=[1] * len(jets),
            scores=np.array([scores for _, _, scores in jets], dtype=np.int64).reshape(-1, 8),
        )
    )
    columns = {f"encodedJetGT{half}": words[:, half] for half in (0, 1)}
    return ak.unflatten(ak.zip(columns), [len(event) for event in events])


def random_events(seed, number, jets=6, highest=40):
    """Events of up to so many jets with few different values, so that equalities and edges are frequent."""
    rng = np.random.default_rng(seed)
    return [
        [
            (int(pt), int(eta), scores.tolist())
            for pt, eta, scores in zip(
                rng.integers(0, highest, n) * 32,
                rng.integers(-4, 5, n) * 1000,
                rng.integers(0, 6, (n, 8)) * 11,
                strict=True,
            )
        ]
        for n in rng.integers(0, jets + 1, number)
    ]
