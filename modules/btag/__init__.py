"""Flavour tagging of jets: features, inference and what is plotted of it."""
