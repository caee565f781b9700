"""What an exception does to the job: Rethrow, TryToContinue or IgnoreCompletely, by category."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from ..errors import Configuration
from .failure import category_of

Action = Literal["Rethrow", "TryToContinue", "IgnoreCompletely"]
_ACTIONS: tuple[Action, ...] = ("Rethrow", "TryToContinue", "IgnoreCompletely")
_REMOVED = ("SkipEvent", "FailPath")


class ExceptionPolicy:
    """The exception policy of a process, as its options state it.

    Parameters
    ----------
    options : mapping
        ``process.options``.
    tolerant : collection of str
        Labels of the modules marked by ``shouldTryToContinue()``.

    Attributes
    ----------
    continues : bool
        Whether any category lets a job continue with some of an event's modules.

    Raises
    ------
    Configuration
        A category has two actions, or one that no longer exists.
    """

    def __init__(self, options: Mapping[str, Any], tolerant: Collection[str]) -> None:
        for name in _REMOVED:
            if options.get(name):
                raise Configuration(
                    f"process.options.{name} no longer exists (nor does it in CMSSW since 13_3): use TryToContinue"
                )
        self._actions: dict[str, Action] = {}
        for action in _ACTIONS:
            for category in options.get(action, ()):
                other = self._actions.setdefault(category, action)
                if other != action:
                    raise Configuration(
                        f"process.options has the category {category!r} both in {other} and in {action}: choose one"
                    )
        self.continues = "TryToContinue" in self._actions.values()
        self.tolerant = {*tolerant, *options.get("modulesToCallForTryToContinue", ())}

    def action(self, error: Exception) -> Action:
        """What to do about `error` in an event."""
        return self._actions.get(category_of(error), "Rethrow")
