"""Producers, filters and analyzers, by subsystem."""
