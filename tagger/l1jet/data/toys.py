"""Toy jets in the place of an ntuple: to try the chain out where there is no simulation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pyrun.modules.l1t import words as w
from pyrun.modules.l1t.ng_inputs import tagger_inputs

from ..ntuple import RATIO_RANGE, Jets
from ..toy_jets import toy_jets

BLOCK = 20_000


class ToyNtuple:
    """`entries` toy jets, one an event; the attributes and `blocks` of `ntuple.Ntuple`."""

    scalars = ("event", "jet_pt_phys", "jet_eta_phys", "jet_genmatch_pt")
    name = "toy"

    def __init__(self, entries: int, quirks: str) -> None:
        self.path, self.entries, self._quirks = Path(f"toy:{entries}"), entries, quirks

    def blocks(self, columns: Sequence[str], step_size: int | str = "30 MB", ratio: float = 1.0) -> Iterator[Jets]:
        """All of them; `step_size` has no effect."""
        stop = int(np.ceil(ratio * self.entries))
        for start in range(0, stop, BLOCK):
            yield self._made(start, min(BLOCK, stop - start), columns)

    def _made(self, start: int, size: int, columns: Sequence[str]) -> Jets:
        jets = toy_jets(BLOCK, seed=1 + start // BLOCK)
        inputs = tagger_inputs(
            jets.words, np.arange(len(jets.words)), jets.offsets, jets.jet_words, self._quirks
        ).candidates.astype(np.float32)
        fields = w.unpack_ct_jet(jets.jet_words)
        pt = fields.pt * w.PT.lsb
        numbers = {
            "event": start + np.arange(BLOCK),
            "jet_pt_phys": pt.astype(np.float32),
            "jet_eta_phys": (fields.eta * np.pi / 720).astype(np.float32),
            "jet_genmatch_pt": (jets.pt_ratio * pt).astype(np.float32),
        }
        ratio = np.clip(jets.pt_ratio, *RATIO_RANGE).astype(np.float32)
        kept = {name: numbers[name][:size] for name in columns}
        return Jets(inputs[:size], jets.label[:size], ratio[:size], numbers["event"][:size], kept)
