"""A local Triton server: getting one, starting it, and leaving nothing behind at its end."""
