"""Real engines, opened, used and closed here: DuckDB for all local work, PostgreSQL and ClickHouse for proof."""
