"""RandomNumberGeneratorService: numbers that depend on the event, not on how the job is run."""

from __future__ import annotations

import zlib

import attrs
import numpy as np

from ..event.ids import EventIDs


@attrs.frozen
class RandomNumbers:
    """The random numbers of one module.

    Attributes
    ----------
    seed : int
        ``initialSeed`` of the module's PSet in the RandomNumberGeneratorService.
    label : str
        The module's label.

    Notes
    -----
    Each event has a stream of Philox numbers (Salmon et al., SC'11), a counter-based generator: the key is the seed
    and the label, the upper three words of the counter are run, luminosity block and event.
    """

    seed: int
    label: str

    def generators(self, ids: EventIDs) -> list[np.random.Generator]:
        """One generator per event of `ids`."""
        key = np.array([self.seed, zlib.crc32(self.label.encode())], dtype=np.uint64)
        counters = np.zeros((len(ids), 4), dtype=np.uint64)
        counters[:, 1], counters[:, 2], counters[:, 3] = ids.event, ids.lumi, ids.run
        return [np.random.Generator(np.random.Philox(key=key, counter=counter)) for counter in counters]
