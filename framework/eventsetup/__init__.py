"""Conditions data: records, their intervals of validity, and the modules that deliver them."""
