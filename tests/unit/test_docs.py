"""The docs say what is: generated pages are up to date, commands parse, links lead somewhere, folders exist."""

import re
import shlex
from pathlib import Path

import pytest

from connectors import registry
from core.cli.main import _parser
from docs.make import files

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("samples/*.md"), *ROOT.glob("bench/*.md")])


@pytest.mark.parametrize(("path", "text"), list(files()), ids=lambda value: value.name if isinstance(value, Path) else "")
def test_what_is_generated_is_up_to_date(path, text):
    assert path.read_text(encoding="utf-8") == text, "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_docs_can_be_typed(page):
    parser = _parser("en")
    for line in re.findall(r"^\s*(?:\$ )?(?:\.venv/bin/)?python -m core (.+)$", page.read_text(encoding="utf-8"), re.M):
        words = shlex.split(line.split(" # ")[0].rstrip("\\"))
        if "…" not in line and "--help" not in words:
            parser.parse_args(words)


def test_the_folder_table_of_the_readme_names_real_folders():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([\w./]+)/?` \|", readme, re.M)
    assert len(named) >= 8
    assert all((ROOT / name).exists() for name in named)


def test_the_table_of_kinds_is_of_all_kinds():
    text = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
    assert "| check | " + " | ".join(registry.names()) + " |" in text, "run `make connectors`"
    assert "| ✗ |" not in text
