"""Which ES module delivers what, when several could; and that none waits for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from ..config.description import ESPreferDescription
from ..errors import Configuration, EventSetupConflict
from .es_module import ESModule, ESProduct
from .tokens import DataKey

Chosen = dict[str, dict[DataKey, tuple[ESModule, ESProduct]]]
"""Who delivers each of the data of each record."""


def choose(modules: Sequence[ESModule], prefers: Sequence[ESPreferDescription]) -> Chosen:
    """Choose who delivers what: the preferred module, else an ESProducer rather than an ESSource.

    Raises
    ------
    EventSetupConflict
        Two modules of the same kind could, and none is preferred.
    Configuration
        A preference that can't be; the categories are CMSSW's, ``ESPreferConflict`` and others.
    """
    preferred = _preferred(modules, prefers)
    chosen: Chosen = {}
    for module in modules:
        for product in module.produced:
            of_record = chosen.setdefault(product.record, {})
            other = of_record.get(product.key)
            favourite = preferred.get((product.record, product.key))
            if favourite is not None:
                if module is favourite:
                    of_record[product.key] = (module, product)
            elif other is None or (other[0].base == "ESSource" and module.base == "ESProducer"):
                of_record[product.key] = (module, product)
            elif other[0].base == module.base:
                raise _conflict(other[0], module, product)
    return chosen


def _conflict(first: ESModule, second: ESModule, product: ESProduct) -> EventSetupConflict:
    return EventSetupConflict(
        f'two EventSetup {first.base.removeprefix("ES")}s want to deliver type="{product.key.type}" '
        f'label="{product.key.label}"\nfrom record {product.record}. The two providers are\n'
        f'1) type="{type(first).__name__}" label="{first.label}"\n'
        f'2) type="{type(second).__name__}" label="{second.label}"\n'
        f"Remove one of them, or say which one is meant: process.prefer({first.label!r}), or for these data alone\n"
        f"process.es_prefer_x = cms.ESPrefer({type(first).__name__!r}, {first.label!r}, "
        f"{product.record} = cms.vstring('{product.key.type}/{product.key.label}'))"
    )


def _preferred(
    modules: Sequence[ESModule], prefers: Sequence[ESPreferDescription]
) -> Mapping[tuple[str, DataKey], ESModule]:
    preferred: dict[tuple[str, DataKey], ESModule] = {}
    for prefer in prefers:
        module = _target(prefer, modules)
        for record, key in _data(prefer, module):
            other = preferred.setdefault((record, key), module)
            if other is not module:
                raise Configuration(
                    f"Two ES modules are preferred for {key} of record {record}: {other.name} and {module.name}.\n"
                    f"Remove one ESPrefer, or name in each the data for which it holds.",
                    category="ESPreferConflict",
                )
    return preferred


def _target(prefer: ESPreferDescription, modules: Sequence[ESModule]) -> ESModule:
    label = prefer.target or prefer.type
    for module in modules:
        if module.label == label and type(module).__name__ == prefer.type:
            return module
    there = ", ".join(module.name for module in modules) or "none"
    raise Configuration(
        f"ESPrefer prefers {prefer.type}/{label!r}, which the job hasn't. Its ES modules are: {there}.",
        category="ESPreferNoProvider",
    )


def _data(prefer: ESPreferDescription, module: ESModule) -> Iterator[tuple[str, DataKey]]:
    """What a preference is about: all that its module delivers, or what it names."""
    if not prefer.records:
        yield from ((product.record, product.key) for product in module.produced)
    for record, names in prefer.records.items():
        delivered = {product.key for product in module.produced if product.record == record}
        if not delivered:
            raise Configuration(
                f"ESPrefer prefers {module.name} for the record {record}, of which it delivers nothing; it delivers "
                f"{', '.join(sorted({product.record for product in module.produced})) or 'no record'}.",
                category="ESPreferWrongRecord",
            )
        for name in names:
            key = DataKey(*name.split("/", 1))
            if key not in delivered:
                raise Configuration(
                    f"ESPrefer prefers {module.name} for {key} of record {record}, which it does not deliver; of that "
                    f"record it delivers {', '.join(str(other) for other in sorted(delivered))}.",
                    category="ESPreferWrongData",
                )
            yield record, key


def check_loops(chosen: Chosen) -> None:
    """Refuse data that would need themselves, and records that would be made from each other.

    Raises
    ------
    Configuration
        Names the loop.
    """
    data: dict[str, list[str]] = {}
    for record, products in chosen.items():
        for key, (module, product) in products.items():
            inputs = (_node(chosen, token.record, token.key) for token in module.inputs(product))
            data[_node(chosen, record, key)] = list(inputs)
    _refuse_loop(data, "The following conditions data need each other in a loop.")
    records = {record: list(_made_from(chosen, record)) for record in chosen}
    _refuse_loop(records, "The following records are made from each other, so their intervals can't be found.")


def _node(chosen: Chosen, record: str, key: DataKey) -> str:
    deliverer = chosen.get(record, {}).get(key)
    return f"{key} of {record}" + (f" by {deliverer[0].name}" if deliverer else "")


def _made_from(chosen: Chosen, record: str) -> dict[str, None]:
    """The other records from whose data those of `record` are made, in order."""
    tokens = (token for module, product in chosen[record].values() for token in module.inputs(product))
    return {token.record: None for token in tokens if token.record != record}


def supporting_records(chosen: Chosen) -> dict[str, tuple[str, ...]]:
    """For each record, the others that it is made from and that the job has."""
    return {record: tuple(name for name in _made_from(chosen, record)) for record in chosen}


def _refuse_loop(graph: Mapping[str, Sequence[str]], message: str) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        loop = list(reversed(error.args[1]))
        steps = "\n".join(f"  {first} needs {second}" for first, second in zip(loop, loop[1:], strict=False))
        raise Configuration(f"{message}\n{steps}\nChange what one of them consumes.") from None
