"""What is told from what, and by which ratio of scores."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from ..toy_jets import CLASSES
from .style import CLASS_NAMES

HADRONS = ("b", "charm", "light", "gluon")
TAUS = ("taup", "taum")
LIGHT = ("light", "gluon")


@attrs.frozen
class Discriminant:
    """Jets of some classes against jets of others, by the scores of the former over those of both.

    Attributes
    ----------
    signal, background : tuple of str
        Classes.
    required : float or None
        The area under the ROC curve that is asked of the default model.
    name : str
        Like "b_vs_light"; classes are joined by "_", unless there is an alias for either.
    title : str
        The same for a plot's legend.
    """

    signal: tuple[str, ...]
    background: tuple[str, ...]
    required: float | None = None
    alias: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        return f"{self.names[0]}_vs_{self.names[1]}"

    @property
    def names(self) -> tuple[str, str]:
        return self.alias or ("_".join(self.signal), "_".join(self.background))

    @property
    def title(self) -> str:
        return f"{_title(self.signal)} vs {_title(self.background)}"

    def __call__(self, scores: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Of scores (jets, 8); one half where all that count are zero."""
        up, down = (scores[:, indices(x)].sum(axis=1, dtype=np.float64) for x in (self.signal, self.background))
        total = up + down
        return np.divide(up, total, out=np.full(len(total), 0.5), where=total > 0)

    def split(
        self, scores: npt.NDArray[np.floating], label: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The discriminant of the signal jets, and of the background jets."""
        x = self(scores)
        return x[np.isin(label, indices(self.signal))], x[np.isin(label, indices(self.background))]


def indices(classes: Sequence[str]) -> list[int]:
    """Columns of the scores."""
    return [CLASSES.index(name) for name in classes]


def _title(classes: Sequence[str]) -> str:
    if set(classes) == set(TAUS):
        return r"$\tau$"
    if len(classes) == len(CLASSES) - 1:
        return "rest"
    return "+".join(CLASS_NAMES[name] for name in classes)


def against_rest(name: str, required: float | None = None) -> Discriminant:
    """One class against all others."""
    return Discriminant((name,), tuple(x for x in CLASSES if x != name), required, (name, "rest"))


ONE_VS_REST = tuple(against_rest(name, 0.99 if name in ("muon", "electron") else None) for name in CLASSES)
B_VS_LIGHT = Discriminant(("b",), ("light",), 0.90)
B_VS_UDSG = Discriminant(("b",), LIGHT)
TAU_VS_UDSG = Discriminant(TAUS, LIGHT, 0.93, ("tau", "light_gluon"))
TAU_CHARGE = Discriminant(("taup",), ("taum",), 0.90)
LIGHT_VS_GLUON = Discriminant(("light",), ("gluon",), 0.72)

#: What a trigger or an analysis is likely to ask.
MAIN = (
    B_VS_LIGHT,
    B_VS_UDSG,
    Discriminant(("b",), ("charm",)),
    Discriminant(("charm",), LIGHT),
    LIGHT_VS_GLUON,
    TAU_VS_UDSG,
    TAU_CHARGE,
)
#: The table of figures of a model.
TABLE = (*MAIN, *(x for x in ONE_VS_REST if x.signal[0] in ("muon", "electron")))
