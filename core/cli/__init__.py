"""The command line: the same jobs as the browser, through the same workbench.

`main` parses, opens a workbench (a throw-away one unless `--project` names a saved project), runs one command and ends with
0 fine, 1 the data or the world said no, 2 used wrongly.
"""

from core.cli.main import main

__all__ = ["main"]
