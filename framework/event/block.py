"""The unit of work: consecutive events of one luminosity block."""

from __future__ import annotations

import attrs

from ..eventsetup.setup import EventSetup
from .branch import BranchDescription
from .ids import EventIDs
from .principal import Principal
from .store import LazyProduct, ProductStore

NO_CONDITIONS = EventSetup()


@attrs.define(eq=False)
class EventBlock:
    """N consecutive events of one luminosity block and their products.

    Attributes
    ----------
    ids : EventIDs
        Which events, N of them.
    index : int
        The block's place in the job, from 0; the order of blocks is the order of events in the input.
    first_record : int
        How many events the job read before this block.
    products : ProductStore
        What the source and the modules made of them.
    luminosity_block : Principal or None
        The luminosity block, if the source has anything to tell of it; a block without events stands for one that
        has none. Consecutive blocks of a luminosity block share the object.
    setup : EventSetup
        The conditions of its luminosity block; without records in a job that has none.
    """

    ids: EventIDs
    index: int
    first_record: int
    products: ProductStore
    luminosity_block: Principal | None = None
    setup: EventSetup = NO_CONDITIONS

    @classmethod
    def make(
        cls,
        ids: EventIDs,
        index: int = 0,
        first_record: int = 0,
        lazy: dict[BranchDescription, LazyProduct] | None = None,
        luminosity_block: Principal | None = None,
    ) -> EventBlock:
        """A block of the events `ids` with the products that a source can read."""
        return cls(ids, index, first_record, ProductStore(len(ids), lazy), luminosity_block)

    @property
    def principal(self) -> Principal:
        """The luminosity block, with an empty one in place of none."""
        if self.luminosity_block is None:
            self.luminosity_block = Principal.of_lumi(Principal.of_run(int(self.ids.run[0])), int(self.ids.lumi[0]))
        return self.luminosity_block

    def __len__(self) -> int:
        return len(self.ids)
