"""Tables of objects for NanoAOD."""

from __future__ import annotations

from collections.abc import Mapping

import awkward as ak
import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration, LogicError
from pyrun.framework.io.nano_tables import FLAT_TABLE, flat_table
from pyrun.framework.near_names import did_you_mean

from ..pat.string_object import StringCutObjectSelector, StringObjectFunction
from .flat_objects import FlatObjects, lists
from .reduced_mantissa import reduce_mantissa

TYPES = {
    "int": np.int32, "uint": np.uint32, "float": np.float32, "double": np.float64, "int8": np.int8,
    "uint8": np.uint8, "int16": np.int16, "uint16": np.uint16, "bool": np.bool_,
}  # fmt: skip


class Variables(param.ParameterSet):
    allow_any = True


class Variable:
    """One column: an expression, its type and, for floats, how many bits of mantissa are kept."""

    def __init__(self, name, given, table):
        where = f"the variable {name!r} of {table!r}"
        if not isinstance(given, Mapping):
            raise Configuration(f"{where} is no PSet; write it as Var(...) of PhysicsTools.NanoAOD.common_cff")
        unknown = set(given) - {"expr", "type", "doc", "precision"}
        missing = {"expr", "type"} - set(given)
        if unknown or missing:
            wrong = f"has the unknown parameter {min(unknown)!r}" if unknown else f"has no parameter {min(missing)!r}"
            raise Configuration(f"{where} {wrong}; a variable has expr, type, doc and precision")
        if given["type"] not in TYPES:
            raise Configuration(f"{where} has the type {given['type']!r}. {did_you_mean(given['type'], TYPES)}")
        self.type = TYPES[given["type"]]
        self.function = (StringCutObjectSelector if self.type is np.bool_ else StringObjectFunction)(given["expr"])
        precision = given.get("precision", -1)
        self.precision = StringObjectFunction(precision) if isinstance(precision, str) else int(precision)
        self.doc = given.get("doc", "")

    def __call__(self, objects, number):
        """The column for `number` objects."""
        values = np.broadcast_to(np.asarray(self.function(objects)), (number,)).astype(self.type)
        if self.type is not np.float32:
            return values
        if isinstance(self.precision, int):
            return reduce_mantissa(values, self.precision)
        bits = np.broadcast_to(np.asarray(self.precision(objects)), (number,)).astype(np.int64)
        for one in np.unique(bits):
            values[bits == one] = reduce_mantissa(values[bits == one], int(one))
        return values


@plugin
class SimpleFlatTableProducer(EDProducer):
    """Makes a table for NanoAOD of a collection: a column for each variable, an expression over the objects' fields.

    CMSSW's producers of this kind, ``SimpleCandidateFlatTableProducer`` and siblings, differ only in the class of the
    objects.
    """

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag(doc="objects, or with singleton one record per event")
        name: str = param.string(doc="what the columns are called: name_variable")
        doc: str = param.string("", doc="a few words on the table")
        cut: str = param.string("", doc="condition for the objects; empty: all")
        singleton: bool = param.bool(False, doc="whether src is one record per event instead of a list")
        extension: bool = param.bool(False, doc="whether to add the columns to a table of this name made elsewhere")
        maxLen: int = param.uint32(None, doc="the most objects per event")
        variables: Variables = param.pset(Variables, doc="PSets as Var(...) makes them, by name")

    def declare(self, p):
        self.cut = StringCutObjectSelector(p.cut) if p.cut.strip() else None
        self.variables = {name: Variable(name, given, self.label) for name, given in p.variables.extra.items()}
        if not self.variables:
            raise Configuration(f"The table {self.label!r} has no variables")
        self.objects = self.consumes(p.src)
        self.table = self.produces(FLAT_TABLE)

    def produce(self, event, setup):
        p, objects = self.parameters, event.get(self.objects)
        table = self._singletons(objects) if p.singleton else self._lists(objects)
        event.put(self.table, flat_table(table, p.name, p.doc, extension=p.extension))

    def _singletons(self, records):
        if not records.fields or records.ndim != 1:
            raise LogicError(f"{self.label!r} is a singleton, but its src is no record per event: {records.type}")
        fields = {name: ak.to_numpy(records[name]) for name in records.fields if records[name].ndim == 1}
        return ak.zip({name: variable(fields, len(records)) for name, variable in self.variables.items()})

    def _lists(self, objects):
        flat = FlatObjects(objects)
        if self.cut is not None:
            flat = FlatObjects(flat.take(self.cut(flat)))
        if self.parameters.maxLen is not None:
            place = np.arange(flat.total) - np.repeat(flat.offsets[:-1], flat.counts)
            flat = FlatObjects(flat.take(place < self.parameters.maxLen))
        return lists(flat.offsets, {name: variable(flat, flat.total) for name, variable in self.variables.items()})
