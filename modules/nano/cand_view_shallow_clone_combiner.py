"""Pairs of objects, such as dimuons."""

from __future__ import annotations

import re

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration

from ..pat.string_object import StringCutObjectSelector
from .flat_objects import FlatObjects, lists, thinned

_DAUGHTER = re.compile(r"([A-Za-z0-9_:]+)(@[+-])?")
_CHARGES = {"@+": 1, "@-": -1, None: 0}


@plugin
class CandViewShallowCloneCombiner(EDProducer):
    """Combines objects to pairs: four-momenta and charges are added.

    A pair has the fields ``pt eta phi mass charge`` and its daughters' places in their collections, ``<role>Idx``.
    With ``muons@+ muons@-`` the charges must be as written, or all opposite; two daughters of one collection make one
    pair. ``checkCharge = False`` takes any charges.
    """

    class Parameters(param.ParameterSet):
        decay: str = param.string(doc='the two collections: "muons@+ muons@-", or "muons photons" for any charge')
        cut: str = param.string("", doc='condition for pairs, e.g. "60 < mass < 120"; empty: all')
        checkCharge: bool = param.bool(True, doc="whether the charges must be as in decay or all opposite")
        roles: list[str] = param.vstring(["daughter1", "daughter2"], doc="names of the daughters")

    def declare(self, p):
        daughters = [_DAUGHTER.fullmatch(word) for word in p.decay.split()]
        if len(daughters) != 2 or not all(daughters):
            raise Configuration(
                f"The decay {p.decay!r} of {self.label!r} is not valid: pyrun combines two collections, each with or "
                'without a charge, as in "muons@+ muons@-"'
            )
        if len(set(p.roles)) != 2:
            raise Configuration(f"{self.label!r} has the roles {p.roles}; two different names are needed")
        tags = [daughter[1] for daughter in daughters]
        self.charges = [_CHARGES[daughter[2]] for daughter in daughters]
        self.same = tags[0] == tags[1]
        self.cut = StringCutObjectSelector(p.cut)
        self.daughters = [self.consumes(tag) for tag in (tags[:1] if self.same else tags)]
        self.pairs = self.produces("recoCompositeCandidates")

    def produce(self, event, setup):
        objects = [FlatObjects(event.get(token)) for token in self.daughters]
        sides = [objects[0], objects[-1]]
        offsets, *members = self._pairs(*sides)
        if self.parameters.checkCharge and any(self.charges):
            passed = self._charges_fit(sides, members)
            offsets, members = thinned(offsets, passed), [member[passed] for member in members]
        pairs = four_momentum_sum(
            *(
                {name: side[name][member] for name in ("pt", "eta", "phi", "mass", "charge")}
                for side, member in zip(sides, members, strict=True)
            )
        )
        for role, side, member in zip(self.parameters.roles, sides, members, strict=True):
            pairs[f"{role}Idx"] = (member - np.repeat(side.offsets[:-1], np.diff(offsets))).astype(np.int32)
        passed = self.cut(pairs)
        pairs = {name: column[passed] for name, column in pairs.items()}
        event.put(self.pairs, lists(thinned(offsets, passed), pairs, "Momentum4D"))

    def _pairs(self, first, second):
        """Offsets of each event's pairs, and the flat places of their daughters, of each first one in order."""
        place = np.arange(first.total)
        if self.same:
            begin, end = place + 1, np.repeat(first.offsets[1:], first.counts)
        else:
            begin, end = (np.repeat(edge, first.counts) for edge in (second.offsets[:-1], second.offsets[1:]))
        number = end - begin
        before = np.concatenate([[0], np.cumsum(number)])
        shift = np.repeat(begin - before[:-1], number)
        return before[first.offsets], np.repeat(place, number), np.arange(before[-1]) + shift

    def _charges_fit(self, sides, members):
        """For each pair, whether its charges are as asked for, or all opposite; in one collection in any order."""
        found = [np.sign(side["charge"][member]) for side, member in zip(sides, members, strict=True)]

        first, second = self.charges
        allowed = {(first, second), (-first, -second)}
        if self.same:
            allowed |= {(second, first), (-second, -first)}
        passed = np.zeros(len(members[0]), dtype=np.bool_)
        for wanted in allowed:
            fits = [charge == want for charge, want in zip(found, wanted, strict=True) if want]
            passed |= fits[0] & fits[-1]
        return passed


def four_momentum_sum(first, second):
    """The sum of two sets of objects with ``pt eta phi mass charge``, in the same fields, in single precision.

    The sum is made in double precision: masses much smaller than the energies come from differences.
    """
    momenta = []
    for objects in (first, second):
        pt, eta, phi, mass = (objects[name].astype(np.float64) for name in ("pt", "eta", "phi", "mass"))
        pz = pt * np.sinh(eta)
        momenta.append((pt * np.cos(phi), pt * np.sin(phi), pz, np.sqrt(pt**2 + pz**2 + mass**2)))
    px, py, pz, energy = (a + b for a, b in zip(*momenta, strict=True))
    pt = np.hypot(px, py)
    with np.errstate(divide="ignore", invalid="ignore"):  # a sum along the beam has no pseudorapidity
        eta = np.where(pt > 0, np.arcsinh(pz / pt), np.copysign(np.inf, pz))
    mass = np.sqrt(np.maximum(energy**2 - pt**2 - pz**2, 0))
    columns = {"pt": pt, "eta": eta, "phi": np.arctan2(py, px), "mass": mass}
    return {name: column.astype(np.float32) for name, column in columns.items()} | {
        "charge": (first["charge"] + second["charge"]).astype(np.int32)
    }
