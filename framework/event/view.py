"""What one module sees of a block while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import InsertFailure, LogicError, ProductNotFound
from .block import EventBlock
from .branch import BranchDescription
from .store import Array, Indices, Mask, concatenate
from .transition_view import TransitionView

if TYPE_CHECKING:
    from ..module import ConsumesToken, ProducesToken
    from ..services.random_numbers import RandomNumbers


class EventView:
    """Some events of a block, as one module sees them.

    Products are arrays whose first axis is these events, in order. What is put is kept back until the module has
    finished without an error (`commit`).

    Parameters
    ----------
    block : EventBlock
        Where the events are.
    where : numpy.ndarray of int
        Their positions in the block, ascending.
    inputs : mapping
        For each token the module may read, the branches that answer it, best first.
    outputs : mapping
        For each token the module must put, its branch.
    random : RandomNumbers or None
        Makes the generators of `generators`.

    Attributes
    ----------
    made : dict
        What has been put, by branch.
    """

    def __init__(
        self,
        block: EventBlock,
        where: Indices,
        inputs: Mapping[ConsumesToken, Sequence[BranchDescription]],
        outputs: Mapping[ProducesToken, BranchDescription],
        random: RandomNumbers | None = None,
    ) -> None:
        self.block = block
        self.where = where
        self._inputs = inputs
        self._outputs = outputs
        self._random = random
        self.made: dict[BranchDescription, Array] = {}

    def __len__(self) -> int:
        return len(self.where)

    @property
    def run(self) -> npt.NDArray[np.uint32]:
        """Run number of each event."""
        return self.block.ids.run[self.where]

    @property
    def lumi(self) -> npt.NDArray[np.uint32]:
        """Luminosity block number of each event."""
        return self.block.ids.lumi[self.where]

    @property
    def id(self) -> npt.NDArray[np.uint64]:
        """Event number of each event."""
        return self.block.ids.event[self.where]

    def get(self, token: ConsumesToken) -> Array:
        """The product for all events of the view.

        Raises
        ------
        ProductNotFound
            If an event has no such product.
        LogicError
            If `token` was not made by ``consumes`` of this module.
        """
        branches = self._inputs.get(token, ())
        if len(branches) == 1:  # the usual case, without a mask of what there is
            array = self.block.products.get_all(branches[0], self.where)
            if array is not None:
                return array
        array, present = self.getHandle(token)
        if np.count_nonzero(present) < len(present):
            raise self._not_found(token, int(np.flatnonzero(~present)[0]))
        return array

    def exists(self, token: ConsumesToken) -> Mask:
        """For each event of the view, whether it has the product."""
        return self.getHandle(token)[1]

    def at(self, position: int) -> EventView:
        """The view of one event of this one."""
        where = self.where[position : position + 1]
        return EventView(self.block, where, self._inputs, self._outputs, self._random)

    def branch(self, token: ProducesToken) -> BranchDescription:
        """The branch of a product that the module declares."""
        return self._outputs[token]

    def getLuminosityBlock(self) -> TransitionView:
        """The luminosity block of all the view's events: its products, with tokens of that level or the run's."""
        return TransitionView(self.block.principal, self._inputs, {})

    def getRun(self) -> TransitionView:
        """The run of all the view's events: its products."""
        run = self.block.principal.parent
        assert run is not None
        return TransitionView(run, self._inputs, {})

    def put(self, token: ProducesToken, array: Array) -> None:
        """Give the product for all events of the view: one entry of `array` each."""
        branch = self._outputs.get(token)
        if branch is None or token.moment != "Event":
            raise InsertFailure("A product was put with a token that this module's produces() did not make for events")
        if len(array) != len(self):
            raise InsertFailure(
                f"The product {branch.name} was put with {len(array)} entries for {len(self)} events; "
                "a product has one entry per event of the view"
            )
        if branch in self.made:
            raise InsertFailure(f"The product {branch.name} was put twice")
        self.made[branch] = array

    def generators(self) -> list[np.random.Generator]:
        """One random number generator per event, which depends on nothing but the seed, the module and the event."""
        if self._random is None:
            raise LogicError(
                "The module asks for random numbers, but the process has no RandomNumberGeneratorService with a seed "
                "for it; add process.RandomNumberGeneratorService.<module label> = "
                "cms.PSet(initialSeed = cms.untracked.uint32(...))"
            )
        return self._random.generators(self.block.ids[self.where])

    def commit(self) -> None:
        """Hand what was put over to the block.

        Raises
        ------
        InsertFailure
            If a declared product was not put.
        """
        for token, branch in self._outputs.items():
            if branch not in self.made and token.moment == "Event":
                raise InsertFailure(f"The product {branch.name} is declared by produces() but was not put")
        if self.made and len(self):
            for branch, array in self.made.items():
                self.block.products.put(branch, self.where, array)

    def getHandle(self, token: ConsumesToken) -> tuple[Array | None, Mask]:
        """The product for those events of the view that have it.

        Returns
        -------
        array
            One entry for each event that has the product, in order; None if none has it.
        present : numpy.ndarray of bool
            Which events of the view these are.
        """
        if token not in self._inputs:
            raise LogicError("A product was asked for with a token that this module's consumes() did not make")
        branches = self._inputs[token]
        if len(branches) == 1:  # nothing to put together
            return self.block.products.get(branches[0], self.where)
        found = np.zeros(len(self), dtype=np.bool_)
        arrays: list[Array] = []
        places: list[Indices] = []
        for branch in branches:
            array, present = self.block.products.get(branch, self.where[~found])
            if array is not None:
                places.append(np.flatnonzero(~found)[present])
                arrays.append(array)
                found[places[-1]] = True
            if found.all():
                break
        if not arrays:
            return None, found
        array = concatenate(arrays)
        if len(arrays) > 1:
            array = array[np.argsort(np.concatenate(places), kind="stable")]
        return array, found

    def _not_found(self, token: ConsumesToken, first: int) -> ProductNotFound:
        tag = token.tag
        tried = ", ".join(branch.name for branch in self._inputs[token])
        return ProductNotFound(
            "Principal::getByToken: Found zero products matching all criteria\n"
            + (f"Looking for type: {token.type}\n" if token.type else "")
            + f"Looking for module label: {tag.label}\n"
            f"Looking for productInstanceName: {tag.instance}\n"
            + (f"Looking for process: {tag.process}\n" if tag.process else "")
            + f"First event without it: run {self.run[first]} lumi {self.lumi[first]} event {self.id[first]}\n"
            + (
                f"Its producer did not run for this event: {tried}"
                if tried
                else "No module of this job and no branch of the input makes it"
            )
        )
