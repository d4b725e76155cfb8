"""What the Makefile runs: the Python environment, system packages, the copy of the collection, the checks."""
