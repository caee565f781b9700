"""The tagger's inputs and what its answer does to a jet, as numba kernels on flat arrays."""

from __future__ import annotations

import numpy as np
from numba import boolean, float64, int64, njit, uint64, void

from pyrun.framework.kernels import kernel

from .word_kernels import (
    CT_ETA,
    CT_PHI,
    CT_PT,
    CT_Z0,
    PUPPI_DXY,
    PUPPI_EMID,
    PUPPI_ETA,
    PUPPI_ID,
    PUPPI_PHI,
    PUPPI_PT,
    PUPPI_QUALITY,
    PUPPI_WEIGHT,
    PUPPI_Z0,
    RND,
    SAT,
    fit,
    is_charged,
    mix_ct_jet,
    mix_gt_jet_of_ct,
    requantize,
    signed_bits,
    unsigned_bits,
)

PI = 720
PT_WIDTH, PT_FRACTION = 14, 2
RATIO_WIDTH, RATIO_FRACTION = 22, 10
WEIGHT_FRACTION = 8

# places of the inputs
PT, PT_REL, PT_LOG, DETA, DPHI, MASS = range(6)
Z0, DXY, FILLED, WEIGHT, EMID, QUALITY, ABS_ETA = range(14, 21)
# of the flags, by particle id: h0, photon, h-, h+, e-, e+, mu-, mu+
FLAGS = (11, 6, 13, 12, 8, 7, 10, 9)


@njit(cache=True, nogil=True)
def leading(words, constituents, begin, end, chosen):
    """Put the rows of the constituents of highest pt into `chosen`, descending, in their order at equal pt.

    Returns how many there are.
    """
    n = 0
    for k in range(begin, end):
        row = constituents[k]
        pt = unsigned_bits(np.int64(words[row]), PUPPI_PT)
        place = n
        while place > 0 and unsigned_bits(np.int64(words[chosen[place - 1]]), PUPPI_PT) < pt:
            place -= 1
        if place == len(chosen):
            continue
        n = min(n + 1, len(chosen))
        for later in range(n - 1, place, -1):
            chosen[later] = chosen[later - 1]
        chosen[place] = row
    return n


@njit(cache=True, nogil=True)
def wrapped_dphi(dphi):
    """A difference of two angles in [-1024, 1023] steps, brought closer to zero by at most one turn."""
    if dphi > PI:
        return dphi - 2 * PI
    if dphi < -PI:
        return dphi + 2 * PI
    return dphi


@njit(cache=True, nogil=True)
def relative_pt(pt, jet_pt, reciprocal, reciprocal_fraction, width, fraction):
    """Raw input of a candidate's pt over the jet's, by the reciprocal's table if there is one."""
    if len(reciprocal) > 0:
        factor = fit(pt << (fraction - PT_FRACTION), width, True, SAT)
        return fit(requantize(factor * reciprocal[jet_pt], reciprocal_fraction, RND), width, True, SAT)
    if jet_pt == 0:
        return 0
    return fit(((pt << (fraction + 1)) + jet_pt) // (2 * jet_pt), width, True, SAT)


@kernel(
    void(
        uint64[::1],
        int64[::1],
        int64[::1],
        uint64[::1],
        int64[::1],
        int64,
        int64[::1],
        int64[::1],
        int64,
        int64,
        boolean,
        float64[:, :, ::1],
        float64[:, ::1],
    ),
)
def tagger_inputs_kernel(
    words,
    constituents,
    offsets,
    jet_words,
    reciprocal,
    reciprocal_fraction,
    log,
    masses,
    width,
    fraction,
    by_value,
    candidates,
    jets,
):
    """See `ng_inputs.tagger_inputs`; `candidates` must come filled with zeros."""
    particles, features = candidates.shape[1], candidates.shape[2]
    lsb = 2.0**-fraction
    chosen = np.empty(particles, dtype=np.int64)
    for jet in range(len(jet_words)):
        jet_word = np.int64(jet_words[jet])
        jet_pt = unsigned_bits(jet_word, CT_PT)
        jet_eta, jet_phi = signed_bits(jet_word, CT_ETA), signed_bits(jet_word, CT_PHI)
        jets[jet, 0] = fit(jet_pt << (fraction - PT_FRACTION), width, True, SAT) * lsb
        jets[jet, 1] = fit(jet_eta << fraction, width, True, SAT) * lsb
        for slot in range(leading(words, constituents, offsets[jet], offsets[jet + 1], chosen)):
            word = np.int64(words[chosen[slot]])
            x = candidates[jet, slot]
            pt, eta = unsigned_bits(word, PUPPI_PT), signed_bits(word, PUPPI_ETA)
            particle_id = unsigned_bits(word, PUPPI_ID)
            x[PT] = fit(pt << (fraction - PT_FRACTION), width, True, SAT) * lsb
            x[PT_REL] = relative_pt(pt, jet_pt, reciprocal, reciprocal_fraction, width, fraction) * lsb
            x[PT_LOG] = log[pt] * lsb
            x[DETA] = fit((jet_eta - eta) << fraction, width, True, SAT) * lsb
            x[DPHI] = wrapped_dphi(signed_bits(word, PUPPI_PHI) - jet_phi)
            x[MASS] = masses[particle_id] * lsb
            x[FLAGS[particle_id]] = 1.0
            x[FILLED] = 1.0
            if is_charged(particle_id):
                x[Z0] = signed_bits(word, PUPPI_Z0)
                x[DXY] = unsigned_bits(word, PUPPI_DXY)
                x[QUALITY] = unsigned_bits(word, PUPPI_QUALITY)
            elif by_value:
                x[WEIGHT] = unsigned_bits(word, PUPPI_WEIGHT) & 1
                x[EMID] = unsigned_bits(word, PUPPI_EMID) & 1
            else:
                x[WEIGHT] = unsigned_bits(word, PUPPI_WEIGHT) * 2.0**-WEIGHT_FRACTION
                x[EMID] = unsigned_bits(word, PUPPI_EMID)
            if features > ABS_ETA:
                x[ABS_ETA] = abs(eta)


@kernel(
    void(
        uint64[:, ::1],
        int64[:, ::1],
        int64[::1],
        boolean[::1],
        int64[::1],
        boolean,
        uint64[:, ::1],
        uint64[:, ::1],
        int64[::1],
        int64[:, ::1],
    ),
)
def tag_jets_kernel(words, scores, ratio, in_range, corrected, raw, ct_words, gt_words, pt_out, scores_out):
    """Write the tagger's answers into the words of jets.

    Parameters
    ----------
    words : numpy.ndarray of uint64, shape (jets, 2)
        The correlator's words.
    scores : numpy.ndarray of int64, shape (jets, 8)
        As ap_ufixed<8,1>.
    ratio : numpy.ndarray of int64, shape (jets,)
        Factor of pt, as ap_ufixed<22,12>.
    in_range : numpy.ndarray of bool, shape (jets,)
        Whose pt is multiplied; the others' scores are removed.
    corrected : numpy.ndarray of int64, shape (jets,)
        Raw pt of the jets that are out of range.
    raw : bool
        Leave all pt, and keep all scores.
    ct_words, gt_words : numpy.ndarray of uint64, shape (jets, 2)
        To be filled, as are the raw `pt_out`, shape (jets,), and `scores_out`, shape (jets, 8).
    """
    for jet in range(len(words)):
        word = np.int64(words[jet, 0])
        pt, eta, phi = unsigned_bits(word, CT_PT), signed_bits(word, CT_ETA), signed_bits(word, CT_PHI)
        scores_out[jet] = scores[jet]
        if not raw:
            if in_range[jet]:
                # ap_ufixed<22,12,TRN,SAT>, then ap_ufixed<14,12,TRN,SAT>
                product = fit((pt * ratio[jet]) >> PT_FRACTION, RATIO_WIDTH, False, SAT)
                pt = fit(product >> (RATIO_FRACTION - PT_FRACTION), PT_WIDTH, False, SAT)
            else:
                pt = corrected[jet]
                scores_out[jet] = 0
        z0 = signed_bits(word, CT_Z0)
        low, high = mix_ct_jet(pt, eta, phi, z0, scores_out[jet])
        ct_words[jet, 0], ct_words[jet, 1] = np.uint64(low), np.uint64(high)
        low, high = mix_gt_jet_of_ct(pt, eta, phi, z0, scores_out[jet])
        gt_words[jet, 0], gt_words[jet, 1] = np.uint64(low), np.uint64(high)
        pt_out[jet] = pt
