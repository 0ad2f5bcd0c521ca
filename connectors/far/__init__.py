"""Files that do not lie on this machine: S3 and HDFS. A place knows how to get at bytes, a format (`connectors.files`) what they mean.

system.py    one file system, every call through the guard: list, look, fetch, put
files.py     a connector over such a system: items are files, each read by the connector of its format
line.py      the first lines of *Test connection*: name, port, encryption
"""
