"""ParticleTransformerAK4 with onnxruntime, in the process."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import ModelError
from pyrun.modules.columns import flat, nested, values
from pyrun.modules.onnx import OnnxModel

from .batching import MULTIPLE, JetInputs
from .features import CLASSES

NOT_FILLED = np.float32(-1.0)


@plugin
class ParticleTransformerAK4ONNXJetTagsProducer(EDProducer):
    """Scores of ParticleTransformerAK4: for each class, one number per jet, -1 for jets that `src` has not filled.

    The model may be any with CMS's interface: six inputs, [jets, particles, 16], [., ., 8], [., ., 14] and three times
    [., ., 4], and one output [jets, classes]. Jets of the whole block go through it in batches of equally padded
    ones. A jet's scores are the same to the last bit in any batch.

    Source: CMSSW's plugin of this name.
    """

    cfi = "RecoBTag/ONNXRuntime/pfParticleTransformerAK4JetTags"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("pfParticleTransformerAK4TagInfos", doc="features of the jets")
        input_names: list[str] = param.vstring([f"input_{i}" for i in range(1, 7)], doc="the model's inputs")
        model_path: str = param.fileInPath("models/particletransformer_AK4/1/model.onnx", doc="the model")
        output_names: list[str] = param.vstring(["softmax"], doc="the model's output with the scores")
        flav_names: list[str] = param.vstring(list(CLASSES), doc="product instances, in the order of the scores")
        max_batch: int = param.untracked.uint32(128, doc="most jets given to the model at once; no score depends on it")

    @classmethod
    def initializeGlobalCache(cls, p):
        """One session for all streams."""
        return OnnxModel(p.model_path, p.input_names, p.output_names)

    def declare(self, p):
        self.tag_infos = self.consumes(p.src)
        self.tags = [self.produces("JetTags", name) for name in p.flav_names]

    def produce(self, event, setup):
        offsets, records = flat(event.get(self.tag_infos).layout)
        scores = np.full((offsets[-1], len(self.tags)), NOT_FILLED)
        filled = np.flatnonzero(values(records["is_filled"]))
        for jets, inputs in JetInputs.of(records).batches(filled, self.batch_size()):
            scores[jets] = self.evaluate(inputs)
        for tag, column in zip(self.tags, scores.T, strict=True):
            event.put(tag, nested(np.ascontiguousarray(column), np.diff(offsets)))

    def batch_size(self) -> int:
        """The largest allowed multiple of `MULTIPLE`."""
        return max(self.parameters.max_batch // MULTIPLE, 1) * MULTIPLE

    def evaluate(self, inputs):
        """Scores of one batch, [jets, classes]."""
        jets = len(inputs[0])
        missing = -jets % MULTIPLE
        if missing:
            inputs = [np.concatenate([x, np.zeros((missing, *x.shape[1:]), dtype=x.dtype)]) for x in inputs]
        scores = self.globalCache(inputs)[0]
        if scores.shape != (jets + missing, len(self.tags)):
            raise ModelError(
                f"The model {self.globalCache.path} gives {list(scores.shape)} scores for {jets + missing} jets, but "
                f"flav_names has {len(self.tags)} classes: {', '.join(self.parameters.flav_names)}"
            )
        return scores[:jets]
