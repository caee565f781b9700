from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrun.framework.event.event_set import all_events, bits_of, mask_of, positions_of, set_at, set_of

MASKS = st.lists(st.booleans(), max_size=70).map(lambda bools: np.array(bools, dtype=np.bool_))


@given(mask=MASKS)
def test_a_set_holds_the_events_of_its_mask(mask):
    events = set_of(mask)
    assert events == sum(1 << int(position) for position in np.flatnonzero(mask))
    assert mask_of(events, len(mask)).tolist() == mask.tolist()
    assert positions_of(events, len(mask)).tolist() == np.flatnonzero(mask).tolist()


@given(masks=MASKS.flatmap(lambda mask: st.tuples(st.just(mask), st.permutations(mask.tolist()))))
def test_operators_of_integers_are_those_of_sets(masks):
    one, other = masks[0], np.array(masks[1], dtype=np.bool_)
    assert set_of(one) & set_of(other) == set_of(one & other)
    assert set_of(one) & ~set_of(other) == set_of(one & ~other)
    assert set_of(one).bit_count() == np.count_nonzero(one)
    assert all_events(len(one)) & ~set_of(one) == set_of(~one)


@given(mask=MASKS, data=st.data())
def test_verdicts_on_some_events_are_put_at_their_places(mask, data):
    where = np.flatnonzero(mask)
    verdict = np.array(data.draw(st.lists(st.booleans(), min_size=len(where), max_size=len(where))), dtype=np.bool_)
    assert set_at(where, verdict, len(mask)) == sum(1 << int(position) for position in where[verdict])


@pytest.mark.parametrize("sets", [[], [0b101], [0b0, 0b1000000001, 0b11]])
def test_each_set_is_a_row_of_bits(sets):
    bits = bits_of(sets, 10)
    assert bits.shape == (len(sets), 10)
    assert bits.tolist() == [[events >> position & 1 for position in range(10)] for events in sets]
