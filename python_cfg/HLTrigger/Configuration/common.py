"""Finding and changing the modules of a menu by their type, under the name that CMSSW gives these functions' module."""

import itertools

import FWCore.ParameterSet.Config as cms


def _of_type(modules, types):
    return (module for module in modules if module.type_() in types)


def _cases(process):
    """What the switches of the process choose from."""
    for switch in process.switchProducers_().values():
        yield from (getattr(switch, case) for case in switch.parameterNames_())


def producers_by_type(process, *types):
    """The EDProducers of some plugins, those in switches too."""
    cases = (case for case in _cases(process) if isinstance(case, cms.EDProducer))
    return _of_type(itertools.chain(process.producers_().values(), cases), types)


def filters_by_type(process, *types):
    """The EDFilters of some plugins."""
    return _of_type(process.filters_().values(), types)


def analyzers_by_type(process, *types):
    """The EDAnalyzers of some plugins."""
    return _of_type(process.analyzers_().values(), types)


def esproducers_by_type(process, *types):
    """The ESProducers of some plugins."""
    return _of_type(process.es_producers_().values(), types)


def modules_by_type(process, *types):
    """Everything in the process that is of some plugins: modules, services, a source ..."""
    typed = (value for value in list(vars(process).values()) if isinstance(value, cms._TypedParameterizable))
    once = {id(value): value for value in typed}.values()  # the source is in there twice
    return _of_type(itertools.chain(once, (case for case in _cases(process) if hasattr(case, "type_"))), types)


def _insert(process, target, modules, shift):
    holders = (process.sequences_(), process.paths_(), process.endpaths_())
    for holder in itertools.chain.from_iterable(table.values() for table in holders):
        try:
            place = holder.index(target)
        except ValueError:  # not in this one
            continue
        for module in reversed(modules):
            holder.insert(place + shift, module)


def insert_modules_before(process, target, *modules):
    """Put `modules` before `target`, in each sequence, path and end path that holds it itself."""
    _insert(process, target, modules, 0)


def insert_modules_after(process, target, *modules):
    """Put `modules` after `target`, in each sequence, path and end path that holds it itself."""
    _insert(process, target, modules, 1)


def replace_with(fromObj, toObj):
    """Give `fromObj` the type and contents of `toObj`, which is of the same class: who holds it holds it still."""
    always = ~cms.Modifier()
    always.toReplaceWith(fromObj, toObj)
