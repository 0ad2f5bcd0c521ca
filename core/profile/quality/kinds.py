"""All kinds of rules. A kind more is a line in the tuple of its family."""

from __future__ import annotations

from collections.abc import Mapping

from core.profile.quality import across, columns, tables
from core.profile.quality.kind import Kind

KINDS: tuple[Kind, ...] = (*columns.KINDS, *across.KINDS, *tables.KINDS)

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
