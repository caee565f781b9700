"""Random conditions in random jobs, against a plain statement of what each luminosity block must see."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import attrs
from conditions import NOTES, es_process, join, reader, run, starts
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrun.framework import IOVSyncValue
from pyrun.framework import config as cms

RUNS, LUMIS = range(1, 4), range(1, 5)


@attrs.frozen
class Start:
    """Where an interval, or a gap, begins."""

    run: int
    lumi: int
    gap: bool

    def __str__(self) -> str:
        return f"{'-' * self.gap}{self.run}:{self.lumi}"


@attrs.frozen
class Conditions:
    """Records with intervals of their own, and records made from those and from each other."""

    sources: tuple[tuple[Start, ...], ...]
    needs: tuple[tuple[str, ...], ...]

    def seen(self, run: int, lumi: int) -> dict[str, str | None]:
        """The text of each record in a luminosity block; None if it isn't valid there."""
        seen: dict[str, str | None] = {}
        for number, starts_ in enumerate(self.sources):
            past = [start for start in starts_ if (start.run, start.lumi) <= (run, lumi)]
            valid = past and not past[-1].gap
            moment = IOVSyncValue(past[-1].run, past[-1].lumi) if valid else None
            seen[f"S{number}"] = f"s{number}@{moment}" if valid else None
        for number, needs in enumerate(self.needs):
            texts = [seen[name] for name in needs]
            joined = ", ".join(text or "-" for text in texts)
            seen[f"D{number}"] = f"d{number}({joined})" if any(texts) else None
        return seen


@st.composite
def conditions(draw) -> Conditions:
    moments = st.builds(Start, st.sampled_from(RUNS), st.sampled_from([0, *LUMIS]), st.booleans())
    lists = st.lists(moments, max_size=4, unique_by=lambda start: (start.run, start.lumi))
    sources = draw(
        st.lists(lists.map(lambda s: tuple(sorted(s, key=lambda t: (t.run, t.lumi)))), min_size=1, max_size=3)
    )
    names = [f"S{number}" for number in range(len(sources))]
    needs = []
    for number in range(draw(st.integers(0, 3))):
        needs.append(tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))))
        names.append(f"D{number}")
    return Conditions(tuple(sources), tuple(needs))


LUMI_SEQUENCES = st.lists(
    st.tuples(st.sampled_from(RUNS), st.sampled_from(LUMIS), st.integers(1, 5)),
    min_size=1, max_size=8, unique_by=lambda lumi: lumi[:2],
).map(sorted)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(conditions(), LUMI_SEQUENCES, st.integers(1, 6), st.integers(1, 3), st.data())
def test_each_event_sees_its_conditions_and_each_is_made_once(conditions, lumis, block_size, streams, data):
    components = {
        f"s{number}": starts(f"S{number}", *map(str, begins)) if begins else starts(f"S{number}", "99")
        for number, begins in enumerate(conditions.sources)
    }
    components |= {f"d{number}": join(f"D{number}", *needs) for number, needs in enumerate(conditions.needs)}
    names = sorted(conditions.seen(1, 1))
    process = es_process(
        *(f"{run_}:{lumi}:{events}" for run_, lumi, events in lumis),
        **{label: components[label] for label in data.draw(st.permutations(sorted(components)))},
        read=reader(*names),
    )
    process.p = cms.Path(process.read)
    result = run(process, block_size, streams, threads=data.draw(st.integers(1, 2)))
    assert result.failure is None
    seen = {(run_, lumi): conditions.seen(run_, lumi) for run_, lumi, _ in lumis}
    assert NOTES.seen == {
        (run_, lumi, event): seen[run_, lumi] for run_, lumi, events in lumis for event in range(1, events + 1)
    }
    stretches = Counter(
        text for name in names for text, _ in groupby(seen[run_, lumi][name] for run_, lumi, _ in lumis) if text
    )
    made = Counter(NOTES.made)
    assert made.keys() == stretches.keys()
    assert all(made[text] <= times for text, times in stretches.items())
