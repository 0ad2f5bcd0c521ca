"""What each storage is for, in a few words."""

from __future__ import annotations

from core.models.advice import Storage
from core.words import Msg, msg

ROLES: dict[Storage, Msg] = {
    "postgres": msg("PostgreSQL: operational data, found and changed row by row"),
    "clickhouse": msg("ClickHouse: analytical data, scanned and aggregated"),
    "hdfs": msg("HDFS: raw data in large files on a cluster"),
    "kafka": msg("Kafka: events on their way to those who read them"),
    "s3": msg("S3: an archive of files, kept cheaply and read rarely"),
}
