"""Words and fixed-point types, against the ap_types headers that hls4ml ships."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from pyrun.modules.l1t import word_kernels, words
from pyrun.modules.l1t.words import CTJetFields, FixedPoint, GTJetFields, ParticleID, PuppiFields

SOURCE = Path(__file__).parent / "reference" / "words.cc"
TYPES = [
    words.PT,
    words.PUPPI_WEIGHT,
    words.TAG_SCORE,
    words.ID_SCORE,
    words.MASS2,
    words.GT_PT,
    words.GT_PHI,
    words.GT_ETA,
    FixedPoint(24, 12, True, "RND", "SAT"),
    FixedPoint(16, 6, True),
]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The compiled reference: takes a mode and an array, gives the bytes that it wrote."""
    spec = importlib.util.find_spec("hls4ml")
    if spec is None or shutil.which("g++") is None:
        pytest.skip("needs hls4ml (its ap_types headers) and g++")
    headers = Path(spec.origin).parent / "templates" / "vivado" / "ap_types"
    program = tmp_path_factory.mktemp("words") / "words"
    subprocess.run(["g++", "-O1", "-std=c++17", f"-I{headers}", SOURCE, "-o", program], check=True)

    def run(mode, array, dtype):
        out = subprocess.run([program, mode], input=np.ascontiguousarray(array).tobytes(), capture_output=True)
        assert out.returncode == 0, out.stderr
        return np.frombuffer(out.stdout, dtype=dtype)

    return run


def within(rng, bits, n, signed=False):
    """Raw values over the whole range, its ends included."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    values = rng.integers(low, high, n, endpoint=True)
    values[: n // 10] = rng.choice([low, high, 0], n // 10)
    return values


def some_candidates(n=20000):
    rng = np.random.default_rng(1)
    identity = rng.integers(0, 8, n)
    charged = identity > 1
    bits = {"pt": 14, "eta": -12, "phi": -11, "z0": -10, "dxy": 8, "quality": 3, "weight": 9, "em_id": 6}
    columns = {name: within(rng, abs(width), n, width < 0) for name, width in bits.items()}
    for name in ("z0", "dxy", "quality"):
        columns[name][~charged] = 0
    for name in ("weight", "em_id"):
        columns[name][charged] = 0
    return PuppiFields.of(id=identity, **columns)


def some_jets(n=20000):
    rng = np.random.default_rng(2)
    bits = {"pt": 14, "eta": -12, "phi": -11, "z0": -10}
    columns = {name: within(rng, abs(width), n, width < 0) for name, width in bits.items()}
    return CTJetFields.of(scores=within(rng, 8, 8 * n).reshape(n, 8), **columns)


def test_puppi_words_are_those_of_ap_types(reference):
    fields = some_candidates()
    assert np.array_equal(words.pack_puppi(fields), reference("puppi", np.stack(fields, axis=1), np.uint64))


def test_jet_words_are_those_of_ap_types(reference):
    fields = some_jets()
    rows = np.concatenate([np.stack(fields[:-1], axis=1), fields.scores], axis=1)
    assert np.array_equal(words.pack_ct_jet(fields), reference("ct", rows, np.uint64).reshape(-1, 2))
    assert np.array_equal(words.ct_to_gt_jet(fields), reference("gt", rows, np.uint64).reshape(-1, 2))


def numbers(n=20000):
    """Numbers around the types' ranges: halves of steps, exact steps, anything, either sign."""
    rng = np.random.default_rng(3)
    steps = rng.choice([1.0, 2**-2, 2**-5, 2**-7, 2**-8, 2**-9, 2**-10, 2**-12, 2**-13], n)
    halves = rng.integers(-40000, 40000, n) * steps / 2
    return np.concatenate(
        [halves, rng.normal(0, 1.5, n), rng.normal(0, 20000, n), [0.0, 1.0, 255.5 / 256, 511.5 / 256]]
    )


def test_rounding_and_overflow_are_those_of_ap_types(reference):
    values = numbers()
    expected = reference("types", values, np.int64).reshape(len(values), len(TYPES))
    for k, fixed in enumerate(TYPES):
        masked = fixed.raw(values) & ((1 << fixed.width) - 1)
        assert np.array_equal(masked, expected[:, k]), fixed


def test_kernels_round_and_overflow_like_the_types():
    rounding = {"TRN": word_kernels.TRN, "RND": word_kernels.RND, "RND_CONV": word_kernels.RND_CONV}
    overflow = {"WRAP": word_kernels.WRAP, "SAT": word_kernels.SAT}
    values = numbers(500)
    for fixed in TYPES:
        modes = fixed.width, fixed.signed, overflow[fixed.overflow]
        made = [
            word_kernels.fit(word_kernels.quantize(v, fixed.fraction, rounding[fixed.rounding]), *modes) for v in values
        ]
        assert np.array_equal(made, fixed.raw(values)), fixed
        fine = np.floor(np.ldexp(values, 30)).astype(np.int64)  # cast of integers: exact halves must be seen as such
        made = [
            word_kernels.cast(
                v, 30, fixed.width, fixed.fraction, fixed.signed, rounding[fixed.rounding], overflow[fixed.overflow]
            )
            for v in fine
        ]
        assert np.array_equal(made, fixed.raw(np.ldexp(fine.astype(float), -30))), fixed


def test_words_come_apart_as_they_were_put_together():
    candidates, jets = some_candidates(), some_jets()
    for one, other in zip(words.unpack_puppi(words.pack_puppi(candidates)), candidates, strict=True):
        assert np.array_equal(one, other)
    for one, other in zip(words.unpack_ct_jet(words.pack_ct_jet(jets)), jets, strict=True):
        assert np.array_equal(one, other)
    rng = np.random.default_rng(4)
    gt = GTJetFields.of(
        valid=[1, 0, 1], pt=[0, 65535, 9], phi=[-4096, 4095, 1], eta=[-8192, 8191, -1], z0=[-512, 511, 3],
        scores=rng.integers(0, 256, (3, 8)),
    )  # fmt: skip
    for one, other in zip(words.unpack_gt_jet(words.pack_gt_jet(gt)), gt, strict=True):
        assert np.array_equal(one, other)


def test_gt_jet_of_a_jet_keeps_z0_and_scores_and_scales_the_rest():
    jets = CTJetFields.of(pt=[400, 0], eta=[720, -1], phi=[720, -720], z0=[-512, 7], scores=np.arange(16).reshape(2, 8))
    gt = words.unpack_gt_jet(words.ct_to_gt_jet(jets))
    assert gt.valid.tolist() == [1, 0] and gt.pt.tolist() == [3200, 0]
    assert gt.eta.tolist() == [4096, -6]
    assert gt.phi.tolist() == [-4096, -4096]  # +pi is -pi in 13 bits
    assert gt.z0.tolist() == [-512, 7] and np.array_equal(gt.scores, jets.scores)


def test_fields_that_a_candidate_lacks_are_not_packed():
    one = PuppiFields.of(id=[ParticleID.PHOTON, ParticleID.HADPLUS], z0=[-3, -3], dxy=9, quality=5, weight=77, em_id=37)
    photon, pion = zip(*words.unpack_puppi(words.pack_puppi(one)), strict=True)
    assert photon[4:] == (0, 0, 0, 77, 37) and pion[4:] == (-3, 9, 5, 0, 0)


def test_physical_values_become_raw_ones():
    assert words.make_pt([0.124, 0.125, 5000.0, -1.0]).tolist() == [0, 1, 16383, 0]
    assert words.make_phi([np.pi, -np.pi]).tolist() == [720, -720]
    assert words.make_eta(-2.4) == -550 and words.make_z0(-15.0) == -300 and words.make_z0(25.6) == -512
    assert words.make_dxy([0.0, -0.01, 1.0]).tolist() == [0, 6, 64]
    assert words.TAG_SCORE.raw([1.0, 3.0, -0.5]).tolist() == [128, 255, 0] and words.PUPPI_WEIGHT.raw(1.0) == 256


def test_an_unknown_field_is_an_error():
    with pytest.raises(TypeError, match="puppi_weight"):
        PuppiFields.of(puppi_weight=[1])


def test_words_that_may_not_be_written_to_are_read():
    given = np.array([5, 2**63], dtype=np.uint64)
    given.flags.writeable = False
    assert words.unpack_puppi(given).pt.tolist() == [5, 0]
