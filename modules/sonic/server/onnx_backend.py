"""A model of Triton's python backend that runs the model's ONNX file with onnxruntime.

`layout` puts this file beside the ONNX file, as ``model.py``; it runs inside the server and imports nothing of pyrun.
The session has the options of the in-process producers (`pyrun.modules.onnx`), so that scores agree to the
last bit.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys

# the server ignores PYTHONPATH and the user's site-packages
sys.path.extend(os.environ.get("PYSONIC_PYTHON_PATH", "").split(os.pathsep))

import numpy as np
import onnxruntime
import triton_python_backend_utils as pb_utils

DLPACK = int(np.__version__.split(".")[0]) >= 2
"""The server's conversions are compiled for numpy 1 and give wrong numbers with numpy 2, where DLPack works instead."""

USED = b"used_dltensor"
"""What DLPack calls a capsule whose content has been taken. The server's name for it is another one, and numpy would
write a complaint into the log for each."""

rename = ctypes.pythonapi.PyCapsule_SetName
rename.argtypes = [ctypes.py_object, ctypes.c_char_p]


class TritonPythonModel:
    """One instance of the model: Triton calls the methods, one at a time."""

    def initialize(self, args):
        """Load the network of the version."""
        config = json.loads(args["model_config"])
        parameters = {key: value["string_value"] for key, value in config["parameters"].items()}
        folder = os.path.join(args["model_repository"], args["model_version"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(parameters["pysonic_threads"])
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # what goes wrong comes as an exception
        # weights beside the file are looked for where it really is
        file = os.path.realpath(os.path.join(folder, parameters["pysonic_file"]))
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.inputs = [entry["name"] for entry in config["input"]]
        outputs = [entry["name"] for entry in config["output"]]
        self.check("input", self.inputs, [info.name for info in self.session.get_inputs()])
        self.check("output", outputs, [info.name for info in self.session.get_outputs()])
        self.batched = config["max_batch_size"] > 0

    @staticmethod
    def check(what, configured, found):
        """An error now is better than one with the first request."""
        unknown = set(configured) - set(found)
        if unknown:
            raise pb_utils.TritonModelException(
                f"config.pbtxt names the {what}s {', '.join(sorted(unknown))}, but the ONNX file has {', '.join(found)}"
            )

    def execute(self, requests):
        """Answer the requests; more than one only where config.pbtxt has dynamic_batching."""
        feeds = [self.feed(request) for request in requests]
        names = [list(request.requested_output_names()) for request in requests]
        if len(requests) > 1 and self.batched and len({key(feed) for feed in feeds}) == 1:
            try:
                return self.together(feeds, names)
            except Exception:  # one request may spoil the others: alone, each has its own answer
                pass
        return [self.alone(feed, wanted) for feed, wanted in zip(feeds, names, strict=True)]

    def together(self, feeds, names):
        """One run for the rows of all requests."""
        wanted = sorted(set().union(*names))
        arrays = self.session.run(wanted, {name: np.concatenate([x[name] for x in feeds]) for name in self.inputs})
        ends = np.cumsum([len(feed[self.inputs[0]]) for feed in feeds])[:-1]
        parts = dict(zip(wanted, (np.split(array, ends) for array in arrays), strict=True))
        return [self.response({name: parts[name][i] for name in names[i]}) for i in range(len(feeds))]

    def alone(self, feed, wanted):
        """One run for one request."""
        try:
            return self.response(dict(zip(wanted, self.session.run(wanted, feed), strict=True)))
        except Exception as error:
            return pb_utils.InferenceResponse(output_tensors=[], error=pb_utils.TritonError(str(error)))

    def feed(self, request):
        """The request's arrays by name."""
        return {name: array(pb_utils.get_input_tensor_by_name(request, name)) for name in self.inputs}

    def response(self, arrays):
        """What Triton sends back."""
        tensors = [tensor(name, value) for name, value in arrays.items()]
        return pb_utils.InferenceResponse(output_tensors=tensors)


def key(feed):
    """Requests with the same key can go through the model together."""
    return tuple(x.shape[1:] for x in feed.values())


def array(given):
    """The array of one of Triton's tensors."""
    return np.from_dlpack(given) if DLPACK else given.as_numpy()


def tensor(name, value):
    """One of Triton's tensors."""
    if not DLPACK:
        return pb_utils.Tensor(name, value)
    value = np.ascontiguousarray(value)
    capsule = (value if value.flags.writeable else value.copy()).__dlpack__()
    made = pb_utils.Tensor.from_dlpack(name, capsule)
    rename(capsule, USED)
    return made
