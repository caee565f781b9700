"""Demands on the decays of heavy resonances, in Pythia's settings.

The settings are those that CMSSW adds to Pythia (its ResonanceDecayFilterHook): ``ResonanceDecayFilter:filter``,
``exclusive``, ``mothers`` and ``daughters``.
"""

from __future__ import annotations

from collections import Counter

PREFIX = "ResonanceDecayFilter:"
_kept = []  # Pythia holds the hooks' C++ part only; without their Python part they veto nothing


def add_settings(pythia):
    """Make the settings known, so that cards may use them."""
    for flag in ("filter", "exclusive"):
        pythia.settings.addFlag(PREFIX + flag, False)
    for words in ("mothers", "daughters"):
        pythia.settings.addMVec(PREFIX + words, [0], False, False, 0, 0)


def hook_for(pythia):
    """The hook that the settings ask for, to be given to Pythia before it starts; None if they ask for none.

    An event passes if the daughters of all ``mothers`` (any, if that is 0) include ``daughters``, each as often as it
    is listed; with ``exclusive`` there may be no other daughter. Signs don't matter. Other events are drawn anew
    before their showers, which costs little.
    """
    import pythia8mc

    if not pythia.settings.flag(PREFIX + "filter"):
        return None
    mothers = {abs(code) for code in pythia.settings.mvec(PREFIX + "mothers")} - {0}
    wanted = Counter(abs(code) for code in pythia.settings.mvec(PREFIX + "daughters"))
    exclusive = pythia.settings.flag(PREFIX + "exclusive")

    class ResonanceDecayFilter(pythia8mc.UserHooks):
        def canVetoResonanceDecays(self):
            return True

        def doVetoResonanceDecays(self, process):
            found = daughters_of(process, mothers)
            return found != wanted if exclusive else bool(wanted - found)

    _kept.append(ResonanceDecayFilter())
    return _kept[-1]


def daughters_of(process, mothers):
    """How often each |PDG id| is among the daughters of resonances that are in `mothers` (of any, if that is empty)."""
    found = Counter()
    for i in range(process.size()):
        if not mothers and not process[i].isResonance() or mothers and process[i].idAbs() not in mothers:
            continue
        daughters = [process[k] for k in process[i].daughterList()]
        if len(daughters) == 1 and daughters[0].idAbs() == process[i].idAbs():
            continue  # a copy, whose daughters come later
        found.update(daughter.idAbs() for daughter in daughters)
    return found
