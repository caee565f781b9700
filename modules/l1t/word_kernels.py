"""Integer arithmetic of the firmware's fixed-point types, and the fields of its words, as numba functions.

Raw values are int64 throughout: numba turns mixtures of int64 and uint64 into floats. Words are uint64 at the
interface of the array kernels only. The scalar functions are meant to be called by other kernels, which inline them.
"""

from __future__ import annotations

import math

import numpy as np
from numba import int64, njit, uint64, void

from pyrun.framework.kernels import kernel

TRN, RND, RND_CONV = 0, 1, 2  # quantisation: toward minus infinity; to nearest, halves up; halves to even
WRAP, SAT = 0, 1  # overflow: keep the low bits; clamp to the range

# first bit and width of each field
PUPPI_PT, PUPPI_ETA, PUPPI_PHI, PUPPI_ID = (0, 14), (14, 12), (26, 11), (37, 3)
PUPPI_Z0, PUPPI_DXY, PUPPI_QUALITY = (40, 10), (50, 8), (58, 3)  # charged
PUPPI_WEIGHT, PUPPI_EMID = (40, 9), (49, 6)  # neutral

CT_PT, CT_ETA, CT_PHI, CT_Z0, CT_SCORES = (0, 14), (14, 12), (26, 11), (37, 10), 47
GT_VALID, GT_PT, GT_PHI, GT_ETA, GT_Z0, GT_SCORES = (0, 1), (1, 16), (17, 13), (30, 14), (44, 10), 54
N_SCORES, SCORE_WIDTH = 8, 8

CT_TO_GT_SCALE = 46603  # (pi / 720) / (pi / 4096) as ap_fixed<18,5,RND_CONV,SAT>: times 2^13
CT_TO_GT_FRACTION = 13


@njit(cache=True, nogil=True)
def quantize(value, fraction, rounding):
    """A float in units of 2^-fraction, as an assignment to ap_fixed rounds it; before overflow."""
    scaled = math.ldexp(value, fraction)
    below = math.floor(scaled)
    rest = scaled - below
    up = (rounding == RND and rest >= 0.5) or (
        rounding == RND_CONV and (rest > 0.5 or (rest == 0.5 and below % 2 != 0))
    )
    return np.int64(below) + (1 if up else 0)


@njit(cache=True, nogil=True)
def requantize(raw, dropped, rounding):
    """Drop `dropped` fraction bits of a raw value (append zeros if negative), with rounding; before overflow."""
    if dropped <= 0:
        return raw << -dropped
    below = raw >> dropped
    rest = raw - (below << dropped)
    half = 1 << (dropped - 1)
    up = (rounding == RND and rest >= half) or (
        rounding == RND_CONV and (rest > half or (rest == half and (below & 1) != 0))
    )
    return below + (1 if up else 0)


@njit(cache=True, nogil=True)
def fit(raw, width, signed, overflow):
    """Bring a raw value into `width` bits (at most 62), two's complement if signed."""
    lowest = -(1 << (width - 1)) if signed else 0
    highest = (1 << (width - 1)) - 1 if signed else (1 << width) - 1
    if lowest <= raw <= highest:
        return raw
    if overflow == SAT:
        return highest if raw > highest else lowest
    low = raw & ((1 << width) - 1)
    return low - (1 << width) if signed and low > highest else low


@njit(cache=True, nogil=True)
def cast(raw, fraction_in, width, fraction_out, signed, rounding, overflow):
    """Assign a raw value with `fraction_in` fraction bits to a fixed-point type; see `words.FixedPoint`."""
    return fit(requantize(raw, fraction_in - fraction_out, rounding), width, signed, overflow)


@njit(cache=True, nogil=True)
def unsigned_bits(word, field):
    """The field of a word (as int64), not negative."""
    return (word >> field[0]) & ((1 << field[1]) - 1)


@njit(cache=True, nogil=True)
def signed_bits(word, field):
    """The field of a word (as int64), two's complement."""
    value = (word >> field[0]) & ((1 << field[1]) - 1)
    return value - (1 << field[1]) if value >> (field[1] - 1) else value


@njit(cache=True, nogil=True)
def placed(value, field):
    """The low bits of a value where the field has them."""
    return (value & ((1 << field[1]) - 1)) << field[0]


@njit(cache=True, nogil=True)
def is_charged(particle_id):
    """Whether one of the eight particle ids is a charged one (2 to 7)."""
    return particle_id >= 2


@njit(cache=True, nogil=True)
def mix_puppi(pt, eta, phi, particle_id, z0, dxy, quality, weight, em_id):
    """A Puppi word as int64; of the last five only those that the id's charge allows."""
    word = placed(pt, PUPPI_PT) | placed(eta, PUPPI_ETA) | placed(phi, PUPPI_PHI) | placed(particle_id, PUPPI_ID)
    if is_charged(particle_id):
        return word | placed(z0, PUPPI_Z0) | placed(dxy, PUPPI_DXY) | placed(quality, PUPPI_QUALITY)
    return word | placed(weight, PUPPI_WEIGHT) | placed(em_id, PUPPI_EMID)


@kernel(void(int64[:, :], uint64[:]))
def pack_puppi_kernel(fields, words):
    """Rows of `fields`: pt, eta, phi, id, z0, dxy, quality, weight, emID; shape (9, n)."""
    for i in range(len(words)):
        f = fields[:, i]
        words[i] = np.uint64(mix_puppi(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]))


@kernel(void(uint64[:], int64[:, :]))
def unpack_puppi_kernel(words, fields):
    """The inverse of `pack_puppi_kernel`; fields that a candidate does not have are 0."""
    for i in range(len(words)):
        word = np.int64(words[i])
        fields[0, i] = unsigned_bits(word, PUPPI_PT)
        fields[1, i] = signed_bits(word, PUPPI_ETA)
        fields[2, i] = signed_bits(word, PUPPI_PHI)
        fields[3, i] = unsigned_bits(word, PUPPI_ID)
        charged = is_charged(fields[3, i])
        fields[4, i] = signed_bits(word, PUPPI_Z0) if charged else 0
        fields[5, i] = unsigned_bits(word, PUPPI_DXY) if charged else 0
        fields[6, i] = unsigned_bits(word, PUPPI_QUALITY) if charged else 0
        fields[7, i] = 0 if charged else unsigned_bits(word, PUPPI_WEIGHT)
        fields[8, i] = 0 if charged else unsigned_bits(word, PUPPI_EMID)


@njit(cache=True, nogil=True)
def place_scores(scores, start):
    """Eight 8-bit scores from bit `start` of a 128-bit word on; the two halves as int64."""
    low, high = 0, 0
    for k in range(N_SCORES):
        score = scores[k] & ((1 << SCORE_WIDTH) - 1)
        bit = start + k * SCORE_WIDTH
        if bit < 64:
            low |= score << bit
            if bit > 64 - SCORE_WIDTH:
                high |= score >> (64 - bit)
        else:
            high |= score << (bit - 64)
    return low, high


@njit(cache=True, nogil=True)
def take_scores(low, high, start, scores):
    """The inverse of `place_scores`."""
    for k in range(N_SCORES):
        bit = start + k * SCORE_WIDTH
        if bit < 64:
            value = low >> bit
            if bit > 64 - SCORE_WIDTH:  # an arithmetic shift copies the sign: cut before joining
                value = (value & ((1 << (64 - bit)) - 1)) | (high << (64 - bit))
        else:
            value = high >> (bit - 64)
        scores[k] = value & ((1 << SCORE_WIDTH) - 1)


@njit(cache=True, nogil=True)
def mix_ct_jet(pt, eta, phi, z0, scores):
    """The two halves, as int64, of a correlator jet."""
    low, high = place_scores(scores, CT_SCORES)
    return low | placed(pt, CT_PT) | placed(eta, CT_ETA) | placed(phi, CT_PHI) | placed(z0, CT_Z0), high


@kernel(void(int64[:, :], int64[:, :], uint64[:, :]))
def pack_ct_jet_kernel(fields, scores, words):
    """Rows of `fields`: pt, eta, phi, z0; `scores` (n, 8); `words` (n, 2)."""
    for i in range(len(words)):
        low, high = mix_ct_jet(fields[0, i], fields[1, i], fields[2, i], fields[3, i], scores[i])
        words[i, 0], words[i, 1] = np.uint64(low), np.uint64(high)


@kernel(void(uint64[:, :], int64[:, :], int64[:, :]))
def unpack_ct_jet_kernel(words, fields, scores):
    """The inverse of `pack_ct_jet_kernel`."""
    for i in range(len(words)):
        low, high = np.int64(words[i, 0]), np.int64(words[i, 1])
        fields[0, i] = unsigned_bits(low, CT_PT)
        fields[1, i] = signed_bits(low, CT_ETA)
        fields[2, i] = signed_bits(low, CT_PHI)
        fields[3, i] = signed_bits(low, CT_Z0)
        take_scores(low, high, CT_SCORES, scores[i])


@njit(cache=True, nogil=True)
def ct_to_gt_direction(value):
    """An eta or phi of the correlator (pi / 720) in steps of pi / 4096, rounded half to even; before overflow."""
    return requantize(value * CT_TO_GT_SCALE, CT_TO_GT_FRACTION, RND_CONV)


@njit(cache=True, nogil=True)
def mix_gt_jet(valid, pt, phi, eta, z0, scores):
    """The two halves, as int64, of a global-trigger jet."""
    low, high = place_scores(scores, GT_SCORES)
    low |= placed(valid, GT_VALID) | placed(pt, GT_PT) | placed(phi, GT_PHI) | placed(eta, GT_ETA)
    return low | placed(z0, GT_Z0), high


@njit(cache=True, nogil=True)
def mix_gt_jet_of_ct(pt, eta, phi, z0, scores):
    """The global-trigger word of a correlator jet: pt in 1/32 GeV, directions in pi / 4096, the same z0 bits."""
    gt_pt = fit(pt << 3, 16, False, SAT)
    gt_phi = fit(ct_to_gt_direction(phi), 13, True, WRAP)
    gt_eta = fit(ct_to_gt_direction(eta), 14, True, SAT)
    return mix_gt_jet(np.int64(pt != 0), gt_pt, gt_phi, gt_eta, z0, scores)


@kernel(void(int64[:, :], int64[:, :], uint64[:, :]))
def pack_gt_jet_kernel(fields, scores, words):
    """Rows of `fields`: valid, pt, phi, eta, z0; `scores` (n, 8); `words` (n, 2)."""
    for i in range(len(words)):
        low, high = mix_gt_jet(fields[0, i], fields[1, i], fields[2, i], fields[3, i], fields[4, i], scores[i])
        words[i, 0], words[i, 1] = np.uint64(low), np.uint64(high)


@kernel(void(int64[:, :], int64[:, :], uint64[:, :]))
def ct_to_gt_jet_kernel(fields, scores, words):
    """As `pack_gt_jet_kernel`, but from the correlator's pt, eta, phi, z0."""
    for i in range(len(words)):
        low, high = mix_gt_jet_of_ct(fields[0, i], fields[1, i], fields[2, i], fields[3, i], scores[i])
        words[i, 0], words[i, 1] = np.uint64(low), np.uint64(high)


@kernel(void(uint64[:, :], int64[:, :], int64[:, :]))
def unpack_gt_jet_kernel(words, fields, scores):
    """The inverse of `pack_gt_jet_kernel`."""
    for i in range(len(words)):
        low, high = np.int64(words[i, 0]), np.int64(words[i, 1])
        fields[0, i] = unsigned_bits(low, GT_VALID)
        fields[1, i] = unsigned_bits(low, GT_PT)
        fields[2, i] = signed_bits(low, GT_PHI)
        fields[3, i] = signed_bits(low, GT_ETA)
        fields[4, i] = signed_bits(low, GT_Z0)
        take_scores(low, high, GT_SCORES, scores[i])
