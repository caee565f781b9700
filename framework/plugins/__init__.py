"""The registry of modules and the declaration of their parameters."""
