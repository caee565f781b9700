"""edmWriteConfigs: write the _cfi fragments of a package's modules, or check that they are up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_OWN = "pyrun"  # this package


def main() -> None:
    """Entry point of the command; exits with 1 if ``--check`` finds a difference."""
    parser = argparse.ArgumentParser(prog="edmWriteConfigs", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of fragments, e.g. python_cfg", nargs="?", default=Path())
    parser.add_argument(
        "-p", "--package", default=_OWN, help="the installed package whose modules are meant (default: %(default)s)"
    )
    parser.add_argument(
        "-t", "--type", metavar="TYPE", help="only this plugin, under its default label, of any package"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; list the fragments that differ")
    arguments = parser.parse_args()
    texts = dict(_one_plugin(arguments.type) if arguments.type else all_fragments(arguments.package))
    if not texts:
        sys.exit(f"edmWriteConfigs: {_nothing(arguments.package)}")
    stale = [path for path, text in texts.items() if not _same(arguments.folder / path, text)]
    if arguments.check:
        for path in stale:
            print(f"{path} differs from the declared parameters; run {_command(arguments)}")
        sys.exit(1 if stale else 0)
    for path in stale:
        target = arguments.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(texts[path], encoding="utf-8")
        print(f"wrote {target}")


def all_fragments(package: str = _OWN) -> list[tuple[str, str]]:
    """Path and text of every fragment of the modules that are in the Python package `package`."""
    from ..plugins.cfi import fragments
    from ..plugins.registry import announced_modules, find_plugin

    names = [name for name, module in announced_modules().items() if f"{module}.".startswith(f"{package}.")]
    return [fragment for name in sorted(names) for fragment in fragments(find_plugin(name))]


def _one_plugin(type_: str) -> list[tuple[str, str]]:
    from ..errors import PluginNotFound
    from ..plugins.cfi import default_label, fragment
    from ..plugins.registry import find_plugin

    try:
        cls = find_plugin(type_)
    except PluginNotFound as error:
        sys.exit(f"edmWriteConfigs: {error}")
    label = default_label(cls)
    return [(f"{label}_cfi.py", fragment(cls, label))]


def _nothing(package: str) -> str:
    from ..plugins.registry import GROUP

    return (
        f"no installed module of the package {package!r} has a fragment. Announce its modules as entry points of the "
        f"group {GROUP!r}, give them the attribute cfi, and install the package (pip install -e .)"
    )


def _command(arguments: argparse.Namespace) -> str:
    package = "" if arguments.package == _OWN else f" --package {arguments.package}"
    package += f" --type {arguments.type}" if arguments.type else ""
    return f"edmWriteConfigs{package} {arguments.folder}"


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
