"""Misuse of configurations, told before a job runs: ``pyrun --lint``."""
