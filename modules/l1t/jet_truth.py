"""What the generator knows of jets: the jet and the lepton that match, on flat arrays of many events.

The rules are those of the ntuple that CMS trains its level-1 jet tagger with (JetNTuplizer of the FastPUPPI project).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..jets import gen_particles as gen
from ..jets.clustering import Momenta
from .truth_kernels import ELECTRON, MUON, TAU, find_prompt, nearest, sum_tau_decays

Values = npt.NDArray[Any]

MAX_GEN_RATIO = 10.0  # a generator jet that is harder than the jet by more than this is none of its matches
HIGGS = 25


class Leptons(NamedTuple):
    """Prompt final electrons and muons, and prompt taus that decay to hadrons, event after event.

    Attributes
    ----------
    offsets : array of int64, shape (events + 1,)
    kind : array of int
        11, 13 or 15.
    charge : array of int
    pt : array of float64
        Before a tau's decay (GeV).
    visible_pt, eta, phi : array of float64
        Of what can be seen.
    decay_mode : array of int
        5 (charged - 1) + neutral pions for taus, else -1.
    """

    offsets: npt.NDArray[np.int64]
    kind: Values
    charge: Values
    pt: Values
    visible_pt: Values
    eta: Values
    phi: Values
    decay_mode: Values


def prompt_leptons(particles: Mapping[str, Values], offsets: npt.NDArray[np.int64]) -> Leptons:
    """The leptons of an event that jets may be made of.

    Prompt are those of Z, W and Higgs bosons, directly or by a tau. A tau that decays to an electron or muon counts as
    that one.

    Parameters
    ----------
    particles : mapping of str to array
        Columns of ``recoGenParticles``: pt, eta, phi, mass, pdgId, status, mother; mothers as indices in the event.
    offsets : array of int64, shape (events + 1,)
        Where each event's particles begin and end.
    """
    ids, mother = np.asarray(particles["pdgId"]).astype(np.int64), _flat_mothers(particles, offsets)
    n = len(ids)
    prompt = np.zeros(n, dtype=np.bool_)
    find_prompt(ids, mother, prompt)
    kinematics = (np.asarray(particles[name], dtype=np.float64) for name in ("pt", "eta", "phi", "mass"))
    momenta = np.stack(_momenta(*kinematics), axis=1)
    visible, charged, neutral = np.zeros((n, 4)), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    leptonic = np.zeros(n, dtype=np.bool_)
    sum_tau_decays(ids, mother, prompt, momenta, visible, charged, neutral, leptonic)

    codes = np.abs(ids)
    final = prompt & (codes != TAU) & (np.asarray(particles["status"]) == 1)
    hadronic = prompt & gen.last_of(codes == TAU, mother) & ~leptonic & (np.hypot(visible[:, 0], visible[:, 1]) > 0)
    rows = np.flatnonzero(final | hadronic)
    kind = codes[rows]
    seen = Momenta(*np.where((kind == TAU)[:, None], visible[rows], momenta[rows]).T)
    mode = np.where(kind == TAU, 5 * (charged[rows] - 1) + neutral[rows], -1)
    counts = np.searchsorted(rows, offsets)
    pt = np.asarray(particles["pt"], dtype=np.float64)[rows]
    return Leptons(counts, kind, -np.sign(ids[rows]), pt, seen.pt, seen.eta, seen.phi, mode)


def _momenta(pt: Values, eta: Values, phi: Values, mass: Values) -> Momenta:
    """Four-momenta; incoming partons, whose eta overflows, are at rest."""
    return Momenta.from_pt_eta_phi_mass(pt, np.where(np.abs(eta) < 20.0, eta, 0.0), phi, mass)


def _flat_mothers(particles: Mapping[str, Values], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Mothers as rows of the columns, -1 for none."""
    index = np.asarray(particles["mother"]).astype(np.int64)
    return np.where(index >= 0, index + np.repeat(offsets[:-1], np.diff(offsets)), -1)


def match(
    jets: Mapping[str, Values],
    offsets: npt.NDArray[np.int64],
    others: Mapping[str, Values],
    other_offsets: npt.NDArray[np.int64],
    max_dr: float,
    max_ratio: float = np.inf,
) -> tuple[npt.NDArray[np.int64], Values, npt.NDArray[np.int64]]:
    """The nearest of the other collection for each jet, however many jets it is the nearest of.

    Parameters
    ----------
    jets, others : mapping of str to array
        With columns pt, eta and phi.
    offsets, other_offsets : array of int64, shape (events + 1,)
    max_dr : float
        Matches are nearer than this.
    max_ratio : float
        Others whose pt is this many times the jet's or more don't match.

    Returns
    -------
    rows : array of int64, shape (jets,)
        Rows of `others`, -1 for none.
    dr : array of float64, shape (jets,)
        Distances, `max_dr` for none.
    counts : array of int64, shape (jets,)
        How many are that near.
    """
    n = len(jets["pt"])
    rows, dr, counts = np.empty(n, dtype=np.int64), np.empty(n), np.empty(n, dtype=np.int64)
    pt, eta, phi = (np.asarray(jets[name], dtype=np.float64) for name in ("pt", "eta", "phi"))
    other_pt, other_eta, other_phi = (np.asarray(others[name], dtype=np.float64) for name in ("pt", "eta", "phi"))
    largest = np.where(pt > 0, pt, 0.0) * max_ratio if np.isfinite(max_ratio) else np.full(n, np.inf)
    nearest(offsets, eta, phi, largest, other_offsets, other_eta, other_phi, other_pt, max_dr, rows, dr, counts)
    return rows, dr, counts


def lepton_columns(leptons: Leptons, rows: npt.NDArray[np.int64]) -> dict[str, Values]:
    """Labels of jets by the row of the lepton that matches each, -1 for none: see `L1TJetTruthProducer`."""
    found = rows >= 0

    def of(values: Values, default: float = 0) -> Values:
        result = np.full(len(rows), default, dtype=values.dtype)
        result[found] = values[rows[found]]
        return result

    kind = of(leptons.kind)
    return {
        "lep_pt": of(leptons.pt).astype(np.float32),
        "lep_vis_pt": of(leptons.visible_pt).astype(np.float32),
        "tauflav": (kind == TAU).astype(np.int32),
        "muflav": (kind == MUON).astype(np.int32),
        "elflav": (kind == ELECTRON).astype(np.int32),
        "taucharge": np.where(kind == TAU, of(leptons.charge), 0).astype(np.int32),
        "taudecaymode": of(leptons.decay_mode, -1).astype(np.int32),
    }


def higgs_pair_mass(particles: Mapping[str, Values], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Mass (GeV) of each event's Higgs bosons, of which there must be two; -1 in other events."""
    n = len(offsets) - 1
    last = np.flatnonzero(gen.last_of(np.asarray(particles["pdgId"]) == HIGGS, _flat_mothers(particles, offsets)))
    event = np.searchsorted(offsets, last, side="right") - 1
    total = np.zeros((n, 4))
    momenta = _momenta(*(np.asarray(particles[name], dtype=np.float64)[last] for name in ("pt", "eta", "phi", "mass")))
    np.add.at(total, event, np.stack(momenta, axis=1))
    pair = np.bincount(event, minlength=n) == 2
    return np.where(pair, Momenta(*total.T).mass, -1.0).astype(np.float32)
