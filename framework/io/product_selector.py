"""Which products are kept: ``outputCommands`` and ``inputCommands``."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from ..errors import Configuration
from ..event.branch import BranchDescription

_COMMAND = re.compile(r"(keep|drop)\s+(\S+)")
_FIELD = re.compile(r"[A-Za-z0-9*?]*")


@attrs.frozen
class _Command:
    keep: bool
    patterns: tuple[re.Pattern[str], ...]

    def matches(self, branch: BranchDescription) -> bool:
        names = (branch.type, branch.label, branch.instance, branch.process)
        return all(pattern.fullmatch(name) for pattern, name in zip(self.patterns, names, strict=True))


class ProductSelector:
    """Commands ``keep|drop type_label_instance_process``, with the meaning they have in CMSSW's ProductSelectorRules.

    ``*`` stands for any characters, ``?`` for one, and a lone ``*`` for ``*_*_*_*``. The last command that matches a
    product decides; a product that none matches is dropped. No commands at all mean ``keep *``.

    Parameters
    ----------
    commands : sequence of str
        The commands.
    parameter : str
        The name of the parameter they come from, for error messages.

    Raises
    ------
    Configuration
        A command is malformed; the message quotes it.

    Examples
    --------
    >>> selector = ProductSelector(["drop *", "keep *_slimmed*_*_PAT"])
    >>> jets = BranchDescription("patJets", "slimmedJets", "", "PAT")
    >>> selector.select([jets, BranchDescription("double", "rho", "", "SIM")]) == [jets]
    True
    """

    def __init__(self, commands: Sequence[str], parameter: str = "outputCommands") -> None:
        self._commands = [_parse(command, parameter) for command in commands or ["keep *"]]

    def selects(self, branch: BranchDescription) -> bool:
        """Whether the product is kept."""
        return next((command.keep for command in reversed(self._commands) if command.matches(branch)), False)

    def select(self, branches: Sequence[BranchDescription]) -> list[BranchDescription]:
        """Those of `branches` that are kept, in their order."""
        return [branch for branch in branches if self.selects(branch)]


def _parse(command: str, parameter: str) -> _Command:
    parts = _COMMAND.fullmatch(command.rstrip())
    if parts is None:
        raise _malformed(command, parameter, "it must be 'keep' or 'drop', a space, and a pattern")
    fields = ["*"] * 4 if parts[2] == "*" else parts[2].split("_")
    if len(fields) != 4:
        raise _malformed(
            command, parameter, f"its pattern has {len(fields)} fields, not the four type_label_instance_process"
        )
    wrong = [field for field in fields if not _FIELD.fullmatch(field)]
    if wrong:
        raise _malformed(command, parameter, f"{wrong[0]!r} has other characters than letters, digits, * and ?")
    return _Command(parts[1] == "keep", tuple(_glob(field) for field in fields))


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("*", ".*").replace("?", "."))


def _malformed(command: str, parameter: str, why: str) -> Configuration:
    return Configuration(f"{parameter} has the malformed command {command!r}: {why}.")
