"""DDL: from a profile to table definitions that were executed.

    look        what the profile does not say of the values (digits of seconds, order of arrival, what JSON must keep)
    design      tables in terms every dialect understands: columns, keys, and the rules of indexes, partition, sortkey
    dialects    one file each: exact types, and what cannot be said becomes a note
    verify      the DDL executed on a real engine, a sample loaded and read back equal, each index asked of the planner

`make` does all of it. The thresholds stand beside the rules with their reasons, and in docs/ddl.md for users.

To add a rule for indexes, write a function in `indexes.py`, add it to `RULES`, and give it a test of the same name. To add a
dialect, see `dialects/__init__.py`.
"""

from core.ddl.run import make

__all__ = ["make"]
