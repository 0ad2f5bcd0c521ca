"""One module a kind: where its real files or server are, and how a table of every hard value gets there.

A module has a class `Harness` that extends `base.Harness`; a kind without one fails the suite.
"""
