"""The parts of the kind `clickhouse`."""
