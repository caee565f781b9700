"""The seeded-cone algorithm on integers, against the firmware's types and against its definition."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
import seeded_cone_reference as reference
from seeded_cone_events import KINDS, events

from pyrun.framework.errors import Configuration
from pyrun.modules.l1t import seeded_cone_tables
from pyrun.modules.l1t.seeded_cone import SeededCone
from pyrun.modules.l1t.seeded_cone_quirks import ALL_QUIRKS, Quirk
from pyrun.modules.l1t.words import PuppiFields, pack_puppi, unpack_ct_jet, unpack_gt_jet, unpack_puppi

GOLDEN = Path(reference.__file__).parent / "golden_seeded_cone.npz"
compiled = pytest.mark.skipif(reference.missing() is not None, reason=str(reference.missing()))


def columns(jets):
    """Jets as the reference gives them: integers per jet, jets per event, members."""
    return np.stack([jets.pt, jets.eta, jets.phi, jets.mass2, jets.sizes], axis=1), jets.counts, jets.constituents


def differences(jets, expected):
    """How many numbers differ; all, if there are more or fewer of them."""
    return sum(
        int(np.sum(one != other)) if one.shape == other.shape else max(one.size, other.size)
        for one, other in zip(columns(jets), expected, strict=True)
    )


def one_event(**fields):
    words = pack_puppi(PuppiFields.of(**fields))
    return words, np.array([0, len(words)])


def jets_of(quirks=ALL_QUIRKS, cone_size=0.4, **fields):
    return SeededCone(cone_size=cone_size, quirks=quirks, with_mass=True).jets(*one_event(**fields))


@compiled
@pytest.mark.parametrize("kind", KINDS)
def test_no_bit_differs_from_the_firmware_types(kind):
    words, offsets = events(kind, {"few": 6000, "one cone": 2400}.get(kind, 1200))
    jets = 0
    for n_jets, cone_size in ((16, 0.4), (16, 0.8), (1, 0.4), (40, 0.2)):
        found = SeededCone(n_jets, cone_size, with_mass=True).jets(words, offsets)
        assert differences(found, reference.seeded_cone(words, offsets, cone_size, n_jets)) == 0
        jets += len(found.pt)
    assert jets >= 10_000  # of each of the kinds


@compiled
def test_no_bit_of_a_hundred_thousand_jets_of_pileup_differs():
    words, offsets = events("pileup", 6300, seed=5)
    found = SeededCone(with_mass=True).jets(words, offsets)
    assert len(found.pt) >= 100_000
    assert differences(found, reference.seeded_cone(words, offsets)) == 0


@compiled
def test_tables_are_those_of_the_firmware_types():
    ours, theirs = seeded_cone_tables.tables(), reference.tables()
    assert np.array_equal(seeded_cone_tables.reciprocals(), theirs["inverse"])
    assert all(np.array_equal(getattr(ours, name), theirs[name]) for name in ("cos", "sin", "cosh", "sinh"))


@compiled
@pytest.mark.parametrize("cone_size", [0.05, 0.1, 0.3, 0.4, 0.5, 0.75, 0.8])
def test_radius_squared_is_held_in_steps_of_32(cone_size):
    assert seeded_cone_tables.cone_limit(cone_size) == reference.r2(cone_size)


@compiled
def test_golden_values_are_those_of_the_reference():
    golden = np.load(GOLDEN)
    for cone_size in (0.4, 0.8):
        made = reference.seeded_cone(golden["words"], golden["offsets"], cone_size)
        for name, array in zip(("jets", "counts", "members"), made, strict=True):
            assert np.array_equal(golden[f"{name}_{cone_size}"], array)


@pytest.mark.parametrize("cone_size", [0.4, 0.8])
def test_no_bit_differs_from_golden_values(cone_size):
    golden = np.load(GOLDEN)
    found = SeededCone(cone_size=cone_size, with_mass=True).jets(golden["words"], golden["offsets"])
    assert differences(found, [golden[f"{name}_{cone_size}"] for name in ("jets", "counts", "members")]) == 0


def slow_delta_phi(a, b, quirks):
    difference = a - b
    if difference > 720:
        return 1440 - difference if Quirk.MIRRORED_DELTA_PHI in quirks else difference - 1440
    return difference + 1440 if difference < -720 else difference


def slow_tree(left):
    """The place of the maximum, by a tree of comparisons; `left` is a list of (key, place)."""
    if len(left) == 1:
        return left[0]
    half = 1 << ((len(left) - 1).bit_length() - 1)
    one, other = slow_tree(left[:half]), slow_tree(left[half:])
    return one if one[0] >= other[0] else other


def slow_shift(deltas, pts, quirks):
    """The shift of the axis, in rational numbers."""
    total = min(sum(pts), 16383)
    truncated = Quirk.TRUNCATED_AXIS in quirks
    products = [Fraction(pt * delta, 4) for pt, delta in zip(pts, deltas, strict=True)]
    weighted = sum((floor(product) if truncated else product) for product in products)
    if truncated:
        weighted = (weighted + 2**21) % 2**22 - 2**21
    if Quirk.RECIPROCAL_TABLE in quirks:
        shift = 14 - total.bit_length() if total else 13
        entry = floor(Fraction(2**20, 2048 + 2 * ((total << shift) >> 3 & 1023)))
        inverse = Fraction((entry << shift) % 2**18, 2**20)
    else:
        inverse = Fraction(4, max(total, 1))
    value = abs(weighted * inverse)
    size = floor(value if truncated else value + Fraction(1, 2))
    return size if weighted >= 0 else -size


def slow_jets(words, quirks, n_jets, cone_size):
    """Jets of one event from the definition, in the order found: pt, eta, phi, members."""
    limit = cone_size**2 * (720 / np.pi) ** 2
    if Quirk.COARSE_R_CONE2 in quirks:
        limit = limit // 32 * 32
    fields = unpack_puppi(words)
    pt, eta, phi = (column.tolist() for column in (fields.pt, fields.eta, fields.phi))
    left, jets = list(range(len(words))), []
    while left and len(jets) < n_jets:
        rest = (words >> np.uint64(14)).tolist()
        key = (lambda i: pt[i]) if Quirk.TREE_SEED in quirks else (lambda i: (pt[i], rest[i]))  # noqa: B023
        seed = slow_tree([(key(i), i) for i in left])[1]
        d_eta = {i: eta[i] - eta[seed] for i in left}
        d_phi = {i: slow_delta_phi(phi[i], phi[seed], quirks) for i in left}
        members = [i for i in left if d_eta[i] ** 2 + d_phi[i] ** 2 < limit]
        pts = [pt[i] for i in members]
        jet_eta = eta[seed] + slow_shift([d_eta[i] for i in members], pts, quirks)
        jet_phi = phi[seed] + slow_shift([d_phi[i] for i in members], pts, quirks)
        if Quirk.UNWRAPPED_PHI not in quirks and abs(jet_phi) > 720:
            jet_phi -= 1440 if jet_phi > 0 else -1440
        jets.append((min(sum(pts), 16383), jet_eta, jet_phi, members))
        left = [i for i in left if i not in members]
    return sorted(jets, key=lambda jet: -min(8 * jet[0], 65535))


@pytest.mark.parametrize("kind", ["pileup", "ties", "phi ends", "saturation", "soft", "edge"])
@pytest.mark.parametrize("off", [Quirk(0), *Quirk, ALL_QUIRKS], ids=lambda off: f"without {off!r}")
def test_with_any_quirk_off_jets_are_those_of_the_definition(kind, off):
    words, offsets = events(kind, 12, seed=3)
    quirks = ALL_QUIRKS & ~off
    found = SeededCone(12, 0.4, quirks=quirks).jets(words, offsets)
    jet = member = 0
    for event, count in enumerate(found.counts):
        expected = slow_jets(words[offsets[event] : offsets[event + 1]], quirks, 12, 0.4)
        assert count == len(expected)
        for pt, eta, phi, members in expected:
            assert (found.pt[jet], found.eta[jet], found.phi[jet]) == (pt, eta, phi)
            assert found.constituents[member : member + found.sizes[jet]].tolist() == members
            member, jet = member + len(members), jet + 1


def test_radius_without_the_coarse_steps():
    fields = {"pt": [40, 4], "eta": [0, 90], "phi": [0, 17]}  # 8389: below 8403.98, above 8384
    assert jets_of(**fields).sizes.tolist() == [1, 1]
    assert jets_of(ALL_QUIRKS & ~Quirk.COARSE_R_CONE2, **fields).sizes.tolist() == [2]


def test_across_pi_the_axis_moves_the_wrong_way():
    fields = {"pt": [128, 128], "phi": [-715, 715]}  # of equal pt: half way is 720
    assert jets_of(**fields).phi.tolist() == [-710]
    assert jets_of(ALL_QUIRKS & ~Quirk.MIRRORED_DELTA_PHI, **fields).phi.tolist() == [-720]


def test_phi_of_a_jet_beyond_pi_stays_or_is_wrapped():
    fields = {"pt": [101, 100], "phi": [715, -705]}
    assert jets_of(**fields).phi.tolist() == [724]
    assert jets_of(ALL_QUIRKS & ~Quirk.UNWRAPPED_PHI, **fields).phi.tolist() == [-716]


def test_without_the_tree_jets_do_not_depend_on_the_order_of_candidates():
    words, offsets = events("ties", 200)
    rng = np.random.default_rng(4)
    shuffled = words.copy()
    for first, last in zip(offsets, offsets[1:], strict=False):
        shuffled[first:last] = rng.permutation(words[first:last])
    free, tree = SeededCone(quirks=ALL_QUIRKS & ~Quirk.TREE_SEED), SeededCone()
    in_order, any_order = (columns(free.jets(some, offsets))[0] for some in (words, shuffled))
    event = np.repeat(np.arange(200), free.jets(words, offsets).counts)

    def as_sets(jets):  # jets of equal pt may stand in either order
        return sorted(map(tuple, np.column_stack([event, jets])))

    assert as_sets(in_order) == as_sets(any_order)
    assert not np.array_equal(columns(tree.jets(words, offsets))[0], columns(tree.jets(shuffled, offsets))[0])


def test_reciprocal_of_4_gev_is_0():
    fields = {"pt": [8, 8], "eta": [0, 40]}  # together 4 GeV: the table's first entry does not fit when shifted back
    assert jets_of(**fields).eta.tolist() == [0]
    assert jets_of(ALL_QUIRKS & ~Quirk.RECIPROCAL_TABLE, **fields).eta.tolist() == [20]


def test_truncated_axis_is_cut_toward_zero():
    fields = {"pt": [1024, 1024], "eta": [0, -3]}
    assert jets_of(**fields).eta.tolist() == [-1]
    assert jets_of(ALL_QUIRKS & ~Quirk.TRUNCATED_AXIS, **fields).eta.tolist() == [-2]


def test_truncated_products_lose_their_quarter_gev():
    fields = {"pt": [253, *[1] * 3], "eta": [0, 86, 86, 86], "phi": [0, 1, 2, 3]}  # 3 * 21.5 GeV; 1.008 of 64 GeV
    assert jets_of(**fields).eta.tolist() == [0]
    assert jets_of(ALL_QUIRKS & ~Quirk.TRUNCATED_AXIS, **fields).eta.tolist() == [1]


def test_events_without_candidates_have_no_jets():
    jets = SeededCone().jets(np.empty(0, np.uint64), [0, 0, 0])
    assert jets.counts.tolist() == [0, 0] and len(jets.pt) == len(jets.constituents) == 0


def test_words_may_be_read_only():
    words, offsets = events("few", 20)
    expected = SeededCone().jets(words, offsets)
    words.flags.writeable = False
    assert np.array_equal(SeededCone().jets(words, offsets).pt, expected.pt)


def test_the_highest_bits_of_words_do_not_matter():
    words, offsets = events("any order", 50)
    for quirks in (ALL_QUIRKS, Quirk(0)):
        plain, marked = (SeededCone(quirks=quirks).jets(w, offsets) for w in (words, words | np.uint64(7 << 61)))
        assert all(np.array_equal(one, other) for one, other in zip(plain, marked, strict=True))


def test_mass_of_two_candidates():
    jets = jets_of(cone_size=0.8, pt=[400, 400], eta=[0, 100], phi=[0, -100])
    d = 100 * np.pi / 720
    expected = 2 * 100 * 100 * (np.cosh(d) - np.cos(d))
    assert jets.mass2[0] / 4 == pytest.approx(expected, rel=0.01)


def test_words_of_jets_hold_their_numbers():
    words, offsets = events("pileup", 100)
    jets = SeededCone(cone_size=0.8, with_mass=True).jets(words, offsets)
    ct, gt, wide = unpack_ct_jet(jets.ct_words()), unpack_gt_jet(jets.gt_words()), jets.gt_wide_words()
    assert all(np.array_equal(getattr(ct, name), getattr(jets, name)) for name in ("pt", "eta", "phi"))
    assert np.array_equal(gt.pt, 8 * jets.pt) and np.all(gt.valid == (jets.pt > 0))
    assert np.array_equal(gt.eta, np.rint(jets.eta * (46603 / 8192)))
    assert np.array_equal(wide[:, 0], jets.gt_words()[:, 0])
    assert np.array_equal(wide[:, 1].astype(np.int64), jets.mass2) and jets.mass2.max() > 0


def test_corrected_pt_is_rounded_down_saturates_and_decides_the_order():
    words, offsets = one_event(pt=[400, 200, 40], eta=[0, 300, 600])
    jets = SeededCone().jets(words, offsets, lambda pt, eta: np.where(eta > 1, pt * 3.013, pt * 0.999))
    assert jets.pt.tolist() == [602, 399, 120] and jets.raw_pt.tolist() == [200, 400, 40]
    jets = SeededCone().jets(words, offsets, lambda pt, eta: 1000 * pt)
    assert jets.pt.tolist() == [16383] * 3


@pytest.mark.parametrize("cone_size", [0.0, -0.4, 0.01, 0.81, 4.0])
def test_cones_that_the_integers_can_not_hold_are_refused(cone_size):
    with pytest.raises(Configuration, match=r"coneSize is .* from 0.0247 to 0.807"):
        SeededCone(cone_size=cone_size)
