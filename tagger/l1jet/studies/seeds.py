"""Seeds as data/l1_working_points.json writes them, applied to samples by the trigger's own filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor

from .samples import TAGGED, Sample

FILTERS = {
    "l1tJetLegsFilter": "L1TJetLegsFilter",
    "l1tJetPairFilter": "L1TJetPairFilter",
    "l1tJetSumsFilter": "L1TJetSumsFilter",
}

Seed = Mapping[str, Any]
Mask = npt.NDArray[np.bool_]


def accepted(seed: Seed, sample: Sample, menu: Mapping[str, Seed] | None = None) -> Mask:
    """Which events pass a seed, before any prescale.

    Parameters
    ----------
    seed : mapping
        With ``conditions``, which must all hold, or ``any``, names of seeds of the menu of which one must.
    sample : Sample
    menu : mapping of str to seed

    Raises
    ------
    Configuration
        There is no such filter, seed or parameter.
    """
    if "any" in seed:
        missing = [name for name in seed["any"] if name not in (menu or {})]
        if missing:
            raise Configuration(f"The menu has no seed {', '.join(missing)}")
        return np.logical_or.reduce([accepted(menu[name], sample, menu) for name in seed["any"]])
    return np.logical_and.reduce([_passed(condition, sample) for condition in seed["conditions"]])


def _passed(condition: Mapping[str, Any], sample: Sample) -> Mask:
    parameters = dict(condition)
    kind, src = parameters.pop("filter", None), parameters.setdefault("src", TAGGED)
    if kind not in FILTERS or src not in sample.products:
        known = f"the filters {', '.join(FILTERS)} and the jets {', '.join(sample.products)}"
        raise Configuration(f"There is no filter {kind!r} for the jets {src!r}; there are {known}.")
    return TestProcessor(FILTERS[kind], **parameters).run({src: sample.products[src]}).passed
