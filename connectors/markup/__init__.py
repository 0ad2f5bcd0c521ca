"""XML in bounded memory: `checked` gives its bytes once expat has found them well-formed, `tokens` cuts them into tags and texts a buffer

at a time, `shape` keeps what has been seen of the parts of a row, `rows` makes Arrow columns of them, `found` says which element is the row.
"""
