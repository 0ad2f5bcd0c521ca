"""The parts of the Spark connector: where it is, a session with it, its types, reading, and writing in one step."""
