"""Write golden_seeded_cone.npz: events of each kind and what the compiled reference makes of them.

For machines without a C++ compiler. Run it again if the reference changes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import seeded_cone_reference as reference
from seeded_cone_events import KINDS, events

FILE = Path(__file__).parent / "golden_seeded_cone.npz"
CONES = (0.4, 0.8)
EVENTS_PER_KIND = 6


def main() -> None:
    made = [events(kind, EVENTS_PER_KIND, seed=2) for kind in KINDS]
    words = np.concatenate([words for words, _ in made])
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(offsets) for _, offsets in made]))])
    results = {}
    for cone in CONES:
        jets, counts, members = reference.seeded_cone(words, offsets, cone)
        results |= {f"jets_{cone}": jets.astype(np.int32), f"counts_{cone}": counts.astype(np.int16)}
        results |= {f"members_{cone}": members.astype(np.int16)}
    np.savez_compressed(FILE, words=words, offsets=offsets.astype(np.int32), **results)
    print(f"{FILE.name}: {FILE.stat().st_size} bytes, {[len(results[f'jets_{cone}']) for cone in CONES]} jets")


if __name__ == "__main__":
    main()
