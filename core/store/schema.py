"""The tables of the metadata store. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa


class UtcDateTime(sa.types.TypeDecorator):
    """A point in time, kept as UTC and given back aware, on SQLite too."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None else None


metadata = sa.MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"})
_id = sa.String(32)

projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("removed", UtcDateTime),
)

connections = sa.Table(
    "connections",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("removed", UtcDateTime),
)

tables = sa.Table(
    "tables",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("project", _id, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("landed", sa.Text),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("removed", UtcDateTime),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("project", _id, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.UniqueConstraint("project", "kind", "name", "number", name="uq_versions_number"),
)

heads = sa.Table(
    "heads",
    metadata,
    sa.Column("project", _id, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("removed", UtcDateTime),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("project", _id, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("args", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("seen", UtcDateTime),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("started", UtcDateTime),
    sa.Column("finished", UtcDateTime),
    sa.Column("fraction", sa.Float, nullable=False, default=0.0),
    sa.Column("step", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("trouble", sa.Text),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
)

job_log = sa.Table(
    "job_log",
    metadata,
    sa.Column("job", _id, primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
