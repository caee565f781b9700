"""Training samples: jets, labels and weights from files that a job wrote.

The files hold the products of ``cfg/parttraining_cfg.py``: ``pfParticleTransformerAK4TagInfos``,
``patJetFlavourAssociation``, ``ak4PFJetsPuppi`` and ``ak4GenJets``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs
import awkward as ak
import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import ProductNotFound
from pyrun.framework.io.event_file import EventFileReader
from pyrun.modules.btag.batching import JetInputs, Particles
from pyrun.modules.btag.features import CLASSES, delta_phi

B, BB, LEPB, C, UDS, G = range(len(CLASSES))
NO_LABEL = -1

MAX_GEN_JET_DISTANCE = 0.4
"""Jets without a generated jet this near are from pile-up, and not used."""

PARTS = {"train": range(0, 8), "validation": range(8, 9), "test": range(9, 10)}
"""Which tenths of the events each part of the sample gets."""

PT_EDGES = np.geomspace(15.0, 1000.0, 22)
"""Bins in which `weights` makes the classes' spectra equal (GeV)."""

LARGEST_WEIGHT = 10.0
"""Limit on the weight of a jet in units of its class's mean, for bins where a class is rare."""


@attrs.frozen
class Sample:
    """Labelled jets.

    Attributes
    ----------
    inputs : JetInputs
        The network's inputs.
    label : numpy.ndarray of int
        Index in `CLASSES`.
    pt, eta : numpy.ndarray
        Of the jets (GeV).
    tenth : numpy.ndarray of int
        Which tenth of the events the jet's event is in; see `PARTS`.
    """

    inputs: JetInputs
    label: npt.NDArray[np.int64]
    pt: npt.NDArray[np.float32]
    eta: npt.NDArray[np.float32]
    tenth: npt.NDArray[np.int64]

    def part(self, name: str) -> npt.NDArray[np.int64]:
        """The indices of the jets in one of `PARTS`."""
        return np.flatnonzero(np.isin(self.tenth, list(PARTS[name])))


def labels(flavour: ak.Array) -> npt.NDArray[np.int64]:
    """Class of each jet from JetFlavourInfos, `NO_LABEL` if it has none.

    A jet with a b hadron is b, bb (two or more b hadrons) or lepb (an electron or muon from the decay chain), with a c
    hadron c; the others are uds or g by their parton, and nothing without one.
    """
    hadron, parton = np.asarray(flavour["hadronFlavour"]), np.abs(np.asarray(flavour["partonFlavour"]))
    conditions = {
        BB: (hadron == 5) & (np.asarray(flavour["nBHadrons"]) >= 2),
        LEPB: (hadron == 5) & (np.asarray(flavour["leptonic"]) != 0),
        B: hadron == 5,
        C: hadron == 4,
        UDS: (parton >= 1) & (parton <= 3),
        G: parton == 21,
    }
    return np.select(list(conditions.values()), list(conditions), NO_LABEL)


def tenths(run: npt.ArrayLike, lumi: npt.ArrayLike, event: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """A number from 0 to 9 that depends on nothing but the event (finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        x = (
            np.asarray(run, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            ^ np.asarray(lumi, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)
            ^ np.asarray(event, dtype=np.uint64) * np.uint64(0x8CB92BA72F3D8DD7)
        )
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) % np.uint64(10)).astype(np.int64)


def matched(jets: ak.Array, gen_jets: ak.Array) -> ak.Array:
    """For each jet, whether a generated jet is within `MAX_GEN_JET_DISTANCE`."""
    jet, gen = ak.unzip(ak.cartesian([jets[["eta", "phi"]], gen_jets[["eta", "phi"]]], nested=True))
    return ak.any((jet.eta - gen.eta) ** 2 + delta_phi(jet.phi, gen.phi) ** 2 < MAX_GEN_JET_DISTANCE**2, axis=2)


def read(paths: Sequence[Path], step: int = 2000) -> Sample:
    """Read the labelled jets of some files, `step` events at a time.

    Raises
    ------
    FileOpenError, ProductNotFound
        A file can't be opened, or lacks a product.
    """
    pieces = []
    for path in paths:
        with EventFileReader(path) as file:
            starts = range(0, file.num_entries, step)
            pieces += [_read(file, start, min(start + step, file.num_entries)) for start in starts]
    if not pieces:
        raise ProductNotFound("There is no event in " + ", ".join(map(str, paths)))
    return concatenate(pieces)


def concatenate(samples: Sequence[Sample]) -> Sample:
    """One sample of several."""
    kinds = []
    for particles in zip(*(sample.inputs.kinds for sample in samples), strict=True):
        counts = np.concatenate([np.diff(p.offsets) for p in particles])
        offsets = np.concatenate([[0], np.cumsum(counts)])
        features, p4 = (np.concatenate([getattr(p, name) for p in particles]) for name in ("features", "p4"))
        kinds.append(Particles(offsets, features, p4))
    columns = ("label", "pt", "eta", "tenth")
    joined = {name: np.concatenate([getattr(sample, name) for sample in samples]) for name in columns}
    return Sample(JetInputs(tuple(kinds)), **joined)


def weights(sample: Sample, jets: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Training weights of these jets, with mean 1.

    Each class's spectrum is brought to the shape of all jets', so that the network can't take the flavour from the
    momentum; then the b classes together, c, uds and g count the same.
    """
    label = sample.label[jets]
    which = np.digitize(sample.pt[jets], PT_EDGES)
    everything = np.bincount(which, minlength=len(PT_EDGES) + 1)
    weight = np.zeros(len(jets))
    for i in range(len(CLASSES)):
        mine = label == i
        spectrum = np.bincount(which[mine], minlength=len(everything))
        factor = np.divide(everything, spectrum, out=np.zeros(len(everything)), where=spectrum > 0)
        w = factor[which[mine]]
        weight[mine] = np.minimum(w / max(w.mean(), 1e-9), LARGEST_WEIGHT) if mine.any() else 0.0
    for group in ((B, BB, LEPB), (C,), (UDS,), (G,)):
        mine = np.isin(label, group)
        weight[mine] /= max(weight[mine].sum(), 1e-9)
    return (weight / weight.mean()).astype(np.float32)


def scaling(compressed: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Mean and width of each column of compressed features [n, columns]; the width is at least 0.01."""
    return compressed.mean(axis=0), np.maximum(compressed.std(axis=0), 0.01)


def _read(file: EventFileReader, start: int, stop: int) -> Sample:
    def product(label: str) -> ak.Array:
        for branch in file.branches:
            if branch.label == label and not branch.instance:
                return file.read(branch, start, stop)[0]
        raise ProductNotFound(f"{file.path} has no product {label!r}; it is to be made with cfg/parttraining_cfg.py")

    tag_infos, jets = product("pfParticleTransformerAK4TagInfos"), product("ak4PFJetsPuppi")
    label = labels(ak.flatten(product("patJetFlavourAssociation")))
    used = ak.to_numpy(ak.flatten(tag_infos.is_filled & matched(jets, product("ak4GenJets")))) & (label != NO_LABEL)
    ids = file.ids
    tenth = np.repeat(tenths(ids.run, ids.lumi, ids.event)[start:stop], ak.to_numpy(ak.num(jets)))
    records = ak.to_packed(ak.flatten(tag_infos)[used], highlevel=False)
    pt, eta = (ak.to_numpy(ak.flatten(jets[name]))[used] for name in ("pt", "eta"))
    return Sample(JetInputs.of(records), label[used], pt, eta, tenth[used])
