"""The values of taggers as fields of jets."""

from __future__ import annotations

from collections.abc import Sequence

import awkward as ak
import numpy as np

from pyrun.framework import InputTag
from pyrun.framework.errors import Configuration
from pyrun.modules.columns import Objects, flat


def field_name(tag: InputTag, postfix: str = "") -> str:
    """The field for a discriminator: ``label_instance``, the label without `postfix`; without instance ``label``."""
    label = tag.label.removesuffix(postfix)
    return f"{label}_{tag.instance}" if tag.instance else label


def discriminator_columns(
    jets: Objects, tags: Sequence[InputTag], values: Sequence[ak.Array], postfix: str = ""
) -> dict[str, ak.contents.Content]:
    """One column per tagger, named by `field_name` and checked to have one value per jet.

    Raises
    ------
    Configuration
        A tagger ran on other jets.
    """
    columns = {}
    for tag, array in zip(tags, values, strict=True):
        offsets, columns[field_name(tag, postfix)] = flat(ak.to_layout(array))
        if not np.array_equal(offsets, jets.offsets):
            raise Configuration(
                f"The discriminator {tag} has {offsets[-1]} values for {jets.offsets[-1]} jets; "
                "it must be made from the same jets as it is added to"
            )
    return columns
