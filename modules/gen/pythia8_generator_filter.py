"""Event generation with Pythia 8."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDFilter, errors, plugin
from pyrun.framework import parameters as param

from . import resonance_decay_filter

MAX_SEED = 900_000_000  # Pythia takes seeds below this
MAX_TRIES = 10
MM_TO_CM = 0.1


class PythiaParameters(param.ParameterSet):
    """Blocks of Pythia settings (vstring), each with a name of its own."""

    allow_any = True
    parameterSets: list[str] = param.vstring(doc="names of the blocks to apply, in this order")


@plugin
class Pythia8GeneratorFilter(EDFilter):
    """Generates one Pythia 8 event for each event of an EmptySource.

    Produces ``GenEventInfoProduct`` ``{weight, scalePDF, processId}`` and, as instance ``unsmeared``,
    ``HepMCProduct``: the whole record with interactions at the origin, ``var * {px, py, pz, e, m, pdgId, status,
    mother1, mother2, daughter1, daughter2, x, y, z}`` in GeV and cm. Mothers and daughters are indices into the
    record, 0 for none, as in Pythia.

    Pythia's random numbers start afresh in each event from the event's own generator, so that an event is the same
    whichever events came before it.
    """

    cfi = "GeneratorInterface/Pythia8Interface/generator"

    class Parameters(param.ParameterSet):
        comEnergy: float = param.double(13600.0, doc="energy of the two protons in their centre of mass (GeV)")
        PythiaParameters: PythiaParameters = param.pset(PythiaParameters, doc="Pythia's settings", required=True)

    def declare(self, p):
        self.info = self.produces("GenEventInfoProduct")
        self.record = self.produces("HepMCProduct", "unsmeared")

    def beginJob(self):
        p = self.parameters
        self.pythia = start_pythia(p.comEnergy, settings_of(p.PythiaParameters, self.label), self.label)

    def filter(self, event, setup):
        import awkward as ak

        infos, particles = [], []
        for rng, run, lumi, number in zip(event.generators(), event.run, event.lumi, event.id, strict=True):
            try:
                info, batch = self.generate(rng)
            except RuntimeError as error:
                raise errors.CMSException(
                    f"Pythia gave no event in {MAX_TRIES} tries for run {run} lumi {lumi} event {number}: {error}",
                    category="GeneratorError",
                ) from error
            infos.append(info)
            particles.append(batch)
        columns = [np.array([info[k] for info in infos], dtype=dtype) for k, dtype in enumerate(("f8", "f4", "i4"))]
        event.put(self.info, ak.zip(dict(zip(("weight", "scalePDF", "processId"), columns, strict=True))))
        event.put(self.record, as_record(ak.concatenate(particles)) if particles else empty_record())
        return np.ones(len(event), dtype=bool)

    def generate(self, rng):
        """One event: (weight, pThat, process code), and Pythia's particles."""
        for _ in range(MAX_TRIES):
            self.pythia.rndm.init(int(rng.integers(1, MAX_SEED)))
            batch = self.pythia.nextBatch(1)
            if len(batch) == 1:
                info = self.pythia.infoPython()
                return (info.weight(), info.pTHat(), info.code()), batch.prt
        raise RuntimeError("every try failed")


def settings_of(parameters, label):
    """Lines of the blocks that ``parameterSets`` names, in order."""
    lines = []
    for name in parameters.parameterSets:
        if name not in parameters.extra:
            blocks = ", ".join(sorted(parameters.extra)) or "none"
            raise errors.Configuration(
                f"Pythia8GeneratorFilter {label!r}: parameterSets names {name!r}, which PythiaParameters lacks; "
                f"it has {blocks}"
            )
        lines += parameters.extra[name]
    return lines


def start_pythia(com_energy, lines, label):
    """A Pythia instance with these settings, ready to generate."""
    try:
        import pythia8mc
    except ImportError as error:
        raise errors.Configuration(
            f"Pythia8GeneratorFilter {label!r} needs Pythia: pip install 'pyrun[gen]' ({error})"
        ) from error

    pythia = pythia8mc.Pythia("", False)
    resonance_decay_filter.add_settings(pythia)
    for line in ["Print:quiet = on", f"Beams:eCM = {com_energy}", *lines]:
        if not pythia.readString(line, True):
            raise errors.Configuration(f"Pythia8GeneratorFilter {label!r}: Pythia does not understand {line!r}")
    hook = resonance_decay_filter.hook_for(pythia)
    if hook is not None:
        pythia.setUserHooksPtr(hook)
    if not pythia.init():
        raise errors.Configuration(
            f"Pythia8GeneratorFilter {label!r}: Pythia could not start with the settings {'; '.join(lines)}"
        )
    return pythia


def as_record(particles):
    """Rename and convert Pythia's columns; production points come in mm and are missing where they are the origin."""
    import awkward as ak

    columns = {
        "px": (particles.p.px, "f4"),
        "py": (particles.p.py, "f4"),
        "pz": (particles.p.pz, "f4"),
        "e": (particles.p.e, "f4"),
        "m": (particles.m, "f4"),
        "pdgId": (particles.id, "i4"),
        "status": (particles.status, "i4"),
        "mother1": (particles.mother1, "i4"),
        "mother2": (particles.mother2, "i4"),
        "daughter1": (particles.daughter1, "i4"),
        "daughter2": (particles.daughter2, "i4"),
    }
    for name, source in (("x", "px"), ("y", "py"), ("z", "pz")):
        columns[name] = (ak.fill_none(particles.vProd[source], 0.0) * MM_TO_CM, "f4")
    flat = {name: ak.to_numpy(ak.flatten(column)).astype(dtype) for name, (column, dtype) in columns.items()}
    return ak.unflatten(ak.zip(flat), ak.num(particles.id, axis=1))


def empty_record():
    """The record of no events at all."""
    import awkward as ak

    fields = {name: np.empty(0, "f4") for name in ("px", "py", "pz", "e", "m")}
    fields |= {name: np.empty(0, "i4") for name in ("pdgId", "status", "mother1", "mother2", "daughter1", "daughter2")}
    fields |= {name: np.empty(0, "f4") for name in ("x", "y", "z")}
    return ak.unflatten(ak.zip(fields), np.empty(0, dtype=np.int64))
