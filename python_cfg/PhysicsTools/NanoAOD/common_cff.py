"""Columns of NanoAOD tables, for the `variables` of SimpleFlatTableProducer."""

import FWCore.ParameterSet.Config as cms


def Var(expr, valtype, doc=None, precision=-1):
    """A column: an expression over the objects' fields (for bool: a condition), and its type.

    `valtype` is float, int, bool or the name of a type ("uint8", "double" ...). `precision` is how many bits of the
    mantissa a float keeps, as a number or an expression; -1 for all.
    """
    names = {float: "float", int: "int", bool: "bool"}
    bits = cms.string(precision) if isinstance(precision, str) else cms.int32(precision)
    return cms.PSet(
        expr = cms.string(expr),
        type = cms.string(names.get(valtype, valtype)),
        doc = cms.string(doc or expr),
        precision = bits,
    )


PTVars = cms.PSet(
    pt = Var("pt", float),
    phi = Var("phi", float, precision=12),
)
P3Vars = cms.PSet(PTVars,
    eta = Var("eta", float, precision=12),
)
P4Vars = cms.PSet(P3Vars,
    mass = Var("mass", float, precision=10),
)
CandVars = cms.PSet(P4Vars,
    pdgId = Var("pdgId", int, doc="PDG code assigned by the event reconstruction (not by MC truth)"),
    charge = Var("charge", int, doc="electric charge"),
)
