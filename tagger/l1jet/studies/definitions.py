"""The five studies: what each selects, at which rate, and with what it is compared.

Targets, selections and existing seeds are those of CMS's public training of the jet tagger (arXiv:2509.24371 has its
results); the existing seeds are in the menu's file of working points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from .samples import CONES

Conditions = list[dict[str, Any]]
Thresholds = Mapping[str, float]

_TAU = ["tau_p", "tau_n"]
_LIGHT = ["uds", "g"]
_SCORE_STEPS = np.arange(0, 200) / 200  # of signal / (signal + background)
_SUM_STEPS = np.arange(0, 4 * 255) / 128  # of four jets' scores: what the word can tell apart


@attrs.frozen
class Variable:
    """What efficiencies are looked at against.

    Attributes
    ----------
    name : str
        Of `samples.truth`.
    label : str
    edges : tuple of float
        Of the bins.
    """

    name: str
    label: str
    edges: tuple[float, ...]


@attrs.frozen
class Study:
    """A seed with thresholds to be chosen.

    Attributes
    ----------
    name, seed : str
        Of the command, and of the seed in the menu.
    title : str
    target : float
        Rate (Hz) that the seed may have.
    signal : str
        Process whose efficiency is to be high.
    conditions : callable
        The seed's conditions for given thresholds.
    grid : dict of str to list of float
        Thresholds that are tried, all combinations.
    cut, cuts : str, numpy.ndarray
        Name and rising values of the threshold of which the lowest one that keeps the rate is taken.
    plain : callable
        Conditions of the seed without the tagger, for one pt or HT.
    plain_cuts : numpy.ndarray
        Rising values for it.
    labels : dict of str to str
        Of the thresholds, for axes.
    existing : tuple of str
        Seeds of the menu to compare with.
    variables : tuple of Variable
    """

    name: str
    seed: str
    title: str
    target: float
    signal: str
    conditions: Callable[[Thresholds], Conditions]
    grid: dict[str, list[float]]
    cut: str
    cuts: np.ndarray[Any, Any]
    plain: Callable[[float], Conditions]
    plain_cuts: np.ndarray[Any, Any]
    labels: dict[str, str]
    existing: tuple[str, ...]
    variables: tuple[Variable, ...]


def _four_b(at: Thresholds) -> Conditions:
    return [{"filter": "l1tJetSumsFilter", "minHT": at["HT"], "signal": ["b"], "minScoreSum": at["score"]}]


def _two_b_two_taus(at: Thresholds) -> Conditions:
    taus = {"filter": "l1tJetSumsFilter", "signal": _TAU, "minScoreSum": at["tau score"]}
    return [*_four_b(at), taus]


def _taus(number: int, signal: list[str]) -> Callable[[Thresholds], Conditions]:
    def conditions(at: Thresholds) -> Conditions:
        score = {"signal": signal, "background": _LIGHT, "minScore": at["score"]}
        return [{"filter": "l1tJetLegsFilter", "legs": [{"number": number, "minPt": at["pt"], **score}]}]

    return conditions


def _pair(at: Thresholds) -> Conditions:
    return [{"filter": "l1tJetPairFilter", "minPt": at["pt"], "minScore": at["score"]}]


def _plain_ht(cut: float) -> Conditions:
    return [{"filter": "l1tJetSumsFilter", "src": CONES, "minHT": cut}]


def _plain_jets(number: int) -> Callable[[float], Conditions]:
    return lambda cut: [{"filter": "l1tJetLegsFilter", "src": CONES, "legs": [{"number": number, "minPt": cut}]}]


_HT_CUTS, _PT_CUTS = np.arange(50.0, 1001.0), np.arange(10.0, 501.0)
_LABELS = {"HT": "$H_T$ threshold (GeV)", "pt": "Jet $p_T$ threshold (GeV)", "score": "Score above"}
_HT = Variable("gen_ht", "Generated $H_T$ (GeV)", (100, 150, 200, 250, 300, 350, 400, 450, 500, 600, 700))
_MHH = Variable("mhh", "$m_{HH}$ (GeV)", (250, 300, 350, 400, 450, 500, 550, 600, 700))
_TAU_EDGES = (20, 30, 40, 50, 60, 70, 85, 100, 125, 150)
_TAU1 = Variable("tau_pt", r"Visible $p_T$ of the leading $\tau_h$ (GeV)", (*_TAU_EDGES, 200))
_TAU2 = Variable("tau2_pt", r"Visible $p_T$ of the second $\tau_h$ (GeV)", _TAU_EDGES)
_DITAU = {"pt": [float(x) for x in range(14, 61, 2)]}

STUDIES = {
    study.name: study
    for study in (
        Study(
            name="bbbb",
            seed="L1_HT_4BTag",
            title="four b jets",
            target=14e3,
            signal="hh4b",
            conditions=_four_b,
            grid={"HT": [float(x) for x in range(100, 401, 10)]},
            cut="score",
            cuts=_SUM_STEPS,
            plain=_plain_ht,
            plain_cuts=_HT_CUTS,
            labels=_LABELS | {"score": "Sum of four b scores above"},
            existing=("L1_HT220_4BTag",),
            variables=(_HT, _MHH),
        ),
        Study(
            name="bbtt",
            seed="L1_HT_BTag_TauTag",
            title="two b jets and two taus",
            target=14e3,
            signal="hhbbtautau",
            conditions=_two_b_two_taus,
            grid={"HT": [float(x) for x in range(100, 401, 25)], "tau score": [k / 8 for k in range(0, 17, 2)]},
            cut="score",
            cuts=_SUM_STEPS,
            plain=_plain_ht,
            plain_cuts=_HT_CUTS,
            labels=_LABELS | {"score": "Sum of four b scores above"},
            existing=("L1_BBTauTau",),
            variables=(_HT, _MHH),
        ),
        Study(
            name="ditaus",
            seed="L1_DoubleTau",
            title="two taus",
            target=28e3,
            signal="vbfHtautau",
            conditions=_taus(2, _TAU),
            grid=_DITAU,
            cut="score",
            cuts=_SCORE_STEPS,
            plain=_plain_jets(2),
            plain_cuts=_PT_CUTS,
            labels=_LABELS,
            existing=("L1_DoubleTau34",),
            variables=(_TAU2, _TAU1),
        ),
        Study(
            name="ditaus-topo",
            seed="L1_DoubleTau_OS",
            title="two taus of opposite charge",
            target=28e3,
            signal="vbfHtautau",
            conditions=_pair,
            grid=_DITAU,
            cut="score",
            cuts=_SCORE_STEPS,
            plain=_plain_jets(2),
            plain_cuts=_PT_CUTS,
            labels=_LABELS | {"score": "Score of the pair above"},
            existing=("L1_DoubleTau34",),
            variables=(_TAU2, _TAU1),
        ),
        Study(
            name="single-tau",
            seed="L1_SingleTau",
            title="one tau",
            target=31e3,
            signal="vbfHtautau",
            conditions=_taus(1, [*_TAU, "e"]),
            grid={"pt": [float(x) for x in range(20, 201, 10)]},
            cut="score",
            cuts=_SCORE_STEPS,
            plain=_plain_jets(1),
            plain_cuts=_PT_CUTS,
            labels=_LABELS,
            existing=("L1_SingleJet164_121",),
            variables=(_TAU1,),
        ),
    )
}
