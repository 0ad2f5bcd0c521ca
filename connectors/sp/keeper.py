"""Runs a command and kills it, with all that it started, when the input of this program ends: when its owner closes it or is gone.

A program of its own (`python keeper.py COMMAND…`), with nothing of this project in it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def main(command: list[str]) -> int:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=os.name != "nt")

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        kill(process)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    return process.wait()


def kill(process: subprocess.Popen) -> None:
    try:
        if os.name == "nt":
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True)
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
