"""What is asked of the event setup: names of data, and the right to read them."""

from __future__ import annotations

from typing import Literal

import attrs

Moment = Literal["Event", "BeginRun", "EndRun", "BeginLuminosityBlock", "EndLuminosityBlock", "ESProducer"]
"""When data are read; ``ESProducer`` while other conditions data are made."""


@attrs.frozen(order=True)
class DataKey:
    """What one record may hold once: data of a type, told apart by a label."""

    type: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.type}/{self.label!r}"


@attrs.frozen
class ESInputTag:
    """Which ES module data must come from, and the label of the data; an empty module stands for any."""

    module: str = ""
    data: str = ""

    @classmethod
    def parse(cls, text: str) -> ESInputTag:
        """Make a tag from ``"module:data"``; an empty text is the tag for anything with an empty label."""
        parts = text.split(":") if text else ["", ""]
        if len(parts) != 2:
            raise ValueError(f"{text!r} is not a valid ESInputTag: it needs exactly one colon, 'module:data'")
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.module}:{self.data}"


@attrs.frozen(eq=False)
class ESToken:
    """The right to read some conditions data at one moment; made by ``esConsumes``.

    Attributes
    ----------
    record : str
        The record's name.
    key : DataKey
        Which of its data.
    module : str
        The ES module that must deliver it; empty for any.
    moment : str
        When it may be read.
    """

    record: str
    key: DataKey
    module: str = ""
    moment: Moment = "Event"


def make_token(
    type: str, record: str, label: str = "", tag: ESInputTag | str | None = None, moment: Moment = "Event"
) -> ESToken:
    """A token from the arguments of ``esConsumes``: the label is given as such, or in a tag."""
    if tag is None:
        return ESToken(record, DataKey(type, label), "", moment)
    if label:
        raise ValueError(f"esConsumes: give a label or a tag, not both (label {label!r}, tag {tag!r})")
    tag = ESInputTag.parse(tag) if isinstance(tag, str) else tag
    return ESToken(record, DataKey(type, tag.data), tag.module, moment)
