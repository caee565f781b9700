"""Testing one module: products in, products out, no file and no process.

Examples
--------
>>> import awkward as ak
>>> from pyrun.framework.testing import TestProcessor
>>> test = TestProcessor("MyJetProducer", src="candidates", jetPtMin=5.0)      # doctest: +SKIP
>>> result = test.run({"candidates": ak.Array([[{"pt": 7.0}], []])})           # doctest: +SKIP
>>> result[""].pt                                                              # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import numpy as np

from .config.description import ModuleDescription, Parameter
from .engine.external import CPUTokens, ExternalWork
from .engine.worker import Worker
from .errors import NotFound
from .event.block import EventBlock
from .event.branch import BranchDescription, InputTag
from .event.ids import EventIDs
from .event.store import Array, Mask
from .eventsetup.setup import EventSetup
from .module import Module
from .plugins.parameters import ParameterInfo, ParameterSet, parameter_infos
from .plugins.registry import find_plugin
from .plugins.validation import validate
from .service import Service
from .services.message_logger import MessageLogger
from .services.random_numbers import RandomNumbers

ANY = "any"  # the type of products given by their tag only
Key = str | tuple[str, str]


@attrs.frozen(eq=False)
class TestResult:
    """What one module did with some events.

    Attributes
    ----------
    passed : numpy.ndarray of bool
        A filter's verdict per event; all True for other modules.
    products : dict
        The products by instance name.
    """

    __test__ = False  # for pytest: no test class

    passed: Mask
    products: Mapping[str, Array]

    def __getitem__(self, instance: str) -> Array:
        """The product with this instance name, one entry per event."""
        if instance not in self.products:
            raise NotFound(f"No product with instance {instance!r} was made; there are {sorted(self.products)}")
        return self.products[instance]


class TestProcessor:
    """Runs one module on products given as arrays.

    Parameters
    ----------
    module : str or type
        The module's type: its name, or the class itself.
    label : str
        The label it has, which is part of its random numbers' key.
    services : sequence of Service
        The services it may ask for; see `running_service`.
    **parameters
        Its parameters as plain Python values; the rest have their defaults.

    Raises
    ------
    Configuration
        As in a job: an unknown, missing or ill-typed parameter.
    """

    __test__ = False

    def __init__(
        self,
        module: str | type[Module],
        *,
        label: str = "tested",
        services: Sequence[Service] = (),
        **parameters: Any,
    ) -> None:
        cls: type[Module] = find_plugin(module) if isinstance(module, str) else module
        checked = _checked(cls, label, parameters)
        self.module = cls(label, checked)
        self.module.log = MessageLogger()
        self.module.services = {type(service).__name__: service for service in services}
        self.module.globalCache = cls.initializeGlobalCache(checked)
        self.module.beginJob()

    def run(
        self,
        products: Mapping[Key, Array],
        *,
        ids: tuple[Any, Any, Any] | None = None,
        seed: int | None = None,
        setup: Mapping[tuple[str, ...], Any] | None = None,
    ) -> TestResult:
        """Run the module on all events of the arrays.

        Parameters
        ----------
        products : mapping
            Input arrays by tag (``"label:instance"``), or by type and tag where the module reads several products
            with the same tag; all of the same length.
        ids : tuple of arrays, optional
            Run, luminosity block and event numbers; by default run 1, luminosity block 1, events 1 to N (or 1 event
            if there is no product).
        seed : int, optional
            The seed of the module's random numbers.
        setup : mapping, optional
            Conditions by type, record and label, e.g. ``{("Table", "BTagCalibrationRcd", "ParT"): table}``; without a
            label, by type and record.
        """
        if ids is None:
            number = max((len(array) for array in products.values()), default=1)
            ids = (np.ones(number), np.ones(number), np.arange(1, number + 1))
        block = EventBlock.make(EventIDs(*ids))
        block.setup = EventSetup.of(setup or {})
        given = {_branch(key): array for key, array in products.items()}
        for branch, array in given.items():
            block.products.put(branch, np.arange(len(block)), array)
        worker = self._worker(list(given), seed)
        view = worker.view(block, np.arange(len(block)))
        result: tuple[Any, ...] = ()
        if worker.external:
            work = ExternalWork(CPUTokens(1))
            with work.tokens.held():
                result = (work.result(work.start(worker.acquire(view), worker.name)),)
            work.close()
        passed = worker.run(view, *result)
        return TestResult(passed, {branch.instance: view.made[branch] for branch in worker.outputs.values()})

    def _worker(self, given: list[BranchDescription], seed: int | None) -> Worker:
        inputs = {
            token: [
                branch
                for branch in given
                if (branch.label, branch.instance) == (token.tag.label, token.tag.instance)
                and (token.type is None or branch.type in (token.type, ANY))
            ]
            for token in self.module.consumed
        }
        outputs = {
            token: BranchDescription(token.type, self.module.label, token.instance, "TEST")
            for token in self.module.produced
        }
        random = None if seed is None else RandomNumbers(seed, self.module.label)
        return Worker(self.module, inputs, outputs, random)


@contextmanager
def running_service(service: str | type[Service], **parameters: Any) -> Iterator[Service]:
    """A service without a job, for `TestProcessor`; at the end of the ``with`` block it is told that the job is over.

    Only services that begin their work when a module asks for it are of use here.

    Examples
    --------
    >>> with running_service("TritonService", fallback={"enable": True}) as triton:      # doctest: +SKIP
    ...     result = TestProcessor("MyTagger", services=[triton]).run({"jets": jets})
    """
    cls: type[Service] = find_plugin(service) if isinstance(service, str) else service
    made = cls(cls.__name__, _checked(cls, cls.__name__, parameters))
    made.log = MessageLogger()
    try:
        yield made
    finally:
        made.jobEnded(None, None)


def _checked(cls: type[Module] | type[Service], label: str, parameters: Mapping[str, Any]) -> ParameterSet:
    given = _parameters(parameters, cls.Parameters)
    return validate(ModuleDescription(label, cls.base, cls.__name__, given, "", 0, False), cls.Parameters)


def _branch(key: Key) -> BranchDescription:
    type_, text = (ANY, key) if isinstance(key, str) else key
    tag = InputTag.parse(text)
    return BranchDescription(type_, tag.label, tag.instance, tag.process)


def _parameters(values: Mapping[str, Any], declaration: type[ParameterSet]) -> dict[str, Parameter]:
    """Give plain values the types that the declaration asks for; unknown names keep a type of their own."""
    infos = {name: info for name, info, _ in parameter_infos(declaration)}
    return {name: _parameter(value, infos.get(name)) for name, value in values.items()}


def _parameter(value: Any, info: ParameterInfo | None) -> Parameter:
    if info is None:
        return Parameter(type(value).__name__, True, value)
    if info.type == "PSet" and info.nested is not None:
        return Parameter("PSet", info.tracked, _parameters(value, info.nested))
    if info.type == "VPSet" and info.nested is not None:
        return Parameter("VPSet", info.tracked, [_parameters(entry, info.nested) for entry in value])
    if info.type in ("InputTag", "ESInputTag", "FileInPath"):
        value = str(value)
    if info.type == "VInputTag":
        value = [str(tag) for tag in value]
    return Parameter(info.type, info.tracked, value)
