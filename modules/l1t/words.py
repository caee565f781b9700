"""The correlator's 64-bit Puppi words and the 128-bit jet words of correlator and global trigger.

Layouts and types are those of CMSSW's DataFormats/L1TParticleFlow. Integers here are the raw values of the firmware's
fixed-point types; `FixedPoint` turns numbers into them and back, with the type's rounding and overflow.

Examples
--------
>>> fields = PuppiFields.of(pt=[PT.raw(12.3)], eta=[ETA_PHI_PI // 2], id=[ParticleID.PHOTON], weight=[256])
>>> unpack_puppi(pack_puppi(fields)).pt * PT.lsb
array([12.25])
"""

from __future__ import annotations

import enum
import math
from typing import Any, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

ETA_PHI_PI = 720  # pi in units of the correlator's eta and phi
ETA_PHI_LSB = math.pi / ETA_PHI_PI
Z0_LSB = 0.05  # cm
DXY_SQRT_LSB = 1.0 / 64.0  # of sqrt(|dxy| / cm)
GT_ETA_PHI_PI = 4096
GT_ETA_PHI_LSB = math.pi / GT_ETA_PHI_PI
N_SCORES = 8


class ParticleID(enum.IntEnum):
    """The three id bits of a candidate."""

    HADZERO = 0
    PHOTON = 1
    HADMINUS = 2
    HADPLUS = 3
    ELEMINUS = 4
    ELEPLUS = 5
    MUMINUS = 6
    MUPLUS = 7


#: By particle id: PDG number, charge, and the mass (GeV) that the tagger gives candidates.
PDG_ID = np.array([130, 22, -211, 211, 11, -11, 13, -13], dtype=np.int32)
CHARGE = np.array([0, 0, -1, 1, -1, 1, -1, 1], dtype=np.int8)
MASS = np.array([0.5, 0.0, 0.13, 0.13, 0.005, 0.005, 0.105, 0.105], dtype=np.float32)


@attrs.frozen
class FixedPoint:
    """A type like ``ap_fixed<width, integer, rounding, overflow>`` of at most 62 bits.

    Attributes
    ----------
    width, integer : int
        Bits in all, and before the binary point (sign included).
    signed : bool
    rounding : {"TRN", "RND", "RND_CONV"}
        Toward minus infinity; to nearest, halves up; halves to even.
    overflow : {"WRAP", "SAT"}
        Keep the low bits, or clamp.
    """

    width: int
    integer: int
    signed: bool = False
    rounding: str = attrs.field(default="TRN", validator=attrs.validators.in_(("TRN", "RND", "RND_CONV")))
    overflow: str = attrs.field(default="WRAP", validator=attrs.validators.in_(("WRAP", "SAT")))

    @property
    def fraction(self) -> int:
        """Bits after the binary point."""
        return self.width - self.integer

    @property
    def lsb(self) -> float:
        """Value of the lowest bit."""
        return math.ldexp(1.0, -self.fraction)

    @property
    def lowest(self) -> int:
        """Smallest raw value."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        """Largest raw value."""
        return (1 << (self.width - self.signed)) - 1

    def raw(self, values: npt.ArrayLike) -> Any:
        """Raw integers of numbers, rounded and brought into range; a scalar gives an int.

        Numbers must be finite and below 2^62 LSB.
        """
        scaled = np.asarray(values, dtype=np.float64) * 2.0**self.fraction  # exact
        if self.rounding == "TRN":
            whole = np.floor(scaled)
        elif self.rounding == "RND":
            below = np.floor(scaled)  # floor(x + 0.5) would round the number just below one half up
            whole = below + (scaled - below >= 0.5)
        else:
            whole = np.rint(scaled)
        return self.fit(whole.astype(np.int64))

    def fit(self, raw: npt.ArrayLike) -> Any:
        """Raw values brought into the type's range by its overflow rule; a scalar gives an int."""
        raw = np.asarray(raw, dtype=np.int64)
        if self.overflow == "SAT":
            fitted = np.clip(raw, self.lowest, self.highest)
        else:
            fitted = raw & ((1 << self.width) - 1)
            fitted = np.where(fitted > self.highest, fitted - (1 << self.width), fitted)
        return fitted if fitted.ndim else int(fitted)

    def value(self, raw: npt.ArrayLike) -> Any:
        """Numbers of raw values."""
        return np.asarray(raw) * self.lsb


PT = FixedPoint(14, 12, False, "TRN", "SAT")
ETA = FixedPoint(12, 12, True)
PHI = FixedPoint(11, 11, True)
Z0 = FixedPoint(10, 10, True)
DXY = FixedPoint(8, 8)
QUALITY = FixedPoint(3, 3)
PUPPI_WEIGHT = FixedPoint(9, 1, False, "RND_CONV", "WRAP")
EM_ID = FixedPoint(6, 6)
TAG_SCORE = FixedPoint(8, 1, False, "RND_CONV", "SAT")
ID_SCORE = FixedPoint(10, 1, True, "RND_CONV", "SAT")
MASS2 = FixedPoint(17, 15, False, "TRN", "SAT")
GT_PT = FixedPoint(16, 11, False, "RND_CONV", "SAT")
GT_PHI = FixedPoint(13, 13, True, "RND_CONV", "WRAP")
GT_ETA = FixedPoint(14, 14, True, "RND_CONV", "SAT")


def round_half_away(values: npt.ArrayLike) -> Any:
    """C's ``round``: to the nearest integer, halves away from zero."""
    values = np.asarray(values, dtype=np.float64)
    size = np.abs(values)
    whole = np.floor(size)
    return np.copysign(whole + (size - whole >= 0.5), values)


def make_pt(pt: npt.ArrayLike) -> Any:
    """Raw pt of numbers in GeV: to the nearest 0.25 GeV, saturating."""
    return PT.fit(round_half_away(np.asarray(pt, dtype=np.float64) * 4.0).astype(np.int64))


def make_eta(eta: npt.ArrayLike) -> Any:
    """Raw eta, to the nearest step; beyond +-8.9 it wraps."""
    return ETA.fit(round_half_away(np.asarray(eta) / ETA_PHI_LSB).astype(np.int64))


def make_phi(phi: npt.ArrayLike) -> Any:
    """Raw phi of angles in [-pi, pi], to the nearest step. Both -720 and 720 occur, as in the firmware."""
    return PHI.fit(round_half_away(np.asarray(phi) / ETA_PHI_LSB).astype(np.int64))


def make_z0(z0: npt.ArrayLike) -> Any:
    """Raw z0 of numbers in cm, to the nearest step; beyond +-25.6 cm it wraps."""
    return Z0.fit(round_half_away(np.asarray(z0) / Z0_LSB).astype(np.int64))


def make_dxy(dxy: npt.ArrayLike) -> Any:
    """Raw square root of |dxy| of numbers in cm, to the nearest step; from 15.9 cm on it wraps."""
    return DXY.fit(round_half_away(np.sqrt(np.abs(np.asarray(dxy, dtype=np.float64))) / DXY_SQRT_LSB).astype(np.int64))


class PuppiFields(NamedTuple):
    """Raw values of Puppi candidates, arrays of int64 of shape (n,).

    ``z0``, ``dxy`` and ``quality`` belong to charged candidates, ``weight`` and ``em_id`` to neutral ones.
    """

    pt: Integers
    eta: Integers
    phi: Integers
    id: Integers
    z0: Integers
    dxy: Integers
    quality: Integers
    weight: Integers
    em_id: Integers

    @classmethod
    def of(cls, **columns: npt.ArrayLike) -> PuppiFields:
        """Fields by name; those not given are zeros."""
        return cls(*_columns(cls._fields, columns))


class CTJetFields(NamedTuple):
    """Raw values of jets of the correlator: arrays of int64 of shape (n,), ``scores`` (n, 8)."""

    pt: Integers
    eta: Integers
    phi: Integers
    z0: Integers
    scores: Integers

    @classmethod
    def of(cls, scores: npt.ArrayLike | None = None, **columns: npt.ArrayLike) -> CTJetFields:
        """Fields by name; those not given are zeros."""
        made = _columns(cls._fields[:-1], columns)
        return cls(*made, _scores(scores, len(made[0])))


class GTJetFields(NamedTuple):
    """Raw values of jets of the global trigger: arrays of int64 of shape (n,), ``scores`` (n, 8)."""

    valid: Integers
    pt: Integers
    phi: Integers
    eta: Integers
    z0: Integers
    scores: Integers

    @classmethod
    def of(cls, scores: npt.ArrayLike | None = None, **columns: npt.ArrayLike) -> GTJetFields:
        """Fields by name; those not given are zeros."""
        made = _columns(cls._fields[:-1], columns)
        return cls(*made, _scores(scores, len(made[0])))


def pack_puppi(fields: PuppiFields) -> Words:
    """64-bit words of candidates, shape (n,).

    Of each value the low bits are taken: bring values into range first (`FixedPoint.fit`, `make_pt` and its kin).
    """
    from .word_kernels import pack_puppi_kernel

    words = np.empty(len(fields.pt), dtype=np.uint64)
    pack_puppi_kernel(np.array(fields, dtype=np.int64), words)
    return words


def unpack_puppi(words: npt.ArrayLike) -> PuppiFields:
    """Raw values of candidates; fields that a candidate does not have are 0."""
    from .word_kernels import unpack_puppi_kernel

    words = np.require(words, np.uint64, "CW")
    fields = np.empty((len(PuppiFields._fields), len(words)), dtype=np.int64)
    unpack_puppi_kernel(words, fields)
    return PuppiFields(*fields)


def pack_ct_jet(fields: CTJetFields) -> Words:
    """Words of the correlator's jets, shape (n, 2), low half first. Of each value the low bits are taken."""
    from .word_kernels import pack_ct_jet_kernel

    words = np.empty((len(fields.pt), 2), dtype=np.uint64)
    pack_ct_jet_kernel(np.array(fields[:-1], dtype=np.int64), fields.scores, words)
    return words


def unpack_ct_jet(words: npt.ArrayLike) -> CTJetFields:
    """Raw values of the correlator's jets from words of shape (n, 2)."""
    from .word_kernels import unpack_ct_jet_kernel

    words = np.require(words, np.uint64, "CW")
    fields, scores = np.empty((4, len(words)), dtype=np.int64), np.empty((len(words), N_SCORES), dtype=np.int64)
    unpack_ct_jet_kernel(words, fields, scores)
    return CTJetFields(*fields, scores)


def pack_gt_jet(fields: GTJetFields) -> Words:
    """Words of the global trigger's jets, shape (n, 2), low half first. Of each value the low bits are taken."""
    from .word_kernels import pack_gt_jet_kernel

    words = np.empty((len(fields.pt), 2), dtype=np.uint64)
    pack_gt_jet_kernel(np.array(fields[:-1], dtype=np.int64), fields.scores, words)
    return words


def unpack_gt_jet(words: npt.ArrayLike) -> GTJetFields:
    """Raw values of the global trigger's jets from words of shape (n, 2)."""
    from .word_kernels import unpack_gt_jet_kernel

    words = np.require(words, np.uint64, "CW")
    fields, scores = np.empty((5, len(words)), dtype=np.int64), np.empty((len(words), N_SCORES), dtype=np.int64)
    unpack_gt_jet_kernel(words, fields, scores)
    return GTJetFields(*fields, scores)


def ct_to_gt_jet(fields: CTJetFields) -> Words:
    """Global-trigger words, shape (n, 2), of the correlator's jets.

    Pt goes from 1/4 to 1/32 GeV and saturates at 2047.97 GeV; eta and phi are multiplied by 4096/720 as a
    fixed<18,5>, rounded half to even; eta saturates, phi wraps; z0 and the scores keep their bits.
    """
    from .word_kernels import ct_to_gt_jet_kernel

    words = np.empty((len(fields.pt), 2), dtype=np.uint64)
    ct_to_gt_jet_kernel(np.array(fields[:-1], dtype=np.int64), fields.scores, words)
    return words


def _columns(names: tuple[str, ...], given: dict[str, npt.ArrayLike]) -> list[Integers]:
    unknown = set(given) - set(names)
    if unknown:
        raise TypeError(f"No field {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    length = max((np.size(column) for column in given.values()), default=0)
    return [np.broadcast_to(np.asarray(given.get(name, 0), dtype=np.int64), (length,)).copy() for name in names]


def _scores(scores: npt.ArrayLike | None, length: int) -> Integers:
    if scores is None:
        return np.zeros((length, N_SCORES), dtype=np.int64)
    return np.ascontiguousarray(scores, dtype=np.int64).reshape(length, N_SCORES)
