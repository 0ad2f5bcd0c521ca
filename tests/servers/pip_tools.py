"""Programs of the tests that are Python packages with pins of their own: each in an environment made once in this machine's cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import uuid
from pathlib import Path

TOOLS = {
    "gx": ("great-expectations[postgresql]==1.24.1", "sqlalchemy<2.1", "psycopg2-binary==2.9.12"),
    "soda": ("soda-duckdb==4.28.0",),
    "dbt": ("dbt-core==1.11.16", "dbt-duckdb==1.11.1", "duckdb==2.0.1"),
    "pandera": ("pandera[pandas]==0.35.0", "duckdb==2.0.1", "pyarrow==26.0.1"),
}
QUIET = {
    "GX_ANALYTICS_ENABLED": "false",
    "SODA_SEND_OTEL_TRACES": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "TQDM_DISABLE": "1",
}


def environment(tool: str) -> Path:
    """The `bin` folder of a tool's environment, made whole or not at all."""
    from tests.conftest import no_server

    pins = TOOLS[tool]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay-tests"
    place = cache / f"{tool}-{hashlib.sha256(' '.join((sys.version, *pins)).encode()).hexdigest()[:8]}"
    if not place.exists():
        cache.mkdir(parents=True, exist_ok=True)
        uv, made = Path(sys.executable).parent / "uv", cache / f"making-{uuid.uuid4().hex[:8]}"
        # The scripts of an environment name its place: they are asked for by `python -m` or mended by `--relocatable`.
        for command in (
            ("venv", "--relocatable", "-p", sys.executable, made),
            ("pip", "install", "-p", made / "bin" / "python", *pins),
        ):
            done = subprocess.run([uv, "-q", *command], capture_output=True, text=True, check=False)
            if done.returncode:
                no_server(f"{tool} cannot be installed: {done.stderr.strip()[-500:]}")
        try:
            made.rename(place)
        except OSError:  # another worker was faster
            if not place.exists():
                raise
    return place / "bin"


def run(tool: str, *arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of a tool's environment in a folder, without a word to its makers."""
    program, *rest = arguments
    command = [environment(tool) / str(program), *map(str, rest)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **QUIET})
