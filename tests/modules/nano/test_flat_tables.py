"""SimpleFlatTableProducer, and the precision of its columns."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrun.framework.errors import Configuration
from pyrun.framework.io.nano_tables import TABLE_PARAMETER
from pyrun.framework.testing import TestProcessor
from pyrun.modules.nano.reduced_mantissa import reduce_mantissa

JETS = ak.Array(
    [[{"pt": 50.5, "eta": 1.0, "n": 3}, {"pt": 20.0, "eta": -2.0, "n": 1}], [], [{"pt": 30.25, "eta": 0.1, "n": 2}]]
)


def var(expr: str, type_: str, precision: int | str = -1) -> dict:
    return {"expr": expr, "type": type_, "doc": expr, "precision": precision}


def table(objects=JETS, **parameters):
    given = {"src": "jets", "name": "Jet", "variables": {"pt": var("pt", "float")}, **parameters}
    return TestProcessor("SimpleFlatTableProducer", **given).run({"jets": objects})[""]


def test_columns_are_expressions_of_the_type_asked_for():
    variables = {"pt": var("pt", "float"), "half": var("pt / 2", "double"), "n": var("n", "uint8"),
                 "central": var("abs(eta) < 1.5", "bool")}  # fmt: skip
    made = table(variables=variables)
    assert made.half.tolist() == [[25.25, 10.0], [], [15.125]]
    assert made.central.tolist() == [[True, False], [], [True]]
    types = {name: made[name].layout.content.dtype.name for name in made.fields}
    assert types == {"pt": "float32", "half": "float64", "n": "uint8", "central": "bool"}


def test_the_table_knows_its_name():
    assert table(doc="jets").layout.parameter(TABLE_PARAMETER) == {"name": "Jet", "doc": "jets", "extension": False}


def test_objects_are_cut_and_counted():
    assert table(cut="pt > 25").pt.tolist() == [[50.5], [], [30.25]]
    assert table(maxLen=1).pt.tolist() == [[50.5], [], [30.25]]


def test_a_singleton_is_one_record_per_event():
    records = ak.Array([{"pt": 1.0, "phi": 0.5}, {"pt": 2.0, "phi": 0.25}])
    made = table(records, singleton=True, variables={"pt2": var("pt * pt", "float")})
    assert made.to_list() == [{"pt2": 1.0}, {"pt2": 4.0}]


def test_constants_are_the_same_for_all_objects():
    assert table(variables={"one": var("1", "int")}).one.tolist() == [[1, 1], [], [1]]


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (var("pt", "flaot"), "Did you mean 'float'"),
        ({"expr": "pt"}, "has no parameter 'type'"),
        ({**var("pt", "float"), "precisoin": 3}, "unknown parameter 'precisoin'"),
        (var("pt +", "float"), "can't be parsed"),
    ],
)
def test_wrong_variables_are_refused(variable, message):
    with pytest.raises(Configuration, match=message):
        table(variables={"x": variable})


@given(st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False), st.integers(1, 22))
def test_rounding_is_to_the_nearest_number_with_so_many_bits(value, bits):
    (rounded,) = reduce_mantissa(np.asarray([value], np.float32), bits)
    mantissa, exponent = np.frexp(np.float64(value))
    unit = 2.0 ** (int(exponent) - 1 - bits)
    assert rounded / unit == np.round(rounded / unit)  # it has no more bits
    largest = abs(mantissa) * 2 - 1 >= 1 - 2.0**-bits * 2  # these are cut
    assert abs(float(rounded) - value) <= unit * (1 if largest else 0.5)


def test_halves_are_rounded_away_from_zero():
    assert reduce_mantissa(np.asarray([1.125, -1.125, 1.375], np.float32), 2).tolist() == [1.25, -1.25, 1.5]


def test_the_largest_mantissas_are_cut():
    assert reduce_mantissa(np.asarray([1.99], np.float32), 2).tolist() == [1.75]


def test_what_is_not_finite_stays():
    values = np.asarray([np.inf, -np.inf, np.nan], np.float32)
    np.testing.assert_array_equal(reduce_mantissa(values, 3), values)


def test_precision_may_depend_on_the_object():
    made = table(variables={"pt": var("pt", "float", "4 + 18 * (n > 2)")})
    assert made.pt.tolist() == [[50.5, 20.0], [], [30.0]]
