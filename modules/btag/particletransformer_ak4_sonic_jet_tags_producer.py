"""ParticleTransformerAK4 by SONIC: on a Triton server."""

from __future__ import annotations

import numpy as np

from pyrun.framework import parameters as param
from pyrun.framework import plugin
from pyrun.framework.errors import ModelError
from pyrun.modules.columns import flat, nested, values
from pyrun.modules.sonic.client import client
from pyrun.modules.sonic.sonic_ed_producer import SonicEDProducer

from .batching import MULTIPLE, JetInputs
from .features import CLASSES
from .particletransformer_ak4_onnx_jet_tags_producer import NOT_FILLED


@plugin
class ParticleTransformerAK4SonicJetTagsProducer(SonicEDProducer):
    """The same scores as ParticleTransformerAK4ONNXJetTagsProducer makes, to the last bit if the server runs the model
    with the same onnxruntime on the same kind of processor.

    Jets of all events of a block go out together, in one request for each padded shape, or more if the server takes
    fewer jets at once.

    Source: CMSSW's plugin of this name, which pads the jets of one event to the longest among them.
    """

    cfi = "RecoBTag/ONNXRuntime/particleTransformerAK4SonicJetTagsProducer"
    batchMultiple = MULTIPLE

    class Parameters(SonicEDProducer.Parameters):
        src: param.InputTag = param.inputTag("pfParticleTransformerAK4TagInfos", doc="features of the jets")
        flav_names: list[str] = param.vstring(list(CLASSES), doc="product instances, in the order of the scores")
        Client: param.ParameterSet = client(
            modelName="particletransformer_AK4",
            modelConfigPath="models/particletransformer_AK4/config.pbtxt",
            timeout=300,
            mode="Async",
        )

    def declare(self, p):
        self.tag_infos = self.consumes(p.src)
        self.tags = [self.produces("JetTags", name) for name in p.flav_names]

    def acquire(self, event, setup, inputs):
        offsets, records = flat(event.get(self.tag_infos).layout)
        filled = np.flatnonzero(values(records["is_filled"]))
        if not len(filled):
            inputs.setBatchSize(0)
        sent = []
        for jets, arrays in JetInputs.of(records).batches(filled, max(len(filled), 1)):
            inputs.addBatch(dict(zip(inputs, arrays, strict=True)))
            sent.append(jets)
        return offsets, np.concatenate(sent) if sent else filled

    def produce(self, event, setup, outputs):
        offsets, sent = outputs.acquired
        answers = outputs[next(iter(outputs))].fromServer()
        if answers.shape[1:] != (len(self.tags),):
            raise ModelError(
                f"The model {self.client.model.name} gives {list(answers.shape)} scores for {len(sent)} jets, but "
                f"flav_names has {len(self.tags)} classes: {', '.join(self.parameters.flav_names)}"
            )
        scores = np.full((offsets[-1], len(self.tags)), NOT_FILLED)
        scores[sent] = answers
        for tag, column in zip(self.tags, scores.T, strict=True):
            event.put(tag, nested(np.ascontiguousarray(column), np.diff(offsets)))
