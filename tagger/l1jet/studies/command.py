"""The commands of the studies: pytagger bbbb, bbtt, ditaus, ditaus-topo and single-tau."""

from __future__ import annotations

from pathlib import Path

import click

TITLES = {
    "bbbb": "HT and the sum of four b scores, at 14 kHz; signal: HH to 4b.",
    "bbtt": "HT and sums of b and tau scores, at 14 kHz; signal: HH to bb tautau.",
    "ditaus": "Two jets with pt and tau score, at 28 kHz; signal: VBF H to tautau.",
    "ditaus-topo": "Two jets that look like taus of opposite charge, at 28 kHz; signal: VBF H to tautau.",
    "single-tau": "One jet with pt and tau score, at 31 kHz; signal: VBF H to tautau.",
}


def study_command(name: str) -> click.Command:
    """The command of one study."""

    # fmt: off
    @click.command(name, help=f"Trigger study: {TITLES[name]}")
    @click.option("--derive-wps", is_flag=True, help="Find thresholds at the target rate.")
    @click.option("--bkg-rate", is_flag=True, help="Rates of the seeds, and against the threshold.")
    @click.option("--eff", is_flag=True, help="Efficiencies of the signal against what was generated.")
    @click.option("-n", "--events", default=-1, help="Events of each sample.  [all]")
    @click.option("-m", "--model", default="L1TSC4NGJetModel", show_default=True,
                  help="Folder or library that L1TSC4NGJetProducer loads.")
    @click.option("-s", "--samples", type=click.Path(path_type=Path, file_okay=False, exists=True),
                  default=Path("samples"), help="Folder with qcd_*.root, minbias_*.root and the signal.  [samples]")
    @click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("studies"),
                  help=f"Results go to its subfolder {name}.  [studies]")
    # fmt: on
    def command(
        derive_wps: bool, bkg_rate: bool, eff: bool, events: int, model: str, samples: Path, output: Path
    ) -> None:
        if not (derive_wps or bkg_rate or eff):
            raise click.UsageError("Give --derive-wps, --bkg-rate or --eff, or several of them.")
        from . import running
        from .definitions import STUDIES

        job = running.Job(STUDIES[name], samples, model, output / name, events)
        if derive_wps:
            _tell_points(running.derive(job))
        if bkg_rate:
            _tell("kHz", running.background_rates(job)["rates"], 1e-3)
        if eff:
            _tell("%", running.efficiencies(job)["efficiencies"], 100.0)

    return command


def _tell_points(result: dict) -> None:
    from .counting import Interval
    from .deriving import PRECISION

    known = Interval(**result["best"]["rate"]).relative
    if known > PRECISION:
        click.echo(
            f"These thresholds mean little: their rate is known to {known:.0%}, and no other better. Take more events.",
            err=True,
        )
    for title, point in (("With tagger", result["best"]), ("Without", result["without_tagger"])):
        cuts = ", ".join(f"{name} > {value:g}" for name, value in point["thresholds"].items())
        kept, seen = point["rate"], point["efficiency"]
        click.echo(f"{title}: {cuts}: {_figure(kept, 1e-3)} kHz, efficiency {_figure(seen, 100.0)} %")


def _tell(unit: str, figures: dict, scale: float) -> None:
    for name, figure in figures.items():
        click.echo(f"{name:24s} {_figure(figure, scale)} {unit}")


def _figure(interval: dict, scale: float) -> str:
    value, low, high = (scale * interval[name] for name in ("value", "low", "high"))
    return f"{value:.2f} -{value - low:.2f} +{high - value:.2f}"
