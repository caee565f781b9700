"""Data preparation, training and evaluation of taggers."""
