"""HDFS over WebHDFS, the REST door of the NameNode and its DataNodes (hadoop.apache.org, "WebHDFS REST API").

place.py     where the settings point and how to sign in there
client.py    one operation at a time: its URL, the redirect to a DataNode, its answer or what went wrong
trouble.py   what can go wrong with that, as one class of errors
stream.py    bytes out of a file (on and on, or from any place in it) and into one
system.py    the file system that pyarrow and `connectors.far` see
words.py     what went wrong, in our words
probe.py     the lines of *Test connection*
"""
