"""What one module sees of a run or luminosity block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InsertFailure, LogicError, ProductNotFound
from .branch import BranchDescription
from .principal import Principal, one_entry

if TYPE_CHECKING:
    from ..module import ConsumesToken, Moment, ProducesToken

_FIRST = np.zeros(1, dtype=np.int64)


class TransitionView:
    """A run or luminosity block, as one module sees it at one moment.

    Products are single values: what was put, not an array of one.

    Parameters
    ----------
    principal : Principal
        The run or luminosity block.
    inputs : mapping
        For each token the module may read, the branches that answer it, best first.
    outputs : mapping
        For each token the module must put, its branch.
    moment : str or None
        Which products may be put now; None if none may.
    """

    def __init__(
        self,
        principal: Principal,
        inputs: Mapping[ConsumesToken, Sequence[BranchDescription]],
        outputs: Mapping[ProducesToken, BranchDescription],
        moment: Moment | None = None,
    ) -> None:
        self.principal = principal
        self._inputs = inputs
        self._outputs = outputs
        self._moment = moment
        self._put: dict[BranchDescription, Any] = {}

    @property
    def run(self) -> int:
        """The run's number."""
        return self.principal.run

    @property
    def luminosityBlock(self) -> int:
        """The luminosity block's number; 0 for a run."""
        return self.principal.lumi

    def exists(self, token: ConsumesToken) -> bool:
        """Whether there is such a product (yet)."""
        return self._find(token) is not None

    def get(self, token: ConsumesToken) -> Any:
        """The product; in a luminosity block, a token with level ``"Run"`` reads the run's.

        Raises
        ------
        ProductNotFound
            There is none, or it is made only later.
        LogicError
            `token` was not made by ``consumes`` of this module.
        """
        array = self._find(token)
        if array is None:
            tag = token.tag
            raise ProductNotFound(
                "Principal::getByToken: Found zero products matching all criteria\n"
                f"Looking for module label: {tag.label}\nLooking for productInstanceName: {tag.instance}\n"
                f"In the {token.level} {self.principal}: no module has put it so far, and the input has none"
            )
        return array[0]

    def put(self, token: ProducesToken, value: Any) -> None:
        """Give a product: one value, which may be a number, text, list, dict, or an array."""
        branch = self._outputs.get(token)
        if branch is None or token.moment != self._moment:
            raise InsertFailure(
                "A product was put that this module's produces() did not declare for this moment"
                + (f" ({self._moment})" if self._moment else ": streams put none; see globalBeginRun and its siblings")
            )
        if branch in self._put:
            raise InsertFailure(f"The product {branch.name} was put twice")
        self._put[branch] = one_entry(value)

    def commit(self) -> None:
        """Hand what was put over.

        Raises
        ------
        InsertFailure
            A product declared for this moment was not put.
        """
        for token, branch in self._outputs.items():
            if token.moment == self._moment and branch not in self._put:
                raise InsertFailure(f"The product {branch.name} is declared for {self._moment} but was not put")
        for branch, array in self._put.items():
            self.principal.products.put(branch, _FIRST, array)

    def _find(self, token: ConsumesToken) -> Any | None:
        if token not in self._inputs:
            raise LogicError("A product was asked for with a token that this module's consumes() did not make")
        own = "LuminosityBlock" if self.principal.parent is not None else "Run"
        holder = self.principal if token.level == own else self.principal.parent
        if holder is None or token.level == "Event":
            raise LogicError(f"{token.tag} belongs to the {token.level}; it can't be read from the {own}")
        for branch in self._inputs[token]:
            array, _ = holder.products.get(branch, _FIRST)
            if array is not None:
                return array
        return None
