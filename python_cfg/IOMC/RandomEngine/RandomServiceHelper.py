"""Setting the seeds of the RandomNumberGeneratorService, under the names of CMSSW's helper.

Examples
--------
>>> from IOMC.RandomEngine.RandomServiceHelper import RandomNumberServiceHelper
>>> helper = RandomNumberServiceHelper(process.RandomNumberGeneratorService)    # doctest: +SKIP
>>> helper.populate()                                                           # doctest: +SKIP
"""

import random

import FWCore.ParameterSet.Config as cms

LARGEST_SEED = 900_000_000  # what all engines of CMSSW accept


class RandomNumberServiceHelper:
    """The seeds of the service `randService`, in the order of its parameters."""

    def __init__(self, randService):
        self._service = randService
        self._locked = ()

    def _seeded(self):
        """Each PSet with seeds that may be changed, with the name of the parameter that holds them."""
        for name in self._service.parameterNames_():
            pset = getattr(self._service, name)
            if name not in self._locked and isinstance(pset, cms.PSet):
                parameter = next((p for p in ("initialSeedSet", "initialSeed") if pset.hasParameter(p)), None)
                if parameter is not None:
                    yield pset, parameter

    def _named(self, name):
        pset = getattr(self._service, name, None)
        if not isinstance(pset, cms.PSet):
            known = ", ".join(self._service.parameterNames_())
            raise RuntimeError(f"The RandomNumberGeneratorService has no PSet {name!r}; it has {known}")
        return pset

    def countSeeds(self):
        """How many seeds there are; a set counts as many as it has."""
        return sum(len(_seeds(pset, parameter)) for pset, parameter in self._seeded())

    def getNamedSeed(self, name):
        """The list of seeds of a module."""
        pset = self._named(name)
        return _seeds(pset, "initialSeedSet" if pset.hasParameter("initialSeedSet") else "initialSeed")

    def setNamedSeed(self, name, *seeds):
        """Set the seed or the seeds of a module."""
        pset = self._named(name)
        _set(pset, "initialSeed" if pset.hasParameter("initialSeed") else "initialSeedSet", seeds)

    def insertSeeds(self, *seeds):
        """Set all seeds, in order."""
        if len(seeds) < self.countSeeds():
            raise RuntimeError(f"The service needs {self.countSeeds()} seeds, and {len(seeds)} are given")
        left = list(seeds)
        for pset, parameter in self._seeded():
            number = len(_seeds(pset, parameter))
            _set(pset, parameter, left[:number])
            del left[:number]

    def populate(self, *excludePSets):
        """Set all seeds by chance, but for those of the modules named: another sample at each run."""
        self._locked = excludePSets
        try:
            chance = random.SystemRandom()
            self.insertSeeds(*(chance.randint(1, LARGEST_SEED) for _ in range(self.countSeeds())))
        finally:
            self._locked = ()

    def resetSeeds(self, value):
        """Set all seeds to `value`."""
        self.insertSeeds(*[value] * self.countSeeds())


def _seeds(pset, parameter):
    value = getattr(pset, parameter).value()
    return list(value) if parameter == "initialSeedSet" else [value]


def _set(pset, parameter, seeds):
    if parameter == "initialSeed":
        pset.initialSeed = cms.untracked.uint32(seeds[0])
    else:
        pset.initialSeedSet = cms.untracked.vuint32(*seeds)
