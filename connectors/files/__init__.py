"""What the file connectors share: where files are, how their text reads, and how rows land as Parquet without losing a cell.

place      one path, a folder or a glob → files
encoding   bytes → text
dialect    text → cells of a CSV
readings   the ways a text cell can be read as a narrower type, each with the check that nothing is lost
land       cells of text → typed Parquet, every cell checked in the same pass
write      Arrow batches → one file that appears in one step
"""
