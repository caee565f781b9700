"""Plots of the level-1 jet tagger: each as PNG, PDF and the JSON of its numbers."""
