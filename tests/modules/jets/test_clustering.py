from __future__ import annotations

import numpy as np
import pytest

from pyrun.framework.errors import LogicError
from pyrun.modules.jets.clustering import Momenta, cluster


def test_momenta_that_are_no_numbers_are_refused():
    broken = Momenta(*(np.array([1.0, np.nan]) for _ in range(4)))
    with pytest.raises(LogicError, match="1 momenta to be clustered .* event 1"):
        cluster(broken, np.array([1, 1]), "AntiKt", 0.4, 0.0)
