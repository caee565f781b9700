"""Five top-quark pairs, generated once for the tests of what follows the generator."""

from __future__ import annotations

import pytest

from pyrun.framework.testing import TestProcessor


@pytest.fixture(scope="session")
def top_pairs():
    """The event records, with interactions at the origin."""
    pytest.importorskip("pythia8mc")
    parameters = {"top": ["Top:gg2ttbar = on", "Top:qqbar2ttbar = on"], "parameterSets": ["top"]}
    generator = TestProcessor("Pythia8GeneratorFilter", PythiaParameters=parameters)
    return generator.run({}, ids=([1] * 5, [1] * 5, [1, 2, 3, 4, 5]), seed=1)["unsmeared"]
