"""The configuration of a model and its training: a YAML file, with the names of CMS's training project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import yaml
from attrs import validators as v

from pyrun.framework.errors import ConfigFileNotFound, Configuration

from ..data.weights import WEIGHTS
from . import registry
from .structure import compose, structure

SHIPPED = Path(__file__).resolve().parent.parent / "configs"
POSITIVE, FRACTION, NOT_NEGATIVE = v.gt(0), v.and_(v.gt(0), v.lt(1)), v.ge(0)


def _pair(_: Any, attribute: Any, value: tuple[float, ...]) -> None:
    if len(value) != 2 or min(value) < 0:
        raise ValueError(f"'{attribute.name}' has to be two numbers, of the classes and of pt, not {list(value)}")


def _factors(_: Any, attribute: Any, value: Any) -> None:
    numbers = value.values() if isinstance(value, dict) else [None]
    if not all(isinstance(x, int | float) and not isinstance(x, bool) and x > 0 for x in numbers):
        raise ValueError(f"'{attribute.name}' has to be classes with positive numbers, such as {{b: 3}}, not {value}")


@attrs.frozen
class Training:
    """How to train.

    Attributes
    ----------
    weight_method : {"none", "onlyclass", "ptref"}
        See `pyrun.tagger.l1jet.data.Dataset`.
    class_weights : dict of str to float
        What the weights of a class's jets are multiplied by, to tell some classes apart better at the others' cost;
        classes that are not named have 1.
    loss_weights : (float, float)
        Of the classes' loss and of pt's.
    EarlyStopping_patience, ReduceLROnPlateau_patience : int
        Epochs without a better loss on the validation jets; that of a quantised network includes the cost of its size.
    learning_rate_schedule : {"plateau", "cosine"}
        Lower the learning rate when the loss has not become better for a while, or over all epochs along half a period
        of a cosine (arXiv:1608.03983): single bad epochs then do not matter, but the number of epochs does. Either
        ends at `ReduceLROnPlateau_min_lr` at the least.
    flip : bool
        Whether each epoch shows half of the jets mirrored (see `symmetries`), with the charges' classes exchanged.
    start_from : str
        Folder of a trained model whose layers of the same names give the first weights, such as a float one for a
        quantised one; empty: random weights.
    teacher : str
        Folder of a trained model, larger as a rule, whose scores are learned along with the true classes
        (distillation); empty: none.
    teacher_weight : float
        Of its scores in what is learned; the true class has the rest.
    seed : int
        Of the network's first weights and of the order of jets.
    """

    weight_method: str = attrs.field(default="onlyclass", validator=v.in_(WEIGHTS))
    epochs: int = attrs.field(default=100, validator=POSITIVE)
    batch_size: int = attrs.field(default=1024, validator=POSITIVE)
    learning_rate: float = attrs.field(default=1e-3, validator=POSITIVE)
    learning_rate_schedule: str = attrs.field(default="plateau", validator=v.in_(("plateau", "cosine")))
    class_weights: Any = attrs.field(factory=dict, validator=_factors)
    loss_weights: tuple[float, ...] = attrs.field(default=(1.0, 1.0), validator=_pair)
    EarlyStopping_patience: int = attrs.field(default=10, validator=POSITIVE)
    ReduceLROnPlateau_factor: float = attrs.field(default=0.5, validator=FRACTION)
    ReduceLROnPlateau_patience: int = attrs.field(default=5, validator=POSITIVE)
    ReduceLROnPlateau_min_lr: float = attrs.field(default=1e-5, validator=NOT_NEGATIVE)
    flip: bool = False
    start_from: str = ""
    teacher: str = ""
    teacher_weight: float = attrs.field(default=0.7, validator=FRACTION)
    seed: int = attrs.field(default=1, validator=NOT_NEGATIVE)


@attrs.frozen
class Firmware:
    """What the firmware is made for."""

    input_precision: str = "ap_fixed<24,12,AP_RND,AP_SAT>"
    class_precision: str = "ap_ufixed<24,12,AP_RND,AP_SAT>"
    reg_precision: str = "ap_fixed<16,6,AP_RND,AP_SAT>"
    clock_period: float = attrs.field(default=2.5, validator=POSITIVE)  # ns
    fpga_part: str = "xcvu13p-flga2577-2-e"
    project_name: str = attrs.field(default="L1TSC4NGJetModel", validator=v.matches_re("[A-Za-z_][A-Za-z0-9_]*"))


@attrs.frozen
class _File:
    """The keys of the file; model_config belongs to the model."""

    model: str
    module: str = ""
    model_config: Any = None
    training_config: Training = Training()
    firmware_config: Firmware = Firmware()


@attrs.frozen
class Config:
    """A configuration.

    Attributes
    ----------
    name : str
        Of its file.
    model : str
        A registered name.
    module : str
        A file or module that registers it, if it is not one of pyrun's.
    folder : Path
        What a module's file name is relative to.
    model_config : attrs class
        The model's own parameters.
    training_config : Training
    firmware_config : Firmware
    """

    name: str
    model: str
    module: str
    folder: Path
    model_config: Any
    training_config: Training
    firmware_config: Firmware

    def with_training(self, **options: Any) -> Config:
        """The same with other values in training_config."""
        return attrs.evolve(self, training_config=attrs.evolve(self.training_config, **options))

    def dump(self) -> str:
        """As YAML, with all defaults written out."""
        parts = {name: attrs.asdict(getattr(self, name)) for name in _SECTIONS}
        module = {"module": self.module} if self.module else {}
        plain = {"model": self.model, **module, **parts}
        return yaml.safe_dump(_lists(plain), sort_keys=False)


_SECTIONS = ("model_config", "training_config", "firmware_config")


def shipped() -> list[str]:
    """Names of the configurations that come with pyrun."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def read(name: str | Path) -> Config:
    """A file, or a configuration that comes with pyrun by its name, such as "baseline".

    Raises
    ------
    ConfigFileNotFound
        There is none.
    Configuration
        Something in it is wrong; the message names the line.
    ModelError
        It asks for an unknown model.
    """
    path = Path(name)
    if not path.is_file() and path.parent == Path() and (SHIPPED / f"{path.stem}.yaml").exists():
        path = SHIPPED / f"{path.stem}.yaml"
    if not path.exists():
        raise ConfigFileNotFound(
            f"There is no configuration {name}: give a YAML file or one of {', '.join(shipped())}."
        )
    root = compose(path)
    nodes = {key.value: value for key, value in root.value}
    file: _File = structure(root, _File, path)
    if file.module:
        registry.load_module(file.module, path.resolve().parent)
    kind = registry.get(file.model)
    own = structure(nodes["model_config"], kind, path) if file.model_config else kind()
    name = path.resolve().parent.name if path.name == "config.yaml" else path.stem
    return Config(name, file.model, file.module, path.resolve().parent, own, file.training_config, file.firmware_config)


def _lists(value: Any) -> Any:
    """The same with lists for tuples, which YAML does not know."""
    if isinstance(value, dict):
        return {key: _lists(x) for key, x in value.items()}
    return [_lists(x) for x in value] if isinstance(value, tuple) else value


__all__ = ["Config", "Configuration", "Firmware", "Training", "read", "shipped"]
