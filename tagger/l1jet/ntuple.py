"""Labelled jets of the tagger's training ntuple: selection, classes and the target of the regression.

One entry per jet in the tree ``outnano/jets`` (or ``outnano/Jets``, ``jetntuple/Jets``), as CMS's training project has
it; the inputs are in ``jet_puppicand_<name>`` for each name of `ng_inputs.Quirks.features`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

from pyrun.modules.l1t.ng_inputs import N_PARTICLES, QUIRKS

from .toy_jets import CLASSES

TREES = ("outnano/jets", "outnano/Jets", "jetntuple/Jets")
GEN = ("genmatch_pt", "genmatch_hflav", "genmatch_pflav", "genmatch_lep_vis_pt")
FLAVOURS = ("tauflav", "muflav", "elflav", "taucharge")
COLUMNS = [f"jet_{name}" for name in ("pt_phys", "eta_phys", "reject", *GEN, *FLAVOURS)]
MIN_PT, MAX_ETA, MIN_TARGET = 15.0, 2.4, 5.0  # GeV, GeV


class NtupleJets(NamedTuple):
    """Selected jets: inputs (jets, particles, features), class, and true pt over the jet's."""

    inputs: npt.NDArray[np.float32]
    label: npt.NDArray[np.int64]
    pt_ratio: npt.NDArray[np.float64]


def labels(jets: ak.Array | dict[str, npt.NDArray]) -> npt.NDArray[np.int64]:
    """Index into `CLASSES` of each jet, -1 for jets of none: from the columns of `COLUMNS`, with their prefix.

    Hadron classes ask for a generated jet and no lepton, taus for no electron or muon.
    """
    tau, muon, electron = (np.asarray(jets[f"jet_{name}"]) != 0 for name in ("tauflav", "muflav", "elflav"))
    hadron = (np.asarray(jets["jet_genmatch_pt"]) > 0) & ~tau & ~muon & ~electron
    heavy, parton = np.asarray(jets["jet_genmatch_hflav"]), np.abs(np.asarray(jets["jet_genmatch_pflav"]))
    positive = np.asarray(jets["jet_taucharge"]) > 0
    wanted = {
        "b": hadron & (heavy == 5),
        "charm": hadron & (heavy == 4),
        "light": hadron & (heavy == 0) & (parton <= 3),
        "gluon": hadron & (heavy == 0) & (parton == 21),
        "taup": tau & ~muon & ~electron & positive,
        "taum": tau & ~muon & ~electron & ~positive,
        "muon": muon & ~tau & ~electron,
        "electron": electron & ~tau & ~muon,
    }
    return np.select([wanted[name] for name in CLASSES], np.arange(len(CLASSES)), -1)


def read(files: Iterable[str | Path], quirks: str = "exact") -> NtupleJets:
    """The jets of some files that the tagger is trained with, in an arbitrary but fixed order.

    Raises
    ------
    KeyError
        A file has none of `TREES`, or a column is missing.
    """
    parts = [_read_one(file, quirks) for file in files]
    inputs, label, ratio = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.random.default_rng(1).permutation(len(label))
    return NtupleJets(inputs[order], label[order], ratio[order])


def _read_one(file: str | Path, quirks: str) -> NtupleJets:
    features = QUIRKS[quirks].features
    with uproot.open(file) as opened:
        found = [name for name in TREES if name in opened]
        if not found:
            raise KeyError(f"{file} has none of the trees {', '.join(TREES)}")
        jets = opened[found[0]].arrays([*COLUMNS, *(f"jet_puppicand_{name}" for name in features)])
    label, pt = labels(jets), ak.to_numpy(jets.jet_pt_phys)
    lepton = label >= CLASSES.index("taup")
    target = np.where(lepton, ak.to_numpy(jets.jet_genmatch_lep_vis_pt), ak.to_numpy(jets.jet_genmatch_pt))
    chosen = (pt > MIN_PT) & (np.abs(ak.to_numpy(jets.jet_eta_phys)) < MAX_ETA) & (ak.to_numpy(jets.jet_reject) == 0)
    chosen &= (label >= 0) & (target > MIN_TARGET)
    columns = [_padded(jets[f"jet_puppicand_{name}"][chosen]) for name in features]
    return NtupleJets(np.stack(columns, axis=-1), label[chosen], target[chosen] / pt[chosen])


def _padded(values: ak.Array) -> npt.NDArray[np.float32]:
    cut = ak.fill_none(ak.pad_none(values, N_PARTICLES, axis=1, clip=True), 0)
    return ak.to_numpy(cut).astype(np.float32)
