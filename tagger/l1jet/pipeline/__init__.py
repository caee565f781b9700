"""All steps of the tagger as a graph, run by luigi and law: see docs/pytagger-pipeline.md."""
