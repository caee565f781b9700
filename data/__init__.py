"""Installed as package data."""
