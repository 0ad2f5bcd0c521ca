"""Files as text: YAML, and names that a file system takes."""

from __future__ import annotations

from io import StringIO

from ruamel.yaml import YAML


def dump(content: object) -> str:
    """Plain YAML, texts of several lines as such."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 4096
    yaml.sort_base_mapping_type_on_output = False
    written = StringIO()
    yaml.dump(content, written)
    return written.getvalue()


def file_name(table: str) -> str:
    """A table's name as that of a file."""
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in table)
