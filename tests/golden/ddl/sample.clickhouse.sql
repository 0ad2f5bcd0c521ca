CREATE TABLE airlines (
  carrier String CODEC(ZSTD(1)) COMMENT 'up to 2 characters; 16 different values; never null',
  name String CODEC(ZSTD(1)) COMMENT 'up to 27 characters; 16 different values; never null'
)
ENGINE=MergeTree
ORDER BY (carrier)
COMMENT '16 rows when profiled on 2026-11-23';
-- The key carrier is not enforced: ClickHouse lets rows repeat.
-- name is not kept unique: ClickHouse has no unique indexes.

CREATE TABLE airports (
  faa String CODEC(ZSTD(1)) COMMENT 'up to 3 characters; 1,458 different values; never null',
  name String CODEC(ZSTD(1)) COMMENT 'up to 51 characters; 1,440 different values; never null',
  lat Decimal(18, 15) CODEC(ZSTD(1)) COMMENT '19.721375000000000 to 72.270833000000000; 1,456 different values; never null',
  lon Decimal(18, 15) CODEC(ZSTD(1)) COMMENT '-176.646000000000000 to 174.113620000000000; 1,458 different values; never null',
  alt Int16 COMMENT '-54 to 9078; 911 different values; never null',
  tz Int8 COMMENT '-10 to 8; 7 different values; never null',
  dst LowCardinality(String) COMMENT 'up to 1 character; 3 different values; never null',
  tzone LowCardinality(Nullable(String)) COMMENT 'up to 19 characters; 9 different values; 3 nulls'
)
ENGINE=MergeTree
ORDER BY (faa)
COMMENT '1,458 rows when profiled on 2026-11-23';
-- The key faa is not enforced: ClickHouse lets rows repeat.
-- A number too large for its column wraps round without an error: check the range before loading other rows.

CREATE TABLE flights (
  year UInt16 COMMENT '2013 to 2013; 1 different value; never null',
  month UInt8 COMMENT '1 to 12; 12 different values; never null',
  day UInt8 COMMENT '1 to 31; 31 different values; never null',
  dep_time Nullable(UInt16) COMMENT '1 to 2400; 1,318 different values; 8,255 nulls',
  sched_dep_time UInt16 COMMENT '106 to 2359; 1,021 different values; never null',
  dep_delay Nullable(Int16) COMMENT '-43 to 1301; 527 different values; 8,255 nulls',
  arr_time Nullable(UInt16) COMMENT '1 to 2400; 1,411 different values; 8,713 nulls',
  sched_arr_time UInt16 COMMENT '1 to 2359; 1,163 different values; never null',
  arr_delay Nullable(Int16) COMMENT '-86 to 1272; 577 different values; 9,430 nulls',
  carrier LowCardinality(String) COMMENT 'up to 2 characters; 16 different values; never null',
  flight UInt16 COMMENT '1 to 8500; 3,844 different values; never null',
  tailnum LowCardinality(String) COMMENT 'up to 6 characters; 4,044 different values; never null',
  origin LowCardinality(String) COMMENT 'up to 3 characters; 3 different values; never null',
  dest LowCardinality(String) COMMENT 'up to 3 characters; 105 different values; never null',
  air_time Nullable(UInt16) COMMENT '20 to 695; 509 different values; 9,430 nulls',
  distance UInt16 COMMENT '17 to 4983; 214 different values; never null',
  hour UInt8 COMMENT '1 to 23; 20 different values; never null',
  minute UInt8 COMMENT '0 to 59; 60 different values; never null',
  time_hour DateTime('UTC') CODEC(Delta, ZSTD(1)) COMMENT '2013-01-01 10:00:00+00 to 2014-01-01 04:00:00+00; 6,936 different values; never null',
  INDEX flights_time_hour_minmax time_hour TYPE minmax GRANULARITY 1,
  INDEX flights_tailnum_bloom tailnum TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX flights_origin_set origin TYPE set(100) GRANULARITY 1
)
ENGINE=MergeTree
ORDER BY (carrier, flight, time_hour)
COMMENT '336,776 rows when profiled on 2026-11-23';
-- No foreign key from origin, time_hour to weather (origin, time_hour): 1,556 rows refer to nothing there.
-- No foreign key from tailnum to planes (tailnum): 52,606 rows refer to nothing there.
-- No foreign key from dest to airports (faa): 7,602 rows refer to nothing there.
-- The key carrier, flight, time_hour is not enforced: ClickHouse lets rows repeat.
-- carrier refers to airlines (carrier), which ClickHouse has no foreign keys to say.
-- origin refers to airports (faa), which ClickHouse has no foreign keys to say.
-- A number too large for its column wraps round without an error: check the range before loading other rows.

CREATE TABLE weather (
  origin LowCardinality(String) COMMENT 'up to 3 characters; 3 different values; never null',
  year UInt16 COMMENT '2013 to 2013; 1 different value; never null',
  month UInt8 COMMENT '1 to 12; 12 different values; never null',
  day UInt8 COMMENT '1 to 31; 31 different values; never null',
  hour UInt8 COMMENT '0 to 23; 24 different values; never null',
  "temp" Nullable(Float64) CODEC(ZSTD(1)) COMMENT '10.94 to 100.04; 173 different values; 1 null',
  dewp Nullable(Float64) CODEC(ZSTD(1)) COMMENT '-9.94 to 78.08; 153 different values; 1 null',
  humid Nullable(Float64) CODEC(ZSTD(1)) COMMENT '12.74 to 100.0; 2,499 different values; 1 null',
  wind_dir Nullable(UInt16) COMMENT '0 to 360; 37 different values; 460 nulls',
  wind_speed Nullable(Float64) CODEC(ZSTD(1)) COMMENT '0.0 to 1048.36058; 36 different values; 4 nulls',
  wind_gust Nullable(Float64) CODEC(ZSTD(1)) COMMENT '16.11092 to 66.74524; 37 different values; 20,778 nulls',
  precip Float64 CODEC(ZSTD(1)) COMMENT '0.0 to 1.21; 59 different values; never null',
  pressure Nullable(Float64) CODEC(ZSTD(1)) COMMENT '983.8 to 1042.1; 468 different values; 2,729 nulls',
  visib Float64 CODEC(ZSTD(1)) COMMENT '0.0 to 10.0; 20 different values; never null',
  time_hour DateTime('UTC') CODEC(Delta, ZSTD(1)) COMMENT '2013-01-01 06:00:00+00 to 2013-12-30 23:00:00+00; 8,714 different values; never null',
  INDEX weather_time_hour_minmax time_hour TYPE minmax GRANULARITY 1
)
ENGINE=MergeTree
ORDER BY (origin, time_hour)
COMMENT '26,115 rows when profiled on 2026-11-23';
-- The key origin, time_hour is not enforced: ClickHouse lets rows repeat.
-- origin refers to airports (faa), which ClickHouse has no foreign keys to say.
-- A number too large for its column wraps round without an error: check the range before loading other rows.

CREATE TABLE planes (
  tailnum String CODEC(ZSTD(1)) COMMENT 'up to 6 characters; 3,322 different values; never null',
  year Nullable(UInt16) COMMENT '1956 to 2013; 46 different values; 70 nulls',
  type LowCardinality(String) COMMENT 'up to 24 characters; 3 different values; never null',
  manufacturer LowCardinality(String) COMMENT 'up to 29 characters; 35 different values; never null',
  model LowCardinality(String) COMMENT 'up to 18 characters; 127 different values; never null',
  engines UInt8 COMMENT '1 to 4; 4 different values; never null',
  seats UInt16 COMMENT '2 to 450; 48 different values; never null',
  engine LowCardinality(String) COMMENT 'up to 13 characters; 6 different values; never null',
  speed Nullable(UInt16) COMMENT '90 to 432; 13 different values; 3,299 nulls'
)
ENGINE=MergeTree
ORDER BY (tailnum)
COMMENT '3,322 rows when profiled on 2026-11-23';
-- The key tailnum is not enforced: ClickHouse lets rows repeat.
-- A number too large for its column wraps round without an error: check the range before loading other rows.
