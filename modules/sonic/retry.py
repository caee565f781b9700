"""What is done when a try of an inference fails: the retry actions of CMSSW's client, by its names."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import ClassVar

import attrs

from pyrun.framework.errors import Configuration
from pyrun.framework.plugins import parameters as param

FIRST_PAUSE = 0.05  # seconds before something is tried again at the same server; doubled each time
LONGEST_PAUSE = 2.0
LONGEST_BUSY_PAUSE = 0.2  # while a server has too much to do


class RetryParameters(param.ParameterSet):
    """One entry of a client's ``Retry``."""

    retryType: str = param.string(
        doc="what to try next: RetrySameServerAction, RetryActionDiffServer or RetryFallbackServerAction"
    )
    allowedTries: int = param.untracked.uint32(1, doc="how often")


@attrs.frozen
class RetryAction:
    """Base of what can be tried after a failure; `allowedTries` is how often per request."""

    allowedTries: int = 1
    names: ClassVar[tuple[str, ...]] = ()


@attrs.frozen
class RetrySameServerAction(RetryAction):
    """Try the same server again, after a pause; if it is lost, wait for it as long as one try may take."""

    names = ("RetrySameServerAction", "SonicRetrySameServerAction")


@attrs.frozen
class RetryActionDiffServer(RetryAction):
    """Try a server that has not failed this request; nothing happens if no other works."""

    names = ("RetryActionDiffServer", "TritonRetryActionDifferentServer")


@attrs.frozen
class RetryFallbackServerAction(RetryAction):
    """Try the fallback server, which is started if it is not running; nothing happens if it is not enabled."""

    names = ("RetryFallbackServerAction", "TritonRetryFallbackServerAction")


ACTIONS = {name: action for action in (RetrySameServerAction, RetryActionDiffServer, RetryFallbackServerAction)
           for name in action.names}  # fmt: skip
"""By name: the first of each is that of the pull request cms-sw/cmssw#51643, the second that of CMSSW's tests."""

@attrs.frozen
class RetryWorkingServerAction(RetryAction):
    """Try any server that passes a test inference, also one that has failed this request; nothing if none does."""


@attrs.frozen
class RetryAnyServerAction(RetryAction):
    """Try a server that has not failed this request, else any, waiting for one as long as one try may take."""


EACH = 100  # as many other servers as there are
DEFAULT_POLICY = (
    RetryActionDiffServer(EACH),
    RetryWorkingServerAction(),  # a moment's failure is no reason to start a server
    RetryFallbackServerAction(),
    RetryAnyServerAction(2),
)
"""Without ``Retry``: each other server, any that works, the fallback server, and twice whatever works in time."""


def retry_actions(allowedTries: int = 0, retry: Sequence[RetryParameters] = ()) -> tuple[RetryAction, ...]:
    """The actions that a client's parameters ask for.

    ``Retry`` counts if given. Else `allowedTries` does, if it is not 0: so many tries in all, where 1 means no retry,
    as in CMSSW; but if several servers have the model, each try goes to another. With neither, it is `DEFAULT_POLICY`:
    one lost server does not cost the job, for which CMSSW's default, a single try, makes no provision.

    Raises
    ------
    Configuration
        An unknown ``retryType``.
    """
    if not retry:
        return DEFAULT_POLICY if allowedTries == 0 else (RetryAnyServerAction(allowedTries - 1),)
    actions = []
    for entry in retry:
        if entry.retryType not in ACTIONS:
            known = ", ".join(action.names[0] for action in dict.fromkeys(ACTIONS.values()))
            raise Configuration(f"There is no retryType {entry.retryType!r}; there are {known}")
        actions.append(ACTIONS[entry.retryType](entry.allowedTries))
    return tuple(actions)


def steps(retries: Sequence[RetryAction], others: int, fallback: bool) -> list[RetryAction]:
    """What will be tried after the first try, one entry per try.

    Parameters
    ----------
    others : int
        How many servers there are beside the first.
    fallback : bool
        Whether there is, or can be, a fallback server.
    """
    listed: list[RetryAction] = []
    for action in retries:
        times = action.allowedTries
        if isinstance(action, RetryActionDiffServer):
            times = min(times, others)
        elif isinstance(action, RetryFallbackServerAction):
            times = times if fallback else 0
        listed += [action] * times
    return listed


def pauses(longest: float = LONGEST_PAUSE) -> Iterator[float]:
    """Seconds to wait before the second, third ... try at a server: growing, and never the same for two clients."""
    pause = FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(2 * pause, longest)
