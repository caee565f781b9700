"""What modules ask of the servers, and what they get."""

from __future__ import annotations

from typing import NamedTuple

import attrs

from .model_repository import Model


class ModelKey(NamedTuple):
    """What distinguishes the models that a job asks for."""

    folder: str
    version: str


@attrs.frozen(eq=False)
class WantedModel:
    """A model that a module wants to be run.

    Attributes
    ----------
    model : Model
        As the job knows it: a server must have the same.
    version : str
        Its number; empty for the latest that a server has.
    preferred : str
        The server to use as long as it works; empty for any.
    module : str
        The module's label, for messages.
    verbose : bool
        Whether the servers' statistics of the model are told at the end.
    """

    model: Model
    version: str = ""
    preferred: str = ""
    module: str = ""
    verbose: bool = False

    @property
    def key(self) -> ModelKey:
        """The same for modules that want the same."""
        return ModelKey(str(self.model.folder), self.version)

    @property
    def likely_version(self) -> str:
        """The version that a server will use if it has what the job has; empty if the job has no files."""
        return self.version or str(max(self.model.versions, default=""))

    def __str__(self) -> str:
        return f"{self.model.name!r}" + (f" version {self.version}" if self.version else "")


@attrs.frozen
class ServedModel:
    """What a client may count on, whichever server answers.

    Attributes
    ----------
    name : str
    versions : tuple of str
        Those that the servers use for the job, usually one.
    max_batch_size : int
        Most rows of one request: the smallest of the servers' limits. 0: no dimension for a batch.
    servers : tuple of str
        Names of those that had it when the job began.
    """

    name: str
    versions: tuple[str, ...]
    max_batch_size: int
    servers: tuple[str, ...]
