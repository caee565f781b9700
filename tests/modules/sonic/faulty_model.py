"""The model "doubler" as Triton runs it, in its python backend: y = 2 x, slowly, and with failures by chance."""

import json
import random
import time

import numpy as np
import triton_python_backend_utils as pb_utils

OLD = np.__version__.startswith("1.")  # as in pyrun.modules.sonic.server.onnx_backend


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self.seconds, self.failures = (float(parameters[name]["string_value"]) for name in ("seconds", "failures"))
        self.chance = random.Random(1)

    def execute(self, requests):
        return [self.answer(pb_utils.get_input_tensor_by_name(request, "x")) for request in requests]

    def answer(self, x):
        x = x.as_numpy() if OLD else np.from_dlpack(x)
        if x.any():  # a test inference, of zeros, is answered at once
            time.sleep(self.seconds)
        if self.chance.random() < self.failures:
            return pb_utils.InferenceResponse(error=pb_utils.TritonError("a failure by chance"))
        y = 2 * x
        return pb_utils.InferenceResponse([pb_utils.Tensor("y", y) if OLD else pb_utils.Tensor.from_dlpack("y", y)])
