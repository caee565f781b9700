"""Labelled jets from a few random numbers, in the firmware's words: enough to try out the chain, no physics.

Classes differ in what real ones do (number and displacement of tracks, narrowness, leptons), by invented amounts.
"""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from pyrun.modules.l1t import words as w
from pyrun.modules.l1t.words import ParticleID

CLASSES = ("b", "charm", "light", "gluon", "taup", "taum", "muon", "electron")


@attrs.frozen
class Recipe:
    """How the jets of one class look.

    Attributes
    ----------
    multiplicity : float
        Mean number of particles, pileup aside.
    width : float
        Typical distance from the axis, in steps of pi / 720.
    displaced : float
        Fraction of the tracks with an impact parameter of the order of a millimetre.
    leptons : tuple of ParticleID
        One of them is the leading particle, if there are any; else as of `leading`.
    hardness : float
        Share of the leading particle.
    """

    multiplicity: float
    width: float
    displaced: float
    leading: tuple[ParticleID, ...]
    hardness: float


HADRONS = (ParticleID.HADPLUS, ParticleID.HADMINUS)
RECIPES = {
    "b": Recipe(11.0, 45.0, 0.45, HADRONS, 0.25),
    "charm": Recipe(9.0, 40.0, 0.25, HADRONS, 0.3),
    "light": Recipe(8.0, 38.0, 0.03, HADRONS, 0.35),
    "gluon": Recipe(13.0, 55.0, 0.04, HADRONS, 0.2),
    "taup": Recipe(2.5, 12.0, 0.15, (ParticleID.HADPLUS,), 0.6),
    "taum": Recipe(2.5, 12.0, 0.15, (ParticleID.HADMINUS,), 0.6),
    "muon": Recipe(1.5, 30.0, 0.05, (ParticleID.MUPLUS, ParticleID.MUMINUS), 0.9),
    "electron": Recipe(1.5, 30.0, 0.05, (ParticleID.ELEPLUS, ParticleID.ELEMINUS), 0.85),
}


class LabelledJets(NamedTuple):
    """Jets as the tagger meets them, with the truth.

    Attributes
    ----------
    words : numpy.ndarray of uint64
        Puppi words of all constituents, jet after jet.
    offsets : numpy.ndarray of int, shape (jets + 1,)
    jet_words : numpy.ndarray of uint64, shape (jets, 2)
    label : numpy.ndarray of int, shape (jets,)
        Index into `CLASSES`.
    pt_ratio : numpy.ndarray of float, shape (jets,)
        True pt over the jet's.
    """

    words: npt.NDArray[np.uint64]
    offsets: npt.NDArray[np.int64]
    jet_words: npt.NDArray[np.uint64]
    label: npt.NDArray[np.int64]
    pt_ratio: npt.NDArray[np.float64]


def toy_jets(n: int, seed: int = 1) -> LabelledJets:
    """`n` jets, of all classes alike, with pt between 15 and about 300 GeV."""
    rng = np.random.default_rng(seed)
    label = rng.integers(len(CLASSES), size=n)
    recipes = [RECIPES[name] for name in CLASSES]
    names = ("multiplicity", "width", "displaced", "hardness")
    multiplicity, width, displaced, hardness = (np.array([getattr(r, x) for r in recipes])[label] for x in names)

    true_pt = 15.0 * rng.pareto(2.0, n).clip(0, 19) + 15.0
    own = 1 + rng.poisson(multiplicity)
    counts = own + rng.poisson(4.0, n)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    jet = np.repeat(np.arange(n), counts)
    slot = np.arange(len(jet)) - offsets[jet]
    first, pileup = slot == 0, slot >= own[jet]

    share = rng.exponential(1.0, len(jet)) * ~first * ~pileup
    total = np.bincount(jet, share, n)
    share = np.where(first, np.where(total > 0, hardness, 1.0)[jet], share * ((1 - hardness) / (total + 1e-9))[jet])
    pt = np.where(pileup, rng.exponential(1.0, len(jet)), share * true_pt[jet] * rng.normal(0.95, 0.08, len(jet)))

    particle = rng.choice([3, 2, 1, 0], p=[0.31, 0.31, 0.26, 0.12], size=len(jet))
    particle[pileup] = rng.choice([1, 0], size=pileup.sum())
    choice = rng.integers(2, size=n)
    particle[first] = np.array([[r.leading[k % len(r.leading)] for k in range(2)] for r in recipes])[label, choice]

    spread = np.where(pileup, 70.0, width[jet]) * np.where(first, 0.3, 1.0)
    jet_eta, jet_phi = rng.uniform(-540, 540, n), rng.uniform(-720, 720, n)
    distance = np.minimum(rng.exponential(spread), 91.0)
    angle = rng.uniform(0, 2 * np.pi, len(jet))
    eta = np.rint(jet_eta[jet] + distance * np.cos(angle)).astype(int)
    phi = (np.rint(jet_phi[jet] + distance * np.sin(angle)).astype(int) + 720) % 1440 - 720
    away = rng.random(len(jet)) < displaced[jet]
    dxy = np.abs(np.where(away, rng.exponential(0.06, len(jet)), rng.normal(0, 0.008, len(jet))))
    vertex = rng.normal(0, 4.5, n)
    fields = w.PuppiFields.of(
        pt=np.maximum(w.make_pt(pt), 1),
        eta=eta,
        phi=phi,
        id=particle,
        z0=w.make_z0(vertex[jet] + rng.normal(0, 0.1, len(jet))),
        dxy=w.make_dxy(dxy),
        quality=rng.integers(8, size=len(jet)),
        weight=np.where(pileup, rng.integers(257, size=len(jet)), 256 - rng.integers(64, size=len(jet))),
        em_id=np.where(particle == ParticleID.PHOTON, rng.integers(32, 64, len(jet)), rng.integers(32, size=len(jet))),
    )
    raw_pt = w.PT.fit(np.bincount(jet, fields.pt, n).astype(np.int64))
    jets = w.CTJetFields.of(
        pt=raw_pt, eta=np.rint(jet_eta).astype(int), phi=np.rint(jet_phi).astype(int), z0=w.make_z0(vertex)
    )
    return LabelledJets(w.pack_puppi(fields), offsets, w.pack_ct_jet(jets), label, true_pt / (raw_pt * w.PT.lsb))
