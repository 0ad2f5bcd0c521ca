"""Opening the metadata database and bringing it to the newest schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from core.errors import ConfigError, ConnectError
from core.words import msg

HEAD = "0002"
WRITE_LOCK = 0x4153534159  # "ASSAY"
MIGRATIONS = Path(__file__).parent / "migrations"


def connect(url: str | sa.URL) -> sa.Engine:
    """An engine for `url`; SQLite is put in WAL mode so that pages read while a job writes."""
    try:
        url = sa.make_url(url)
        engine = sa.create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    except (sa.exc.ArgumentError, ImportError) as error:
        raise ConfigError(
            msg("The address of the metadata store cannot be used"),
            msg("It is not a database URL that SQLAlchemy understands."),
            msg("Set ASSAY_STORE_URL to something like postgresql+psycopg2://user@host/database, or unset it to use SQLite."),
        ) from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that will write: it takes the one write lock at once, so that what it reads first stays true.

    On SQLite that is the database's own lock; on PostgreSQL an advisory lock that ends with the transaction.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITE_LOCK)))
        yield connection


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_sqlite(connection, _record) -> None:
    connection.isolation_level = None  # the driver starts no transactions of its own: `_begin_sqlite` does
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.close()


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to `HEAD`. Alembic is only imported when there is something to do: starts stay quick."""
    try:
        at = _revision(engine)
    except sa.exc.OperationalError as error:
        raise ConnectError(
            msg("The metadata store cannot be opened"),
            msg("The database did not answer, or its file cannot be read and written."),
            msg(
                "Check that the workspace folder is yours and the disk is not full, or that the server in ASSAY_STORE_URL is up."
            ),
        ) from error
    if at == HEAD:
        return
    if at is not None and at > HEAD:
        raise ConfigError(
            msg("The workspace was made by a newer version of Assay"),
            msg("Its schema is {found}; this version knows {known}.", found=at, known=HEAD),
            msg("Update Assay, or choose another workspace folder with ASSAY_HOME."),
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
