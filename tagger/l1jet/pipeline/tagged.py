"""Takes the files of a tagged model: python -m pyrun.tagger.l1jet.pipeline.tagged WEBSITE/tags/TAG/model OUTPUT"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ..folders import whole

FILES = ("model.keras", "config.yaml", "metadata.json", "history.json")


def take(source: Path, output: Path) -> None:
    """Make a model's folder of the files of another; all or nothing."""
    with whole(output) as folder:
        for name in FILES:
            shutil.copyfile(source / name, folder / name)


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{sys.argv[2]}: the model of {sys.argv[1]}")
