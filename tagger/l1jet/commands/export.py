"""pytagger export"""

from __future__ import annotations

from pathlib import Path

import click


@click.command("export")
@click.argument("model", type=click.Path(path_type=Path, file_okay=False))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("-f", "--force", is_flag=True, help="Replace a folder without asking.")
def command(model: Path, folder: Path, force: bool) -> None:
    """Write the trained MODEL as the FOLDER that L1TSC4NGJetProducer loads, and check that all its emulators agree."""
    from pyrun.framework.errors import ModelError
    from pyrun.modules.l1t.emulators import BACKENDS, load_emulator
    from pyrun.modules.l1t.emulators.model_folder import DESCRIPTION

    from ..folders import confirm_replacing, whole
    from ..models import load
    from ..models.folder import NETWORK

    trained = load(model)
    if not trained.metadata["quantized"]:
        raise ModelError(f"{model} is in floating point: only a quantised model can become firmware.")
    confirm_replacing(folder, DESCRIPTION, force)
    from ..export import export

    with whole(folder) as made:
        try:
            export(model / NETWORK, made, trained.metadata["quirks"], trained.config.firmware_config.project_name)
        except ValueError as error:
            raise ModelError(f"{model} can't be exported: {error}") from error
        if (folder / "README.md").exists():
            (made / "README.md").write_bytes((folder / "README.md").read_bytes())
        for backend in BACKENDS:
            load_emulator(made, backend)
            click.echo(f"{backend}: gives the reference answers")
