"""Where a quantised network loses precision, and which layers cost what.

A quantiser of HGQ2 is a layer of its own: for the weights, biases, inputs and look-up tables of each layer. They are
watched while the network runs on some jets: what comes in, what goes out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from pyrun.modules.l1t.ng_inputs import Floats
from pyrun.modules.l1t.words import FixedPoint

ROLES = {"kq": "weights", "bq": "biases", "iq": "inputs", "oq": "outputs", "input_type": "inputs"}
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


class Seen:
    """What one quantiser has been given, and what it has made of it: float64 arrays of the same shape."""

    def __init__(self, quantizer: Any) -> None:
        self.quantizer = quantizer
        self.given: list[npt.NDArray[np.float64]] = []
        self.made: list[npt.NDArray[np.float64]] = []


@contextlib.contextmanager
def _watched(change: Callable[[Any, Any, Any], Any]) -> Iterator[None]:
    """Let `change(quantizer, given, made)` see, and replace, what quantisers make."""
    from hgq.quantizer import Quantizer

    original = Quantizer.call

    def call(self: Any, inputs: Any, training: Any = None) -> Any:
        return change(self, inputs, original(self, inputs, training=training))

    Quantizer.call = call
    try:
        yield
    finally:
        Quantizer.call = original


def watch(network: Any, inputs: Floats) -> tuple[dict[str, Seen], Floats]:
    """Run the network; returns what each quantiser saw, in the order of first use, and the answers."""
    seen: dict[int, Seen] = {}

    def note(quantizer: Any, given: Any, made: Any) -> Any:
        one = seen.setdefault(id(quantizer), Seen(quantizer))
        one.given.append(np.asarray(given, dtype=np.float64))
        one.made.append(np.asarray(made, dtype=np.float64))
        return made

    with _watched(note):
        answers = _answers(network, inputs)
    names: dict[str, Seen] = {}
    for one in seen.values():
        name = one.quantizer.name
        while name in names:
            name += "'"
        names[name] = one
    return names, answers


def _answers(network: Any, inputs: Floats) -> Floats:
    # called, not predict(): without a graph, so that the quantisers meet numbers
    found = network(inputs.astype(np.float32), training=False)
    return np.concatenate([np.asarray(x, dtype=np.float64).reshape(len(inputs), -1) for x in found], axis=1)


def quantisers(network: Any, inputs: Floats) -> list[dict[str, Any]]:
    """Of each quantiser: what it is for, bits, range, distribution, and what its rounding loses.

    Returns
    -------
    list of dict
        "layer", "role", "name"; "bits_mean" and "bits_largest": sign included; "step": smallest; "largest": what it
        can hold; "magnitude": quantiles of the absolute values that are not zero, before it; "relative_error": rms of
        the change over rms of the values; "zeroed": fraction of values that become zero; "wrapped": fraction that
        change by more than a step, for which the range is too small; "effect_on_scores": rms change of the scores
        when it is taken away.
    """
    seen, answers = watch(network, inputs)
    owners = {id(x): layer.name for layer in network.layers for x in layer._flatten_layers()}
    result = []
    for name, one in seen.items():
        quantizer = one.quantizer
        changed = _without(network, inputs, quantizer)
        effect = float(np.sqrt(np.mean((changed[:, :-1] - answers[:, :-1]) ** 2)))
        layer = owners.get(id(quantizer), name)
        suffix = next((x for x in ROLES if name.rstrip("'").endswith(x)), "")
        role = "tables" if "_table" in name and suffix == "oq" else ROLES.get(suffix, suffix or "other")
        result.append({"layer": layer, "role": role, "name": name, "effect_on_scores": effect} | _measure(one))
    return result


def _measure(seen: Seen) -> dict[str, Any]:
    given, made = (np.concatenate([x.ravel() for x in arrays]) for arrays in (seen.given, seen.made))
    internal = seen.quantizer.quantizer
    bits, step, largest = (
        np.asarray(x, dtype=np.float64)  # for all values, or for each alone; of shape (1, ...) for those of jets
        for x in (internal.fbits, internal.epsilon, internal.max)
    )
    steps = np.concatenate([np.broadcast_to(step, x.shape).ravel() for x in seen.given])
    size, rms = np.abs(given[given != 0]), float(np.sqrt(np.mean(given**2)))
    used = bits > 0
    return {
        "values": int(bits.size),
        "bits_mean": float(bits.mean()),
        "bits_largest": float(bits.max(initial=0)),
        "removed": float(1 - used.mean()),
        "step": float(np.broadcast_to(step, bits.shape)[used].min()) if used.any() else None,
        "largest": float(largest.max()),
        "magnitude": np.quantile(size, QUANTILES).tolist() if size.size else [],
        "relative_error": float(np.sqrt(np.mean((made - given) ** 2))) / rms if rms else 0.0,
        "zeroed": float(np.mean((made == 0) & (given != 0))),
        "wrapped": float(np.mean(np.abs(made - given) > steps * 1.001)),
    }


def _without(network: Any, inputs: Floats, taken: Any) -> Floats:
    """The answers if one quantiser hands on what it is given."""
    with _watched(lambda quantizer, given, made: given if quantizer is taken else made):
        return _answers(network, inputs)


def resources(network: Any, input_type: FixedPoint) -> list[dict[str, Any]]:
    """Effective bit operations of each layer, and the look-up tables that da4ml expects it to take.

    Layers share nothing but their inputs, so that what the network up to a layer takes more than up to the one before
    is what this layer takes.
    """
    from da4ml.converter import trace_model
    from da4ml.trace import comb_trace

    kinds = (1, input_type.integer - 1, input_type.fraction)
    dump = trace_model(network, inputs_kif=kinds, dump=True)
    result, outputs, before = [], list[Any](), 0.0
    for layer in network.layers:
        made = dump.get(f"/{layer.name}/final")
        if made is None:
            continue
        outputs += [x for array in made for x in array.ravel()]
        cost = comb_trace([x for array in dump["inputs"] for x in array.ravel()], outputs).cost
        ebops = float(np.asarray(getattr(layer, "ebops", 0)))
        result.append({"layer": layer.name, "ebops": ebops, "estimated_lut": max(cost - before, 0.0)})
        before = cost
    return result
