"""Inputs of the next-generation jet tagger: numbers per constituent of a seeded-cone jet, as the firmware has them.

The producer, the ntuple writer and the training all take their inputs from `tagger_inputs`, so that they cannot
disagree. What CMSSW's versions make of 1 / pt and log pt depends on the types that their look-up tables were given;
`QUIRKS` pins these:

cmssw_v1
    Both argument and entries of the reciprocal are ap_fixed<24,12>: the shift that normalises the argument ends on the
    sign bit, and 1 / pt comes out negative (-0.078 for 50 GeV). Puppi weight and electromagnetic id are read by value
    into ap_ufixed<9,1>, of which the lowest bit is left.
cmssw_v2
    Entries of both tables are in steps of 0.25: 1 / pt is 0, and log pt is coarse and 0 below 1 GeV. Inputs are
    ap_fixed<64,32>, |eta| of the constituent is added, and pt and eta of the jet are a second input.
exact
    pt over jet pt and log pt rounded to the nearest step of ap_fixed<24,12>, without tables; otherwise as cmssw_v1,
    but with the bits of weight and electromagnetic id.

Source: CMSSW's L1TSC4NGJetID, and inversion.h and log.h in L1Trigger/Phase2L1ParticleFlow/interface/common.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from .words import PT, FixedPoint

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

FEATURES = (
    *("pt", "pt_rel", "pt_log", "deta", "dphi", "mass"),
    *("isPhoton", "isElectronPlus", "isElectronMinus", "isMuonPlus", "isMuonMinus"),
    *("isNeutralHadron", "isChargedHadronPlus", "isChargedHadronMinus"),
    *("z0", "dxy", "isfilled", "puppiweight", "emid", "quality"),
)
ABS_ETA = "abs_eta"
N_PARTICLES = 16

# masses (GeV) by particle id; CMSSW converts these doubles to the type of the inputs
MASSES = (0.5, 0.0, 0.13, 0.13, 0.005, 0.005, 0.105, 0.105)

FIXED_24_12 = FixedPoint(24, 12, True, "RND", "SAT")
FIXED_64_32 = FixedPoint(62, 30, True, "RND", "SAT")  # no input comes near the ends of either range


@attrs.frozen
class Quirks:
    """The types that one version of the tagger computes with.

    Attributes
    ----------
    input_type : FixedPoint
        Of all inputs.
    reciprocal, log : tuple of (FixedPoint, FixedPoint, int) or None
        Types of the argument and of the entries of a look-up table, and its number of entries; None for the nearest
        value instead of a table.
    by_value : bool
        Whether Puppi weight and electromagnetic id are converted by value rather than bit by bit.
    abs_eta : bool
        Whether |eta| is the last input of a constituent.
    """

    input_type: FixedPoint
    reciprocal: tuple[FixedPoint, FixedPoint, int] | None
    log: tuple[FixedPoint, FixedPoint, int] | None
    by_value: bool = False
    abs_eta: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """Names of a constituent's inputs, in order."""
        return (*FEATURES, ABS_ETA) if self.abs_eta else FEATURES


QUIRKS = {
    "cmssw_v1": Quirks(FIXED_24_12, (FIXED_24_12, FIXED_24_12, 256), (PT, FIXED_24_12, 256), by_value=True),
    "cmssw_v2": Quirks(FIXED_64_32, (PT, PT, 1024), (PT, PT, 256), abs_eta=True),
    "exact": Quirks(FIXED_24_12, None, None),
}


class TaggerInputs(NamedTuple):
    """What the tagger is given.

    Attributes
    ----------
    candidates : numpy.ndarray, shape (jets, particles, features)
        Constituents in the order of their pt; zeros where there is none.
    jets : numpy.ndarray, shape (jets, 2)
        Pt (GeV) and eta (steps of pi / 720) of the jets.
    """

    candidates: Floats
    jets: Floats


def tagger_inputs(
    words: npt.ArrayLike,
    constituents: npt.ArrayLike,
    offsets: npt.ArrayLike,
    jet_words: npt.ArrayLike,
    quirks: str | Quirks = "exact",
    particles: int = N_PARTICLES,
) -> TaggerInputs:
    """The tagger's inputs for jets of many events.

    Parameters
    ----------
    words : array of uint64, shape (candidates,)
        Puppi words of all candidates.
    constituents : array of int, shape (n,)
        Constituents of all jets, as rows of `words`.
    offsets : array of int, shape (jets + 1,)
        Where each jet's constituents begin and end.
    jet_words : array of uint64, shape (jets, 2) or (jets,)
        The correlator's words of the jets, of which the first half is used.
    quirks : str or Quirks
        One of `QUIRKS` by its name, or types of one's own.
    particles : int
        Most constituents that are used: those of highest pt, the first ones at equal pt.

    Returns
    -------
    TaggerInputs
        In GeV where an energy is meant, in the firmware's steps where a direction or position is.
    """
    from .ng_kernels import tagger_inputs_kernel

    quirks = QUIRKS[quirks] if isinstance(quirks, str) else quirks
    jet_words = np.asarray(jet_words, dtype=np.uint64)
    low = np.ascontiguousarray(jet_words if jet_words.ndim == 1 else jet_words[:, 0])
    candidates = np.zeros((len(low), particles, len(quirks.features)))
    jets = np.empty((len(low), 2))
    tables = _tables(quirks)
    tagger_inputs_kernel(
        np.ascontiguousarray(words, dtype=np.uint64),
        *(np.ascontiguousarray(where, dtype=np.int64) for where in (constituents, offsets)),
        low,
        *tables,
        quirks.input_type.width,
        quirks.input_type.fraction,
        quirks.by_value,
        candidates,
        jets,
    )
    return TaggerInputs(candidates, jets)


class _Tables(NamedTuple):
    """What a version makes of every raw pt (0 to 16383) and of every particle id.

    `reciprocal` is empty where pt is to be divided; `log` and `masses` are raw values of the inputs' type.
    """

    reciprocal: Integers
    reciprocal_fraction: int
    log: Integers
    masses: Integers


@functools.cache
def _tables(quirks: Quirks) -> _Tables:
    pt = np.arange(1 << PT.width)
    masses = quirks.input_type.raw(np.array(MASSES))
    if quirks.log is None:
        log = quirks.input_type.raw(np.log(np.maximum(pt, 1) * PT.lsb))
        log[0] = quirks.input_type.raw(np.log(PT.lsb))  # a candidate without pt counts as one of the smallest
    else:
        log = _rescaled(_shifted_log(pt, *quirks.log), quirks.log[1], quirks.input_type)
    if quirks.reciprocal is None:
        return _Tables(np.empty(0, dtype=np.int64), 0, log, masses)
    argument, entry, size = quirks.reciprocal
    # CMSSW takes the jet's pt as an input first, and then as the argument of the table
    asked = _rescaled(_rescaled(pt, PT, quirks.input_type), quirks.input_type, argument)
    return _Tables(_shifted_reciprocal(asked, argument, entry, size), entry.fraction, log, masses)


def _rescaled(raw: Any, source: FixedPoint, target: FixedPoint) -> Integers:
    """Raw values of one type assigned to another one, where those that are asked for are exact in double precision."""
    return np.asarray(target.raw(source.value(raw)))


def _normalised(raw: Integers, argument: FixedPoint, size: int) -> tuple[Integers, Integers]:
    """By how many bits each value is shifted so that its first bit is the type's, and the table's index after it."""
    msb = np.frexp(raw.astype(np.float64))[1] - 1
    shift = argument.width - 1 - np.maximum(msb, 0)
    bits = size.bit_length() - 1
    return shift, ((raw << shift) >> (argument.width - 1 - bits)) & (size - 1)


def _arguments(argument: FixedPoint, size: int) -> npt.NDArray[np.float32]:
    """What each entry of a table stands for: the first bit set, the index behind it. With a sign it's negative."""
    bits = size.bit_length() - 1
    raw = (1 << (argument.width - 1)) + (np.arange(size) << (argument.width - 1 - bits))
    wrapped = FixedPoint(argument.width, argument.integer, argument.signed)
    return argument.value(wrapped.fit(raw)).astype(np.float32)


def _shifted_reciprocal(raw: Integers, argument: FixedPoint, entry: FixedPoint, size: int) -> Integers:
    shift, index = _normalised(raw, argument, size)
    table = entry.raw(np.float32(1.0) / _arguments(argument, size))
    # a shift of a fixed-point number drops what goes beyond, whatever the type does on assignment
    return np.asarray(FixedPoint(entry.width, entry.integer, entry.signed).fit(table[index] << shift))


def _shifted_log(raw: Integers, argument: FixedPoint, entry: FixedPoint, size: int) -> Integers:
    shift, index = _normalised(raw, argument, size)
    # logf, correctly rounded: numpy's own for float32 may be off by one unit
    table = entry.raw(np.log(_arguments(argument, size).astype(np.float64)).astype(np.float32))
    powers = entry.raw(np.log(2.0 ** np.arange(argument.width)))
    return np.asarray(entry.fit(table[index] - powers[shift]))
