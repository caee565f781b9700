"""Events for the trigger studies: candidates from files, tagged, with weights and what was generated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import Configuration, FileReadError
from pyrun.framework.testing import TestProcessor
from pyrun.modules.l1t.rates import BUNCH_CROSSING_RATE

CROSSINGS = ("qcd", "minbias")  # whose weighted events are all bunch crossings together; see docs/l1.md
CANDIDATES, CONES, TAGGED = "l1tLayer1:Puppi", "l1tSC4PFL1PuppiExtendedEmulator", "l1tSC4NGJetProducer:l1tSC4NGJets"
CORRECTIONS = "data/l1_jet_corrections.root"
_PRODUCTS = {
    "candidates": "l1tPFCandidates_l1tLayer1_Puppi",
    "weights": "double_bunchCrossingWeight",
    "particles": "recoGenParticles_genParticles",
    "jets": "recoGenJets_ak4GenJets",
}
_WORDS = ["encodedJetGT0", "encodedJetGT1"]
_BLOCK = 1000  # events

Floats = npt.NDArray[np.float64]


@attrs.frozen(eq=False)
class Sample:
    """Tagged events of one process.

    Attributes
    ----------
    process : str
    products : dict of str to awkward.Array
        Words for the global trigger of the jets, by the names that seeds ask for: `TAGGED`, and `CONES`, with the
        correction of pt that a trigger without tagger uses.
    weights : numpy.ndarray, shape (events,)
    truth : dict of str to numpy.ndarray, shape (events,)
        What was generated, for signals: see `truth`.
    """

    process: str
    products: dict[str, Any]
    weights: Floats
    truth: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def rate(self) -> Floats:
        """What each event stands for (Hz) if the sample is one of `CROSSINGS`."""
        return BUNCH_CROSSING_RATE * self.weights / len(self)


def files(folder: Path, process: str) -> list[Path]:
    """The files of a process: its name, with or without a number or more behind a ``_``.

    Raises
    ------
    Configuration
        There are none.
    """
    found = sorted({*folder.glob(f"{process}.root"), *folder.glob(f"{process}_*.root")})
    if not found:
        raise Configuration(
            f"{folder} has no events of the process {process} ({process}_*.root). Make some: pyrun "
            f"cfg/l1_candidates_cfg.py process={process} maxEvents=1000 outputFile={folder}/{process}_1.root"
        )
    return found


def read(paths: Sequence[Path], process: str, model: str, limit: int = -1, with_truth: bool = False) -> Sample:
    """Read and tag at most `limit` events (all if negative).

    Raises
    ------
    FileReadError
        A file can't be read or is none of cfg/l1_candidates_cfg.py.
    ModelError
        The model can't be loaded.
    """
    import awkward as ak

    cone = TestProcessor("L1SeedConePFJetProducer", HW=True)
    corrected = TestProcessor("L1SeedConePFJetProducer", HW=True, doCorrections=True, correctorFile=CORRECTIONS)
    tagger = TestProcessor("L1TSC4NGJetProducer", l1tSC4NGJetModelPath=model)
    parts: dict[str, list[Any]] = {TAGGED: [], CONES: []}
    weights, truths = [], []
    for block in blocks(paths, limit, [*_PRODUCTS] if with_truth else ["candidates", "weights"]):
        candidates = block["candidates"]
        jets = cone.run({CANDIDATES: candidates})[""]
        tagged = tagger.run({CONES: jets, CANDIDATES: candidates})["l1tSC4NGJets"]
        parts[TAGGED].append(tagged[_WORDS])
        parts[CONES].append(corrected.run({CANDIDATES: candidates})[""][_WORDS])
        weights.append(np.asarray(block["weights"], dtype=np.float64))
        truths.append(truth(block) if with_truth else {})
    products = {name: ak.concatenate(arrays) for name, arrays in parts.items()}
    columns = {name: np.concatenate([one[name] for one in truths]) for name in truths[0]}
    return Sample(process, products, np.concatenate(weights), columns)


def blocks(paths: Sequence[Path], limit: int, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Arrays of the wanted products, some events at a time; at least one block, unless there are no events."""
    import uproot

    left = limit if limit >= 0 else np.inf
    for path in paths:
        try:
            with uproot.open(path) as file:
                tree = file["Events"]
                keys = tree.keys(recursive=False)
                names = {one: next(key for key in keys if key.startswith(f"{_PRODUCTS[one]}_")) for one in wanted}
                for start in range(0, int(min(tree.num_entries, left)), _BLOCK):
                    stop = int(min(start + _BLOCK, tree.num_entries, start + left))
                    arrays = {one: tree[name].array(entry_start=start, entry_stop=stop) for one, name in names.items()}
                    left -= stop - start
                    yield arrays
        except (OSError, ValueError, KeyError, StopIteration) as error:
            reason = "it has no such product" if isinstance(error, StopIteration) else error
            raise FileReadError(f"{path} can't be read: {reason}. It must come from l1_candidates_cfg.py.") from error


def truth(block: dict[str, Any]) -> dict[str, Floats]:
    """What was generated in each event (GeV).

    ``gen_ht``, the sum of generator jets above 30 GeV within |eta| < 2.4; ``mhh``, mass of the two Higgs bosons, -1 if
    there are not two; ``tau_pt`` and ``tau2_pt``, visible pt of the hardest and second hardest tau within |eta| < 2.4
    that decays to hadrons, and ``tau_eta``, |eta| of the hardest, 0 and -1 if there is none.
    """
    import awkward as ak

    from pyrun.modules.l1t.jet_truth import higgs_pair_mass, prompt_leptons
    from pyrun.modules.nano.flat_objects import FlatObjects

    jets, particles = block["jets"], FlatObjects(block["particles"])
    central = jets[(jets.pt > 30.0) & (abs(jets.eta) < 2.4)]
    leptons = prompt_leptons(particles, particles.offsets)
    taus = ak.unflatten(
        ak.zip({"pt": leptons.visible_pt, "eta": np.abs(leptons.eta), "tau": leptons.kind == 15}),
        np.diff(leptons.offsets),
    )
    taus = taus[taus.tau & (taus.eta < 2.4)]
    taus = ak.pad_none(taus[ak.argsort(taus.pt, ascending=False)], 2)
    return {
        "gen_ht": ak.to_numpy(ak.sum(central.pt, axis=1)).astype(np.float64),
        "mhh": higgs_pair_mass(particles, particles.offsets).astype(np.float64),
        "tau_pt": ak.to_numpy(ak.fill_none(taus.pt[:, 0], 0.0)),
        "tau2_pt": ak.to_numpy(ak.fill_none(taus.pt[:, 1], 0.0)),
        "tau_eta": ak.to_numpy(ak.fill_none(taus.eta[:, 0], -1.0)),
    }
