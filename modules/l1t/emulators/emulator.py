"""What all emulators have in common: inputs and answers in the types of CMSSW's interface."""

from __future__ import annotations

import abc
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import ModelError

from ..ng_inputs import Floats
from ..words import FixedPoint

# what CMSSW takes from a model: scores as ap_ufixed<24,12,RND,SAT>, the correction of pt as ap_fixed<16,6>
SCORE_V1 = FixedPoint(24, 12, False, "RND", "SAT")
REGRESSION_V1 = FixedPoint(16, 6, True)
# and from version 2 on both as ap_fixed<64,32>, whose upper bits no answer uses
OUTPUT_V2 = FixedPoint(62, 30, True, "RND", "SAT")


class Answers(NamedTuple):
    """What the tagger says about each jet.

    Attributes
    ----------
    scores : numpy.ndarray, shape (jets, classes)
    ratio : numpy.ndarray, shape (jets,)
        True pt over the jet's.
    """

    scores: Floats
    ratio: Floats


class Emulator(abc.ABC):
    """One way to compute what the firmware of a model computes; all ways give the same bits.

    Parameters
    ----------
    quirks : str
        The version of CMSSW's interface that the model was made for; one of `ng_inputs.QUIRKS`.
    inputs, classes : int
        Numbers per jet that go in, and scores that come out.
    """

    #: as configurations name it
    name: str

    def __init__(self, quirks: str, inputs: int, classes: int) -> None:
        self.quirks, self.inputs, self.classes = quirks, inputs, classes
        self.score_type, self.regression_type = (
            (OUTPUT_V2, OUTPUT_V2) if quirks == "cmssw_v2" else (SCORE_V1, REGRESSION_V1)
        )

    def __call__(self, candidates: npt.ArrayLike, jets: npt.ArrayLike | None = None) -> Answers:
        """Scores and corrections of pt.

        Parameters
        ----------
        candidates : array of shape (jets, ...)
            `TaggerInputs.candidates`. Any number may stand in it: like the firmware's, the type of the inputs rounds
            to the nearest step and saturates.
        jets : array of shape (jets, 2), optional
            `TaggerInputs.jets`, for models that have this input.

        Raises
        ------
        ModelError
            The model has another number of inputs.
        """
        candidates = np.ascontiguousarray(candidates, dtype=np.float64)
        n = len(candidates)
        if candidates.size != n * self.inputs:
            raise ModelError(
                f"The model takes {self.inputs} numbers per jet, but gets {candidates.shape[1:]}. "
                "Give it the quirks and the number of particles that it was trained with."
            )
        answer = np.empty((n, self.classes + 1))
        if n:
            jets = np.zeros((n, 2)) if jets is None else np.ascontiguousarray(jets, dtype=np.float64)
            self.evaluate(candidates.reshape(n, self.inputs), jets, answer)
        return self.answers(answer)

    def answers(self, values: Floats) -> Answers:
        """Numbers of shape (jets, classes + 1) in the types of CMSSW's interface."""
        return Answers(_cast(values[:, :-1], self.score_type), _cast(values[:, -1], self.regression_type))

    @abc.abstractmethod
    def evaluate(self, candidates: Floats, jets: Floats, answer: Floats) -> None:
        """Fill `answer`, shape (jets, classes + 1): the scores, and then the correction of pt."""


def _cast(values: Floats, target: FixedPoint) -> Floats:
    return np.asarray(target.value(target.raw(values)))
