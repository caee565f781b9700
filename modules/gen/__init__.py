"""Event generation with Pythia 8: the event record, pruned generator particles, generator jets."""
