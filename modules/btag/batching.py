"""Jets of any size into rectangular batches for a network.

A jet's place in a batch must not change its scores by a single bit, whatever other jets are there; so the padded
shape depends on the jet alone: it is the first of `SHAPES` that holds the jet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import awkward as ak
import numpy as np
import numpy.typing as npt

from pyrun.modules.columns import flat, values

from .features import CAPS, FEATURES

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

SHAPES = np.array([(4, 4, 1), (8, 8, 2), (12, 12, 3), (16, 16, 4), tuple(CAPS.values())])
"""Numbers of charged candidates, neutral candidates and secondary vertices that jets are padded to."""

MULTIPLE = 16
"""The network is given a multiple of this number of jets, the last ones empty if need be.

onnxruntime computes logarithms and the like for as many numbers at a time as fit in a vector register (up to 16) and
the rest one by one, with another last bit now and then. Without a rest, a jet's scores don't depend on the batch."""


class Particles(NamedTuple):
    """Particles of one kind, of all jets; those of jet i are ``offsets[i]`` to ``offsets[i + 1]``."""

    offsets: Ints
    features: Floats
    p4: Floats

    def padded(self, jets: Ints, length: int) -> tuple[Floats, Floats]:
        """Features and momenta of the first `length` particles of these jets, with zeros: [jets, length, columns]."""
        place = np.arange(length)
        real = place < np.diff(self.offsets)[jets][:, None]
        where = (self.offsets[jets][:, None] + place)[real]
        return tuple(_scatter(real, columns[where]) for columns in (self.features, self.p4))


class JetInputs(NamedTuple):
    """What the network is told of some jets, kind by kind in the order of `FEATURES`."""

    kinds: tuple[Particles, ...]

    @classmethod
    def of(cls, records: ak.contents.Content) -> JetInputs:
        """From the records, one per jet, of ParticleTransformerAK4TagInfoProducer."""
        kinds = []
        for kind in FEATURES:
            offsets, features = flat(records[kind])
            kinds.append(Particles(offsets, values(features), values(flat(records[f"{kind}_p4"])[1])))
        return cls(tuple(kinds))

    def __len__(self) -> int:
        return len(self.kinds[0].offsets) - 1

    def shape_of(self) -> Ints:
        """For each jet, the index in `SHAPES` of the first one that holds it after the caps."""
        counts = np.stack([np.diff(kind.offsets) for kind in self.kinds], axis=1)
        too_large = np.minimum(counts, SHAPES[-1])[:, None, :] > SHAPES[None]
        return np.argmin(too_large.any(axis=2), axis=1)

    def batch(self, jets: Ints, shape: tuple[int, ...]) -> list[Floats]:
        """The network's six inputs for these jets, padded or cut to `shape`."""
        padded = [kind.padded(jets, length) for kind, length in zip(self.kinds, shape, strict=True)]
        return [features for features, _ in padded] + [p4 for _, p4 in padded]

    def batches(self, jets: Ints, size: int) -> Iterator[tuple[Ints, list[Floats]]]:
        """Go through `jets` in batches of one shape and at most `size`; yields the batch's jets and its inputs."""
        shape_of = self.shape_of()[jets]
        for index, shape in enumerate(SHAPES):
            mine = jets[shape_of == index]
            for start in range(0, len(mine), size):
                chosen = mine[start : start + size]
                yield chosen, self.batch(chosen, shape)


def _scatter(real: npt.NDArray[np.bool_], rows: Floats) -> Floats:
    padded = np.zeros((*real.shape, rows.shape[1]), dtype=np.float32)
    padded[real] = rows
    return padded
