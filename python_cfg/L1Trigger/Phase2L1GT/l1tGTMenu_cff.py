"""The level-1 menu: a Path for each seed of a file with working points.

>>> from L1Trigger.Phase2L1GT.l1tGTMenu_cff import addL1Menu
>>> paths = addL1Menu(process, "data/l1_working_points.json")                             # doctest: +SKIP
>>> process.schedule = cms.Schedule(process.candidates_step, *paths)                      # doctest: +SKIP

In the file a seed has either ``conditions``, which must all hold, each a filter by the name of its fragment and
parameters that differ from the fragment's; or ``any``, seeds of which one must pass. ``prescale`` is 1 if not given;
``origin`` and ``description`` are for readers.
"""

import json

import FWCore.ParameterSet.Config as cms
from FWCore.Modules.pathStatusFilter_cfi import pathStatusFilter
from FWCore.Modules.preScaler_cfi import preScaler
from L1Trigger.Phase2L1GT.l1tJetLegsFilter_cfi import l1tJetLegsFilter
from L1Trigger.Phase2L1GT.l1tJetPairFilter_cfi import l1tJetPairFilter
from L1Trigger.Phase2L1GT.l1tJetSumsFilter_cfi import l1tJetSumsFilter

from pyrun.framework.resources import file_in_path

filters = {
    "l1tJetLegsFilter": l1tJetLegsFilter,
    "l1tJetPairFilter": l1tJetPairFilter,
    "l1tJetSumsFilter": l1tJetSumsFilter,
}
legTypes = {
    "number": cms.uint32,
    "minPt": cms.double,
    "maxAbsEta": cms.double,
    "regionsAbsEtaLowerBounds": cms.vdouble,
    "regionsMinPt": cms.vdouble,
    "signal": cms.vstring,
    "background": cms.vstring,
    "minScore": cms.double,
}


def addL1Menu(process, fileName="data/l1_working_points.json", src="l1tSC4NGJetProducer:l1tSC4NGJets"):
    """Add the seeds' filters and paths to the process, and return the paths in the order of the file."""
    with open(file_in_path(fileName)) as file:
        seeds = json.load(file)["seeds"]
    return [_path(process, name, seed, seeds, src) for name, seed in seeds.items()]


def _path(process, name, seed, seeds, src):
    unknown = set(seed) - {"conditions", "any", "prescale", "origin", "description"}
    if unknown or ("conditions" in seed) == ("any" in seed):
        raise ValueError(f"Seed {name}: give either conditions or any, and nothing but prescale, origin, description")
    label = "seed" + name.replace("_", "")
    if "any" in seed:
        modules = {f"{label}Cond1": _any(name, seed["any"], seeds)}
    else:
        conditions = enumerate(seed["conditions"], 1)
        modules = {f"{label}Cond{k}": _condition(name, dict(condition), src) for k, condition in conditions}
    if seed.get("prescale", 1) != 1:
        modules[f"{label}Prescaler"] = preScaler.clone(prescaleFactor=seed["prescale"], prescaleOffset=0)
    path = cms.Path()
    for label, module in modules.items():
        setattr(process, label, module)
        path += module
    setattr(process, name, path)
    return path


def _any(name, parts, seeds):
    missing = [part for part in parts if part not in seeds]
    if missing:
        raise ValueError(f"Seed {name}: there is no seed {', '.join(missing)}")
    return pathStatusFilter.clone(logicalExpression=" or ".join(parts))


def _condition(name, parameters, src):
    kind = parameters.pop("filter", None)
    if kind not in filters:
        raise ValueError(f"Seed {name}: there is no filter {kind}; choose one of {', '.join(filters)}")
    if "legs" in parameters:
        parameters["legs"] = [_leg(name, leg) for leg in parameters["legs"]]
    return filters[kind].clone(src=src, **parameters)


def _leg(name, leg):
    unknown = set(leg) - set(legTypes)
    if unknown:
        raise ValueError(f"Seed {name}: a leg has no {', '.join(sorted(unknown))}; there are {', '.join(legTypes)}")
    return cms.PSet(**{key: legTypes[key](value) for key, value in leg.items()})
