"""The subcommands of pytagger, one a module."""
