"""Facts as frozen dataclasses with tuples inside. No work is done here; `codec` turns any of them to JSON and back."""
