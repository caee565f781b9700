"""edmWriteConfigs: write the _cfi fragments of all modules, or check that they are up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> None:
    """Entry point of the command; exits with 1 if ``--check`` finds a difference."""
    parser = argparse.ArgumentParser(prog="edmWriteConfigs", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of fragments, e.g. python_cfg")
    parser.add_argument("--check", action="store_true", help="write nothing; list the fragments that differ")
    arguments = parser.parse_args()
    stale = [path for path, text in all_fragments() if not _same(arguments.folder / path, text)]
    if arguments.check:
        for path in stale:
            print(f"{path} differs from the declared parameters; run edmWriteConfigs {arguments.folder}")
        sys.exit(1 if stale else 0)
    texts = dict(all_fragments())
    for path in stale:
        target = arguments.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(texts[path], encoding="utf-8")
        print(f"wrote {target}")


def all_fragments() -> list[tuple[str, str]]:
    """Path and text of every fragment of every installed module."""
    from ..plugins.cfi import fragments
    from ..plugins.registry import find_plugin, plugin_names

    return [fragment for name in plugin_names() for fragment in fragments(find_plugin(name))]


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
