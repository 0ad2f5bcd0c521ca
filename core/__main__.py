"""`python -m core`: Assay from the command line."""

import os
import signal
import sys
from io import TextIOWrapper

STOPPED = 130


def main() -> int:
    """Run one command; Ctrl-C ends it without a traceback from the first moment, before there is anything to clean up."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(STOPPED))
    if isinstance(sys.stdout, TextIOWrapper):  # a letter the terminal has no code for is written by its number
        sys.stdout.reconfigure(errors="backslashreplace")
    from core.cli import main as command  # here and not above: this takes a second

    return command()


if __name__ == "__main__":
    sys.exit(main())
