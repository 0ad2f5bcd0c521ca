"""The parts of the PostgreSQL connector: reaching the server, what is in it, types, reading, writing."""
