"""Put the studies' seeds into the menu's file of working points.

    python -m pyrun.tagger.l1jet.studies.menu studies/*/working_points.json --menu data/l1_working_points.json

Seeds that were derived before are replaced, all others stay as they are. To be done again for another model.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .definitions import STUDIES


def updated(menu: Mapping[str, Any], derived: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The menu with the seeds of some studies, as `running.derive` gives them."""
    seeds = dict(menu["seeds"])
    for result in derived:
        seed = STUDIES[result["study"]].seed
        rate, efficiency = result["best"]["rate"], result["best"]["efficiency"]
        error = (rate["high"] - rate["low"]) / 2
        seeds[seed] = {
            "origin": "derived",
            "description": (
                f"{rate['value'] / 1e3:.1f} +- {error / 1e3:.1f} kHz of {result['target_rate'] / 1e3:g} kHz allowed; "
                f"efficiency {100 * efficiency['value']:.0f}% of {STUDIES[result['study']].signal}"
            ),
            "conditions": result["best"]["conditions"],
        }
    return {**menu, "seeds": seeds}


def text(menu: Mapping[str, Any]) -> str:
    """As JSON, a seed in each line."""
    seeds = ",\n".join(f"  {json.dumps(name)}: {json.dumps(seed)}" for name, seed in menu["seeds"].items())
    rest = "".join(f" {json.dumps(name)}: {json.dumps(value)},\n" for name, value in menu.items() if name != "seeds")
    return f'{{\n{rest} "seeds": {{\n{seeds}\n }}\n}}\n'


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("studies", nargs="+", type=Path, help="working_points.json of studies")
    parser.add_argument("--menu", type=Path, default=Path("data/l1_working_points.json"), help="file to change")
    options = parser.parse_args(arguments)
    result = updated(json.loads(options.menu.read_text()), [json.loads(path.read_text()) for path in options.studies])
    scratch = options.menu.with_name(f".{options.menu.name}.tmp")
    scratch.write_text(text(result))
    os.replace(scratch, options.menu)
    for name, seed in result["seeds"].items():
        if seed.get("origin") == "derived":
            print(f"{name}: {seed['description']}")


if __name__ == "__main__":
    main()
