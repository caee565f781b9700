"""Names of products: tags that ask for one, branches that are one."""

from __future__ import annotations

from typing import Literal

import attrs

Level = Literal["Event", "LuminosityBlock", "Run"]
"""What a product belongs to."""

CURRENT_PROCESS = "@currentProcess"
SKIP_CURRENT_PROCESS = "@skipCurrentProcess"


@attrs.frozen(order=True)
class InputTag:
    """What a module asks for: the label, instance and process of a product.

    An empty process means the latest process that made such a product.
    """

    label: str
    instance: str = ""
    process: str = ""

    @classmethod
    def parse(cls, text: str) -> InputTag:
        """Make a tag from ``"label"``, ``"label:instance"`` or ``"label:instance:process"``."""
        parts = text.split(":")
        if len(parts) > 3:
            raise ValueError(f"{text!r} is not a valid InputTag: at most label:instance:process")
        return cls(*parts)

    def __str__(self) -> str:
        parts = [self.label, self.instance, self.process]
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        return ":".join(parts)


@attrs.frozen(order=True, cache_hash=True)
class BranchDescription:
    """One product of one module in one process, as it is called in files.

    `level` says whether events, luminosity blocks or runs have it.

    Examples
    --------
    >>> BranchDescription("patJets", "slimmedJets", "", "PAT").name
    'patJets_slimmedJets__PAT.'
    """

    type: str
    label: str
    instance: str
    process: str
    level: Level = "Event"

    @property
    def name(self) -> str:
        """The branch's name, ``type_label_instance_PROCESS.`` with the dot that CMS files have."""
        return f"{self.type}_{self.label}_{self.instance}_{self.process}."

    @classmethod
    def from_name(cls, name: str, level: Level = "Event") -> BranchDescription:
        """The inverse of `name`; the final dot may be missing."""
        parts = name.removesuffix(".").split("_")
        if len(parts) != 4:
            raise ValueError(f"{name!r} is not a branch name type_label_instance_PROCESS.")
        friendly_type, label, instance, process = parts
        return cls(friendly_type, label, instance, process, level)

    def matches(self, tag: InputTag) -> bool:
        """Whether `tag` asks for this product (a tag without process matches every process)."""
        return self.label == tag.label and self.instance == tag.instance and tag.process in ("", self.process)
