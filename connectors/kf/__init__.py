"""The parts of the kind `kafka`."""
