"""Modules of the framework itself, as in CMSSW's FWCore/Modules."""
