from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.modules.btag.batching import SHAPES, JetInputs
from pyrun.modules.btag.features import CAPS, FEATURES
from pyrun.modules.columns import flat, nested


def inputs(counts: list[tuple[int, int, int]]) -> JetInputs:
    """Jets with these numbers of particles; each number in them is unlike any other."""
    record = {}
    for i, (kind, names) in enumerate(FEATURES.items()):
        sizes = np.array([count[i] for count in counts])
        for name, width in ((kind, len(names)), (f"{kind}_p4", 4)):
            numbers = np.arange(sizes.sum() * width, dtype=np.float32).reshape(-1, width) + 1 + 1e5 * i
            record[name] = nested(numbers, sizes).layout
    return JetInputs.of(ak.contents.RecordArray(list(record.values()), list(record)))


def test_each_jet_gets_the_first_shape_that_holds_it():
    jets = inputs([(0, 0, 0), (4, 4, 1), (5, 0, 0), (0, 9, 0), (0, 0, 2), (25, 25, 5), (99, 99, 99)])
    expected = [(4, 4, 1), (4, 4, 1), (8, 8, 2), (12, 12, 3), (8, 8, 2), (25, 25, 5), (25, 25, 5)]
    assert [tuple(SHAPES[i]) for i in jets.shape_of()] == expected


def test_the_largest_shape_is_the_caps_and_shapes_grow():
    assert tuple(SHAPES[-1]) == tuple(CAPS.values())
    assert (np.diff(SHAPES, axis=0) > 0).all()


def test_a_batch_holds_the_jets_particles_and_zeros_after_them():
    jets = inputs([(2, 1, 0), (0, 3, 1), (6, 0, 2)])
    chosen = np.array([2, 0])
    arrays = jets.batch(chosen, (4, 2, 2))
    assert [x.shape for x in arrays] == [(2, 4, 16), (2, 2, 8), (2, 2, 14), (2, 4, 4), (2, 2, 4), (2, 2, 4)]
    for kind, features, p4 in zip(jets.kinds, arrays[:3], arrays[3:], strict=True):
        for row, jet in enumerate(chosen):
            mine = slice(kind.offsets[jet], min(kind.offsets[jet + 1], kind.offsets[jet] + features.shape[1]))
            number = mine.stop - mine.start
            assert np.array_equal(features[row, :number], kind.features[mine])
            assert np.array_equal(p4[row, :number], kind.p4[mine])
            assert not features[row, number:].any()
            assert not p4[row, number:].any()


def test_batches_cover_the_chosen_jets_once_and_keep_to_the_size():
    rng = np.random.default_rng(0)
    jets = inputs([tuple(rng.integers(0, [30, 30, 7])) for _ in range(200)])
    chosen = np.flatnonzero(rng.random(200) < 0.7)
    seen = []
    for mine, arrays in jets.batches(chosen, 16):
        assert 0 < len(mine) <= 16
        assert len(arrays[0]) == len(mine)
        assert len({tuple(SHAPES[i]) for i in jets.shape_of()[mine]}) == 1
        seen += mine.tolist()
    assert sorted(seen) == chosen.tolist()


@pytest.mark.parametrize("where", [slice(2, 5), [4, 1, 1], slice(0, 0)])
def test_flat_undoes_nested_whatever_the_layout(where):
    counts = np.array([2, 0, 3, 1, 2])
    array = nested(np.arange(8), counts)[where]
    offsets, content = flat(array.layout)
    assert np.diff(offsets).tolist() == counts[where].tolist()
    assert content.to_list() == ak.flatten(array).to_list()
