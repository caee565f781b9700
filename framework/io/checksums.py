"""Noticing flipped bits.

uproot writes RNTuple pages and TTree baskets without checksums, and ZSTD decodes many a damaged stream to
plausible numbers. So an event file carries a digest of the stored bytes of each field in each cluster.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Iterable

import xxhash

from .containers import Extent

_NAMESPACE = uuid.UUID("3f0c1c8e-5d0c-5b6e-9a51-6b1a5f2f7c11")


def digest_text(text: str) -> str:
    """Digest of a text, as 16 hexadecimal digits."""
    return xxhash.xxh3_64_hexdigest(text.encode())


def digest_extents(read: Callable[[int, int], bytes], extents: Iterable[Extent]) -> str:
    """Digest of stretches of a file: their bytes, which `read(offset, size)` gives, and how many numbers they hold."""
    state = xxhash.xxh3_64()
    for extent in extents:
        state.update(struct.pack("<qq", extent.size, extent.elements))
        state.update(read(extent.offset, extent.size))
    return state.hexdigest()


def seal(text: str) -> str:
    """Put a text's digest in front of it."""
    return digest_text(text) + text


def guid_of(text: str) -> str:
    """The GUID of a file whose content is described by `text`: the same content has the same GUID."""
    return str(uuid.uuid5(_NAMESPACE, text))


def unseal(sealed: str) -> str:
    """The text given to `seal`.

    Raises
    ------
    ValueError
        If the text is not the one that was sealed.
    """
    digest, text = sealed[:16], sealed[16:]
    if digest != digest_text(text):
        raise ValueError("its checksum does not match")
    return text
