"""A real Triton server for the tests, got and started by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from client_models import write_sums, write_whole
from sonic_models import write_scale

from pyrun.framework.errors import ExternalFailure
from pyrun.modules.sonic.server import bundle
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions

PARTICLE_TRANSFORMER = Path(__file__).parents[3] / "models" / "particletransformer_AK4"


@pytest.fixture(scope="session")
def triton() -> bundle.Bundle:
    """The bundled server, installed if need be; tests are skipped where it can't be."""
    try:
        return bundle.install()
    except ExternalFailure as error:
        if "glibc" not in error.message and "network" not in error.message:
            raise
        pytest.skip(error.message)


@pytest.fixture(scope="session")
def scale_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the model "scale": y = 2 x, rows of any length, at most 64 in a batch."""
    return write_scale(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def sums_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the model "sums"; see `client_models.write_sums`."""
    return write_sums(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def whole_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the model "whole", which knows no batches."""
    return write_whole(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def local_server(
    triton: bundle.Bundle,
    scale_model: Path,
    sums_model: Path,
    whole_model: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalServer]:
    """One server for all tests that don't harm it: "scale", "sums", "whole" and ParticleTransformerAK4."""
    options = ServerOptions(
        models=[scale_model, sums_model, whole_model, PARTICLE_TRANSFORMER],
        name="tests",
        executable="bundled",
        temp=tmp_path_factory.mktemp("servers"),
    )
    with LocalServer.start(options) as server:
        yield server


@pytest.fixture
def server_options(triton: bundle.Bundle, scale_model: Path, tmp_path: Path) -> ServerOptions:
    """Options for a server of a test's own; change them with `attrs.evolve`."""
    return ServerOptions(models=[scale_model], executable="bundled", temp=tmp_path / "servers")
