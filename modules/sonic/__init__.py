"""SONIC: inference by a Triton server, from event blocks."""
