"""The edm commands on damaged files: an answer or an error that names the file, never a traceback."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from edm_files import write

COMMANDS = {
    "edm_dump_event_content": ["--all"],
    "edm_event_size": ["-v"],
    "edm_file_util": ["-P", "-l", "--printClusters", "-u", "--eventsInLumis"],
    "edm_prov_dump": ["-a", "-t", "-x"],
}


def damaged(content: bytes, number: int) -> bytes:
    """The file cut, or with one or twenty flipped bits."""
    random = np.random.default_rng(number)
    if number % 4 == 0:
        return content[: random.integers(len(content))]
    changed = bytearray(content)
    for place in random.integers(len(content), size=1 if number % 2 else 20):
        changed[place] ^= 1 << random.integers(8)
    return bytes(changed)


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_damage_is_told(here, run, format):
    write("pat.root", format=format)
    content = Path("pat.root").read_bytes()
    told = 0
    for number in range(10):
        Path("bad.root").write_bytes(damaged(content, number))
        for command, options in COMMANDS.items():
            code, _, error = run(command, *options, "bad.root")
            assert code in (0, 1, 2)
            assert bool(code) == ("bad.root" in error or "does not tell the parameters" in error)
            told += bool(code)
    assert told >= 8  # most flipped bits are in products, which these commands do not read
