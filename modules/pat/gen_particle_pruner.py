"""The part of the generated particles that analyses look at."""

from __future__ import annotations

import re

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration
from pyrun.modules.columns import Objects
from pyrun.modules.jets import gen_particles as gen

from .string_object import StringCutObjectSelector

STATEMENT = re.compile(r"\s*(\+{0,2})(keep|drop)(\+{0,2})\s+(.+)", re.DOTALL)

DEFAULT_SELECTION = [
    "drop *",
    "keep (21 <= abs(status) <= 29)",  # the hard process
    "++keep (abs(pdgId) == 11 || abs(pdgId) == 13 || abs(pdgId) == 15)",  # leptons with their history
    "keep abs(pdgId) == 12 || abs(pdgId) == 14 || abs(pdgId) == 16",
    "drop (30 < abs(status) < 80)",  # the showers in that history
    "keep++ abs(pdgId) == 15",
    "keep abs(pdgId) == 6 || (23 <= abs(pdgId) <= 25)",
    "keep (400 < abs(pdgId) < 600) || (4000 < abs(pdgId) < 6000)",  # heavy hadrons and partons give jets their flavour
    "keep (4 <= abs(pdgId) <= 5) && (71 <= abs(status) <= 79)",
    "keep (abs(pdgId) <= 3 || pdgId == 21) && (71 <= abs(status) <= 79) && pt > 5",
]


@plugin
class GenParticlePruner(EDProducer):
    """Keeps the generated particles that its statements select.

    Statements are ``keep`` or ``drop`` followed by ``*`` or a condition, and act one after the other on what is
    dropped at first. A ``+`` before the word adds the mothers of the particles chosen, ``++`` all ancestors; after
    the word, the daughters or all descendants. The mother of a particle kept is its nearest ancestor kept.
    """

    cfi = "PhysicsTools/PatAlgos/slimming/prunedGenParticles"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("genParticles", doc="generated particles")
        select: list[str] = param.vstring(DEFAULT_SELECTION, doc='statements such as "keep++ abs(pdgId) == 15"')

    def declare(self, p):
        self.statements = [_parse(text) for text in p.select]
        self.particles = self.consumes(p.src)
        self.pruned = self.produces("recoGenParticles")

    def produce(self, event, setup):
        particles = Objects.of(event.get(self.particles))
        (mother,) = particles.values("mother")
        mothers = gen.flat_mothers(mother, particles.offsets)
        kept = prune(self.statements, particles.numbers(), mothers)
        renumbered = _renumber(mothers, kept, particles.counts)
        event.put(self.pruned, particles.chosen(kept).array({"mother": renumbered}))


def prune(statements, fields, mothers):
    """Which particles are kept.

    Parameters
    ----------
    statements : sequence of (str, bool, str, StringCutObjectSelector)
        Plus signs before the word, whether it is ``keep``, plus signs after it, and the condition.
    fields : mapping of numpy.ndarray, shape (n,)
        The particles.
    mothers : numpy.ndarray of int, shape (n,)
        As `gen_particles.flat_mothers` gives them.
    """
    kept = np.zeros(len(mothers), dtype=np.bool_)
    for before, keeps, after, condition in statements:
        chosen = condition(fields)
        family = chosen.copy()
        if before:
            family |= gen.mothers_of(chosen, mothers) if before == "+" else gen.ancestors_of(chosen, mothers)
        if after:
            family |= gen.daughters_of(chosen, mothers) if after == "+" else gen.has_ancestor(chosen, mothers)
        kept[family] = keeps
    return kept


def _parse(text):
    match = STATEMENT.fullmatch(text)
    if match is None:
        raise Configuration(f"GenParticlePruner: {text!r} is no statement; write e.g. 'keep pt > 5' or '++drop *'")
    before, word, after, condition = match.groups()
    return before, word == "keep", after, StringCutObjectSelector("" if condition.strip() == "*" else condition)


def _renumber(mothers, kept, counts):
    """The nearest kept ancestor of each kept particle, as an index among the kept particles of its event."""
    nearest = mothers.copy()
    while (lost := (nearest >= 0) & ~kept[nearest]).any():
        nearest[lost] = mothers[nearest[lost]]
    rank = np.cumsum(kept) - 1
    begin = np.repeat(np.cumsum(counts) - counts, counts)
    kept_before = np.concatenate([[0], np.cumsum(kept)])[begin]
    return np.where(nearest >= 0, rank[nearest] - kept_before, -1)[kept].astype(np.int32)
