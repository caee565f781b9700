"""Pileup mitigation, jet clustering and jet flavour."""
