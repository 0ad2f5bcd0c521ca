"""Jars for the servers of the tests that are Java programs, fetched from Maven Central once into a cache of this machine.

    jars("kafka-4.4.0", ("org.apache.kafka:kafka_2.13:4.4.0",))

is a folder with the jar of every coordinate (`group:artifact:version`, or `group:artifact:version:classifier`) and all that it depends on.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

from tests.conftest import no_server

OLDEST_JAVA = 17  # what Kafka 4 wants
SECONDS = 900  # for all jars over a slow line
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>assay</groupId><artifactId>tests</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>{}</dependencies></project>
"""


def java() -> str:
    """The command `java`, 17 or later. `no_server` where there is none."""
    found = shutil.which("java")
    if found is None:
        no_server("java is not installed")
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < OLDEST_JAVA:
        no_server(f"java {OLDEST_JAVA} or later is needed")
    return found


def jars(name: str, artifacts: tuple[str, ...]) -> Path:
    """A folder with all jars of these coordinates and what they depend on. `no_server` where Java or Maven is missing or cannot fetch.

    It is filled beside its place and put there in one step, by one process at a time: whoever finds it finds it whole, also after a
    process was killed in the middle. `name` is for a person who looks into the cache; other coordinates are another folder.
    """
    java()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay-tests"
    place = cache / f"{name}-{hashlib.sha256(' '.join(artifacts).encode()).hexdigest()[:8]}"
    if not place.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache / "lock"):
            if not place.is_dir():
                _fetch(cache, place, artifacts)
    return place


def _fetch(cache: Path, place: Path, artifacts: tuple[str, ...]) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        no_server("mvn (Maven) is not installed")
    for left in cache.glob("fetching-*"):  # of a process that was killed; nobody else fetches now
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="fetching-", dir=cache))
    try:
        (folder / "pom.xml").write_text(_POM.format("".join(map(_dependency, artifacts))), encoding="utf-8")
        command = [maven, "-B", "-q", "-f", str(folder / "pom.xml"), COPY, f"-DoutputDirectory={folder / 'jars'}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            no_server(f"Maven did not fetch {' '.join(artifacts)} within {SECONDS} s")
        if done.returncode or not any(folder.glob("jars/*.jar")):
            no_server(f"Maven could not fetch {' '.join(artifacts)}: {(done.stdout or done.stderr).strip()[:300]}")
        (folder / "jars").rename(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _dependency(artifact: str) -> str:
    names = ("groupId", "artifactId", "version", "classifier")
    return (
        f"<dependency>{''.join(f'<{tag}>{escape(part)}</{tag}>' for tag, part in zip(names, artifact.split(':')))}</dependency>"
    )


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One process at a time, whichever jars it wants: Maven's own repository is not made for several. A killed one lets go."""
    try:
        import fcntl
    except ImportError:  # no such lock on Windows, where the rename alone keeps the folder whole
        yield
        return
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
