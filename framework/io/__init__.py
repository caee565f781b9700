"""Sources and output modules."""
