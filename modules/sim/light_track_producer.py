"""Tracks of charged particles, by efficiencies and resolutions instead of hits."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from .event_records import PARTICLE, TRACK
from .records import from_records, to_records


@plugin
class LightTrackProducer(EDProducer):
    """Turns simulated charged particles into tracks with CMS-like efficiency, resolution and fakes.

    Consumes ``SimParticles`` and produces ``recoTracks``: see `event_records.TRACK`. Particles made far from the beam
    line are found less often and cross fewer pixel layers; a track's momentum is that at its closest approach to the
    beam line.
    """

    cfi = "RecoTracker/LightSimulation/generalTracks"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("mix", doc="simulated particles of all interactions")
        fakeRate: float = param.double(0.015, doc="mean number of fake tracks per true one")

    def declare(self, p):
        self.particles = self.consumes(p.src, type="SimParticles")
        self.tracks = self.produces("recoTracks")

    def produce(self, event, setup):
        from .track_kernels import make_tracks

        particles = to_records(event.get(self.particles), PARTICLE)
        fake_rate = self.parameters.fakeRate
        tracks = [make_tracks(rng, one, fake_rate) for rng, one in zip(event.generators(), particles, strict=True)]
        event.put(self.tracks, from_records(tracks, TRACK))
