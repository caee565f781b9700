"""Networks in ONNX files, run in the process: what CMSSW's PhysicsTools/ONNXRuntime is for."""

from .onnx_model import OnnxModel

__all__ = ["OnnxModel"]
