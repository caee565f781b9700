"""The values of taggers as fields of jets."""

from __future__ import annotations

from collections.abc import Sequence

import awkward as ak

from pyrun.framework import InputTag
from pyrun.framework.errors import Configuration


def field_name(tag: InputTag) -> str:
    """The field for a discriminator: ``label_instance``, or ``label`` if it has no instance."""
    return f"{tag.label}_{tag.instance}" if tag.instance else tag.label


def discriminator_columns(jets: ak.Array, tags: Sequence[InputTag], values: Sequence[ak.Array]) -> dict[str, ak.Array]:
    """One column per tagger, checked to have one value per jet.

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
    return {field_name(tag): array for tag, array in zip(tags, values, strict=True)}
