"""Events that several tests share."""

from __future__ import annotations

import numpy as np
import pytest
from particle_gun import as_events, group, simulate, soft_interaction


@pytest.fixture(scope="session")
def soft_events():
    """Thirty events with interactions at z = -4, 0 and 3 cm; the one at 0 has four hard pions as well."""
    rng = np.random.default_rng(5)
    hard = group(4, [30.0, 20.0, 12.0, 25.0], [0.3, 0.5, -1.0, 1.5], [0.0, 2.0, -2.0, 1.0], [211, -211, 211, -211])
    return as_events([[hard, *(soft_interaction(rng, z) for z in (0.0, -4.0, 3.0))] for _ in range(30)])


@pytest.fixture(scope="session")
def soft_products(soft_events):
    return simulate(soft_events)
