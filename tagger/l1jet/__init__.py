"""Training and export of the Level-1 trigger's jet tagger."""
