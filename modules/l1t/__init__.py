"""The Phase-2 level-1 trigger: Puppi candidates, seeded-cone jets and their tagger, seeds and rates."""
