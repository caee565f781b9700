"""Beginning and ending runs and luminosity blocks for all modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..errors import CMSException
from ..event.principal import Principal
from ..event.transition_view import TransitionView
from ..eventsetup.provider import EventSetupProvider
from ..eventsetup.setup import EventSetup
from ..module import Module, Moment
from ..service import Transition
from .activity import ActivityRegistry
from .wiring import Wiring
from .worker import Worker

_METHODS = (
    "beginRun", "endRun", "beginLuminosityBlock", "endLuminosityBlock", "globalBeginRun", "globalEndRun",
    "globalBeginLuminosityBlock", "globalEndLuminosityBlock", "endRunSummary", "endLuminosityBlockSummary",
)  # fmt: skip


class Transitions:
    """Tells modules that runs and luminosity blocks begin and end, when no event is being worked on.

    Modules come in an order in which those that make run and luminosity block products come before their consumers.
    When something begins, what is global comes before the streams; when it ends, after them.

    Parameters
    ----------
    wiring : Wiring
        The modules.
    streams : sequence of mapping
        The workers of each stream.
    activity : ActivityRegistry
        Is told.
    conditions : EventSetupProvider or None
        Gives the event setup.

    Attributes
    ----------
    needed : bool
        Whether any module listens; otherwise streams need not wait for each other between luminosity blocks.
    """

    def __init__(
        self,
        wiring: Wiring,
        streams: Sequence[Mapping[str, Worker]],
        activity: ActivityRegistry,
        conditions: EventSetupProvider | None,
    ) -> None:
        self._activity = activity
        self._conditions = conditions
        self._streams = [
            [workers[label] for label in wiring.transition_order() if _listens(workers[label].module)]
            for workers in streams
        ]
        self.needed = any(self._streams) or activity.watches_transitions
        self._current: Principal | None = None

    def enter(self, lumi: Principal) -> None:
        """End what is not of this luminosity block, and begin it.

        Raises
        ------
        CMSException
            A module failed; its context tells at which transition.
        """
        before, self._current = self._current, lumi
        run = lumi.parent or lumi
        if before is not None:
            self._end(before, run)
        if before is None or (before.parent or before) is not run:
            self._begin(run, "Run")
        if lumi.parent is not None:
            self._begin(lumi, "LuminosityBlock")

    def finish(self) -> None:
        """End the last luminosity block and run."""
        before, self._current = self._current, None
        if before is not None:
            self._end(before, None)

    def _begin(self, principal: Principal, level: str) -> None:
        for worker in self._shared():
            name = f"begin{level}" if worker.module.kind != "stream" else f"globalBegin{level}"
            self._call(worker, name, principal, f"Begin{level}", -1)
        for stream, worker in self._of_streams():
            self._call(worker, f"begin{level}", principal, f"Begin{level}", stream, may_put=False)
        self._activity.tell("postGlobalBeginTransition", principal)

    def _end(self, before: Principal, next_run: Principal | None) -> None:
        if before.parent is not None:
            self._end_one(before, "LuminosityBlock")
        run = before.parent or before
        if run is not next_run:
            self._end_one(run, "Run")

    def _end_one(self, principal: Principal, level: str) -> None:
        self._activity.tell("preGlobalEndTransition", principal)
        summaries: dict[str, list[Any]] = {}
        for stream, worker in self._of_streams():
            self._call(worker, f"end{level}", principal, f"End{level}", stream, may_put=False)
            with self._context(f"End{level}", principal, worker, stream):
                summaries.setdefault(worker.label, []).append(getattr(worker.module, f"end{level}Summary")())
        for worker in self._shared():
            if worker.module.kind == "stream":
                of_streams = summaries[worker.label]
                self._call(worker, f"globalEnd{level}", principal, f"End{level}", -1, of_streams)
            else:
                self._call(worker, f"end{level}", principal, f"End{level}", -1)

    def _shared(self) -> list[Worker]:
        """One worker of each module."""
        return self._streams[0]

    def _of_streams(self) -> list[tuple[int, Worker]]:
        """All workers of modules that have one in each stream."""
        return [
            (stream, worker)
            for stream, workers in enumerate(self._streams)
            for worker in workers
            if worker.module.kind == "stream"
        ]

    def _call(
        self, worker: Worker, name: str, principal: Principal, moment: Moment | str, stream: int, *more: Any,
        may_put: bool = True,
    ) -> None:  # fmt: skip
        view = TransitionView(principal, worker.inputs, worker.outputs, moment if may_put else None)  # type: ignore[arg-type]
        setup = self._setup(principal, moment)
        transition: Transition = moment[0].lower() + moment[1:]  # type: ignore[assignment]
        with self._context(moment, principal, worker, stream):
            worker.call(transition, stream, principal, getattr(worker.module, name), view, setup, *more)
            view.commit()

    def _setup(self, principal: Principal, moment: Any) -> EventSetup:
        if self._conditions is None:
            return EventSetup()
        return self._conditions.setup_for(principal.run, principal.lumi, moment)

    @contextmanager
    def _context(self, moment: str, principal: Principal, worker: Worker, stream: int) -> Any:
        where = "global" if stream < 0 else "stream"
        what = moment.replace("Begin", "begin ").replace("End", "end ")
        context = f"Processing {where} {what} {principal}" + (f" stream: {stream}" if stream >= 0 else "")
        try:
            yield
        except CMSException as error:
            error.add_context(f"Calling method for module {worker.name}")
            error.add_context(context)
            raise
        except Exception as error:
            raise _WithContext(error, (context, f"Calling method for module {worker.name}")) from error


class _WithContext(Exception):
    """A Python exception in a transition, with what was going on."""

    def __init__(self, error: Exception, context: tuple[str, ...]) -> None:
        super().__init__(str(error))
        self.error, self.context = error, context


def explain(error: BaseException, failure_of: Callable[..., Any]) -> Any:
    """The failure that `enter` or `finish` raised."""
    if isinstance(error, _WithContext):
        return failure_of(error.error, *error.context)
    return failure_of(error)


def _listens(module: Module) -> bool:
    """Whether a module does anything at transitions."""
    if any(token.level != "Event" for token in module.produced):
        return True
    return any(getattr(type(module), name) is not getattr(Module, name) for name in _METHODS)
