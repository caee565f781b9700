from __future__ import annotations

import math

import numpy as np
import pytest

import pyrun.framework.config as cms


@pytest.mark.parametrize(
    ("type_", "low", "high"),
    [
        (cms.int32, -(2**31), 2**31 - 1),
        (cms.uint32, 0, 2**32 - 1),
        (cms.int64, -(2**63), 2**63 - 1),
        (cms.uint64, 0, 2**64 - 1),
    ],
)
def test_integers_hold_their_whole_range_and_nothing_beyond(type_, low, high):
    assert type_(low).value() == low
    assert type_(high).value() == high
    with pytest.raises(ValueError, match=f"{high + 1} is not a valid {type_.__name__}"):
        type_(high + 1)
    with pytest.raises(ValueError, match=f"{low - 1} is not a valid"):
        type_(low - 1)


@pytest.mark.parametrize("bad", [1.5, "3", None, [1]])
def test_an_integer_takes_only_whole_numbers(bad):
    with pytest.raises(ValueError, match="is not a valid int32"):
        cms.int32(bad)


def test_integers_from_numpy_are_stored_as_python_integers():
    assert type(cms.int32(np.int64(7)).value()) is int


def test_double_takes_whole_numbers_and_dumps_them_as_given():
    assert cms.double(3).dumpPython() == "cms.double(3)"


def test_double_refuses_text():
    with pytest.raises(ValueError, match="1.5 is not a valid double"):
        cms.double("1.5")


@pytest.mark.parametrize(
    ("value", "text"), [(math.inf, "float('inf')"), (-math.inf, "-float('inf')"), (math.nan, "float('nan')")]
)
def test_infinities_and_nan_dump_as_calls_of_float(value, text):
    assert cms.double(value).dumpPython() == f"cms.double({text})"
    assert cms.vdouble(1.0, value).dumpPython() == f"cms.vdouble(1.0, {text})"


def test_a_numpy_double_dumps_as_a_plain_number():
    assert cms.double(np.float64(0.5)).dumpPython() == "cms.double(0.5)"
    assert cms.vdouble(np.array([0.5, 1.5])).dumpPython() == "cms.vdouble(0.5, 1.5)"


@pytest.mark.parametrize(("word", "value"), [("true", True), ("False", False), ("on", True), ("0", False), ("2", True)])
def test_text_of_the_cpp_side_becomes_a_bool(word, value):
    assert cms.bool._valueFromString(word).value() is value


@pytest.mark.parametrize("bad", [0, 1, "True", None])
def test_bool_refuses_numbers_and_words(bad):
    with pytest.raises(ValueError, match="is not a valid bool"):
        cms.bool(bad)


def test_a_false_bool_is_false():
    assert not cms.bool(False)
    assert cms.bool(True)


def test_string_dumps_quotes_and_newlines_so_that_they_come_back():
    text = 'it\'s "two"\nlines \\ of text'
    assert eval(cms.string(text).dumpPython(), {"cms": cms}).value() == text


def test_a_scalar_compares_with_raw_values_and_its_own_type():
    assert cms.int32(3) == 3
    assert cms.int32(3) == cms.int32(3)
    assert cms.int32(3) != cms.int32(4)
    assert cms.int32(3) < 4
    assert cms.double(2.5) >= cms.double(2.5)


def test_scalars_of_different_types_compare_by_their_values():
    assert cms.int32(3) == cms.uint32(3)
    assert cms.int32(-3) < cms.uint32(4) <= cms.double(4.5)
    with pytest.raises(TypeError):
        cms.int32(3) < cms.string("4")  # noqa: B015


def test_set_value_checks_like_the_constructor_and_keeps_the_old_value_on_failure():
    number = cms.uint32(4)
    with pytest.raises(ValueError, match="-1 is not a valid uint32"):
        number.setValue(-1)
    assert number.value() == 4


def test_a_changed_value_is_modified_until_reset():
    number = cms.int32(1)
    number.setValue(1)
    assert not number.isModified()
    number.setValue(2)
    assert number.isModified()
    number.resetModified()
    assert not number.isModified()


def test_both_forms_of_untracked_give_the_same_dump():
    assert cms.untracked.int32(3).dumpPython() == "cms.untracked.int32(3)"
    assert cms.untracked(cms.int32(3)).dumpPython() == "cms.untracked.int32(3)"
    assert not cms.untracked.int32(3).isTracked()


def test_an_unknown_untracked_type_names_the_nearest():
    with pytest.raises(AttributeError, match=r"no parameter type 'vstrng' \(did you mean 'vstring'\?\)"):
        cms.untracked.vstrng("a")


def test_only_parameters_can_be_untracked():
    with pytest.raises(TypeError, match="only parameters can be untracked, not int"):
        cms.untracked(3)


def test_lists_are_built_from_arguments_an_iterable_or_a_generator():
    assert cms.vint32(1, 2) == [1, 2]
    assert cms.vint32([1, 2]) == [1, 2]
    assert cms.vint32(i for i in (1, 2)) == [1, 2]
    assert cms.vint32() == []


def test_one_string_is_one_item_of_a_vstring():
    assert cms.vstring("abc") == ["abc"]


def test_lists_are_python_lists():
    assert isinstance(cms.vdouble(1), list)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.append("x"),
        lambda v: v.insert(0, "x"),
        lambda v: v.extend(["x"]),
        lambda v: v.__iadd__(["x"]),
        lambda v: v.__setitem__(0, "x"),
        lambda v: v.__setitem__(slice(0, 1), ["x"]),
        lambda v: v.setValue(["x"]),
    ],
)
def test_every_way_of_changing_a_list_checks_the_items(change):
    numbers = cms.vint32(1, 2)
    with pytest.raises(TypeError, match=r"wrong type \(str\) added to vint32"):
        change(numbers)
    assert numbers == [1, 2]


def test_a_list_refuses_text_where_a_list_of_items_is_meant():
    names = cms.vstring("a")
    with pytest.raises(TypeError, match="a list is needed"):
        names.extend("bc")
    with pytest.raises(TypeError, match="a list is needed"):
        names.setValue("bc")


def test_a_list_takes_no_keywords():
    with pytest.raises(SyntaxError, match="items without names, not a="):
        cms.vint32(a=1)


def test_a_list_can_grow_without_losing_its_type():
    longer = cms.untracked.vint32(1) + [2]
    assert isinstance(longer, cms.vint32)
    assert not longer.isTracked()
    assert longer == [1, 2]


def test_numbers_are_dumped_five_to_a_line():
    assert cms.vint32(1, 2, 3, 4, 5).dumpPython() == "cms.vint32(1, 2, 3, 4, 5)"
    assert cms.vint32(*range(6)).dumpPython() == "cms.vint32(\n    0, 1, 2, 3, 4,\n    5\n)"


def test_strings_are_dumped_one_to_a_line():
    assert cms.vstring("a", "b").dumpPython() == "cms.vstring(\n    'a',\n    'b'\n)"


def test_a_long_list_is_dumped_as_a_starred_tuple_that_can_be_executed():
    numbers = cms.vint32(range(256))
    text = numbers.dumpPython()
    assert "*(" in text
    assert eval(text, {"cms": cms}) == numbers
    assert "*(" not in cms.vint32(range(255)).dumpPython()


def test_a_copy_of_a_list_is_independent_and_as_tracked():
    original = cms.untracked.vint32(1)
    copy = original.copy()
    copy.append(2)
    assert original == [1]
    assert not copy.isTracked()
