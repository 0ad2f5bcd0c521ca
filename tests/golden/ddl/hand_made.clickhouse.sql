CREATE TABLE goods (
  no UInt32 CODEC(Delta, ZSTD(1)) COMMENT '1 to 190000; 200,000 different values; never null',
  "best customer" UUID COMMENT '60,000 different values; never null',
  price Decimal(12, 2) CODEC(ZSTD(1)) COMMENT '0.10 to 99999.00; 4,000 different values; never null',
  about String CODEC(ZSTD(1)) COMMENT 'up to 4,000 characters; 198,000 different values; never null',
  tags Array(String) CODEC(ZSTD(1)) COMMENT '50 different values; never null',
  "нннннннннннннннннннннннннннннннннннннннннннннннннннннннннннннннннннннн" LowCardinality(Nullable(String)) COMMENT 'up to 20 characters; 900 different values; 190,000 nulls',
  INDEX goods_tags_gin tags TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX goods_about_gin about TYPE text(tokenizer = 'splitByNonAlpha') GRANULARITY 1,
  INDEX "goods_best customer_bloom" "best customer" TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE=MergeTree
ORDER BY (no)
COMMENT '200,000 rows when profiled on 2026-11-23';
-- The key no is not enforced: ClickHouse lets rows repeat.
-- best customer refers to customers (id), which ClickHouse has no foreign keys to say.
-- A number too large for its column wraps round without an error: check the range before loading other rows.

CREATE TABLE customers (
  id UUID COMMENT '60,000,000 different values; never null',
  email String CODEC(ZSTD(1)) COMMENT 'up to 90 characters; 60,000,000 different values; never null',
  "Referred By" Nullable(UUID) COMMENT '3,000,000 different values; 55,000,000 nulls',
  vip Bool COMMENT '2 different values; never null',
  favourite Nullable(UInt32) COMMENT '1 to 190000; 190,000 different values; 9 nulls',
  INDEX customers_email_bloom email TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX "customers_Referred By_bloom" "Referred By" TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX customers_favourite_bloom favourite TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE=MergeTree
PARTITION BY cityHash64(id) % 4
ORDER BY (id)
COMMENT '60,000,000 rows when profiled on 2026-11-23';
-- The key id is not enforced: ClickHouse lets rows repeat.
-- email is not kept unique: ClickHouse has no unique indexes.
-- Referred By refers to customers (id), which ClickHouse has no foreign keys to say.
-- favourite refers to goods (no), which ClickHouse has no foreign keys to say.
-- A number too large for its column wraps round without an error: check the range before loading other rows.

CREATE TABLE orders (
  id UInt32 COMMENT '1 to 40000000; 40,000,000 different values; never null',
  placed DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT '2025-01-01 00:00:00 to 2025-12-31 23:59:59; 39,000,000 different values; never null',
  customer UUID COMMENT '30,000,000 different values; never null',
  state LowCardinality(String) COMMENT 'up to 9 characters; 6 different values; never null',
  INDEX orders_customer_bloom customer TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX orders_state_set state TYPE set(100) GRANULARITY 1
)
ENGINE=MergeTree
PARTITION BY toYYYYMM(placed)
ORDER BY (placed, id)
COMMENT '40,000,000 rows when profiled on 2026-11-23';
-- The key id, placed is not enforced: ClickHouse lets rows repeat.
-- customer refers to customers (id), which ClickHouse has no foreign keys to say.
-- Times without a zone are kept as if in UTC, so that no server's zone moves them: placed.
-- A number too large for its column wraps round without an error: check the range before loading other rows.

CREATE TABLE events (
  at DateTime('UTC') CODEC(Delta, ZSTD(1)) COMMENT '2025-01-01 00:00:00+00 to 2025-02-04 12:00:00+00; 39,000,000 different values; never null',
  ns Nullable(DateTime64(9, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT '39,000,000 different values; 5 nulls',
  kind LowCardinality(String) COMMENT 'up to 20 characters; 40 different values; never null',
  payload String CODEC(ZSTD(1)) COMMENT '50 different values; never null',
  raw String CODEC(ZSTD(1)) COMMENT '50 different values; never null',
  waited Nullable(String) CODEC(ZSTD(1)) COMMENT '50 different values; 5 nulls',
  INDEX events_at_minmax at TYPE minmax GRANULARITY 1
)
ENGINE=MergeTree
PARTITION BY toDate(at)
ORDER BY (kind, at)
COMMENT '40,000,000 rows when profiled on 2026-11-23';
-- No primary key: no set of columns was proven unique and never null.
-- Times without a zone are kept as if in UTC, so that no server's zone moves them: ns.
-- payload is kept as JSON text, exactly as it was.
-- raw is kept as JSON text, exactly as it was.
-- waited is text: ClickHouse has no type for INTERVAL.

CREATE TABLE logs (
  ts DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)) COMMENT '2025-03-01 00:10:00 to 2025-03-02 23:50:00; 89,000,000 different values; never null',
  level LowCardinality(String) COMMENT 'up to 5 characters; 5 different values; never null',
  INDEX logs_ts_minmax ts TYPE minmax GRANULARITY 1
)
ENGINE=MergeTree
PARTITION BY toStartOfHour(ts)
ORDER BY (level, ts)
COMMENT '90,000,000 rows when profiled on 2026-11-23';
-- No primary key: no set of columns was proven unique and never null.
-- Times without a zone are kept as if in UTC, so that no server's zone moves them: ts.

CREATE TABLE counters (
  id UInt32 CODEC(Delta, ZSTD(1)) COMMENT '0 to 99999999; 100,000,000 different values; never null',
  n Float64 CODEC(ZSTD(1)) COMMENT '500,000 different values; never null'
)
ENGINE=MergeTree
PARTITION BY intDiv(id, 10000000)
ORDER BY (id)
COMMENT '100,000,000 rows when profiled on 2026-11-23';
-- The key id is not enforced: ClickHouse lets rows repeat.
-- A number too large for its column wraps round without an error: check the range before loading other rows.
