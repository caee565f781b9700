from __future__ import annotations

import numpy as np
import pytest

from pyrun.modules.jets import gen_particles as gen

# B+ Bs B* Lambda_b Upsilon Bc, D0 D*s D0* Lambda_c J/psi, pi Lambda b t bd-diquark p
IDS = np.array([521, -531, 513, 5122, 553, 541, 421, -433, 10421, 4122, 443, 211, 3122, 5, 6, 5103, 2212])


@pytest.mark.parametrize(
    ("quark", "expected"), [(gen.BOTTOM, [521, -531, 513, 5122, 553, 541]), (gen.CHARM, [421, -433, 10421, 4122, 443])]
)
def test_hadrons_are_known_by_their_heaviest_quark(quark, expected):
    assert IDS[gen.has_quark(IDS, quark)].tolist() == expected


def test_partons_are_gluons_and_quarks_but_top():
    ids = np.array([21, 1, -5, 6, 22, 0, 9, 211])
    assert ids[gen.is_parton(ids)].tolist() == [21, 1, -5]


# event 0: 0 -> 1 -> 2, 0 -> 3; event 1: 4 -> 5
MOTHERS = gen.flat_mothers(np.array([-1, 0, 1, 0, -1, 0]), np.array([0, 4, 4, 6]))


def which(*indices):
    return np.isin(np.arange(6), indices)


def test_mothers_point_into_their_own_event():
    assert MOTHERS.tolist() == [-1, 0, 1, 0, -1, 4]


def test_last_of_a_kind_has_no_daughter_of_it():
    assert np.flatnonzero(gen.last_of(which(0, 1, 3, 4), MOTHERS)).tolist() == [1, 3, 4]


def test_families():
    assert np.flatnonzero(gen.mothers_of(which(2, 5), MOTHERS)).tolist() == [1, 4]
    assert np.flatnonzero(gen.ancestors_of(which(2, 5), MOTHERS)).tolist() == [0, 1, 4]
    assert np.flatnonzero(gen.daughters_of(which(0), MOTHERS)).tolist() == [1, 3]
    assert np.flatnonzero(gen.has_ancestor(which(0), MOTHERS)).tolist() == [1, 2, 3]
