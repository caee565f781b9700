"""Running one job on many workers."""
