"""The values of taggers as fields of jets."""

from __future__ import annotations

from collections.abc import Sequence

import awkward as ak

from pyrun.framework import InputTag
from pyrun.framework.errors import Configuration


def field_name(tag: InputTag, postfix: str = "") -> str:
    """The field for a discriminator: ``label_instance``, the label without `postfix`; without instance ``label``."""
    label = tag.label.removesuffix(postfix)
    return f"{label}_{tag.instance}" if tag.instance else label


def discriminator_columns(
    jets: ak.Array, tags: Sequence[InputTag], values: Sequence[ak.Array], postfix: str = ""
) -> dict[str, ak.Array]:
    """One column per tagger, named by `field_name` and checked to have one value per jet.

    Raises
    ------
    Configuration
        A tagger ran on other jets.
    """
    counts = ak.num(jets, axis=1)
    for tag, array in zip(tags, values, strict=True):
        if not ak.all(ak.num(array, axis=1) == counts):
            raise Configuration(
                f"The discriminator {tag} has {ak.sum(ak.num(array, axis=1))} values for {ak.sum(counts)} jets; "
                "it must be made from the same jets as it is added to"
            )
    return {field_name(tag, postfix): array for tag, array in zip(tags, values, strict=True)}
