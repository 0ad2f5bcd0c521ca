CREATE TABLE airlines (
  carrier text NOT NULL,
  "name" text NOT NULL,
  PRIMARY KEY (carrier)
);

CREATE UNIQUE INDEX airlines_name_key ON airlines("name");

COMMENT ON TABLE airlines IS '16 rows when profiled on 2026-11-23';

COMMENT ON COLUMN airlines.carrier IS 'up to 2 characters; 16 different values; never null';

COMMENT ON COLUMN airlines."name" IS 'up to 27 characters; 16 different values; never null';

CREATE TABLE airports (
  faa text NOT NULL,
  "name" text NOT NULL,
  lat numeric(18,15) NOT NULL,
  lon numeric(18,15) NOT NULL,
  alt smallint NOT NULL,
  tz smallint NOT NULL,
  dst text NOT NULL,
  tzone text,
  PRIMARY KEY (faa)
);

COMMENT ON TABLE airports IS '1,458 rows when profiled on 2026-11-23';

COMMENT ON COLUMN airports.faa IS 'up to 3 characters; 1,458 different values; never null';

COMMENT ON COLUMN airports."name" IS 'up to 51 characters; 1,440 different values; never null';

COMMENT ON COLUMN airports.lat IS '19.721375000000000 to 72.270833000000000; 1,456 different values; never null';

COMMENT ON COLUMN airports.lon IS '-176.646000000000000 to 174.113620000000000; 1,458 different values; never null';

COMMENT ON COLUMN airports.alt IS '-54 to 9078; 911 different values; never null';

COMMENT ON COLUMN airports.tz IS '-10 to 8; 7 different values; never null';

COMMENT ON COLUMN airports.dst IS 'up to 1 character; 3 different values; never null';

COMMENT ON COLUMN airports.tzone IS 'up to 19 characters; 9 different values; 3 nulls';

CREATE TABLE flights (
  year smallint NOT NULL,
  month smallint NOT NULL,
  day smallint NOT NULL,
  dep_time smallint,
  sched_dep_time smallint NOT NULL,
  dep_delay smallint,
  arr_time smallint,
  sched_arr_time smallint NOT NULL,
  arr_delay smallint,
  carrier text NOT NULL,
  flight smallint NOT NULL,
  tailnum text NOT NULL,
  origin text NOT NULL,
  dest text NOT NULL,
  air_time smallint,
  distance smallint NOT NULL,
  hour smallint NOT NULL,
  minute smallint NOT NULL,
  time_hour timestamptz NOT NULL,
  PRIMARY KEY (carrier, flight, time_hour),
  FOREIGN KEY (carrier) REFERENCES airlines(carrier),
  FOREIGN KEY (origin) REFERENCES airports(faa)
);

CREATE INDEX flights_origin_time_hour_idx ON flights(origin, time_hour);

CREATE INDEX flights_tailnum_idx ON flights(tailnum);

CREATE INDEX flights_dest_idx ON flights(dest);

CREATE INDEX flights_time_hour_idx ON flights(time_hour);

COMMENT ON TABLE flights IS '336,776 rows when profiled on 2026-11-23';

COMMENT ON COLUMN flights.year IS '2013 to 2013; 1 different value; never null';

COMMENT ON COLUMN flights.month IS '1 to 12; 12 different values; never null';

COMMENT ON COLUMN flights.day IS '1 to 31; 31 different values; never null';

COMMENT ON COLUMN flights.dep_time IS '1 to 2400; 1,318 different values; 8,255 nulls';

COMMENT ON COLUMN flights.sched_dep_time IS '106 to 2359; 1,021 different values; never null';

COMMENT ON COLUMN flights.dep_delay IS '-43 to 1301; 527 different values; 8,255 nulls';

COMMENT ON COLUMN flights.arr_time IS '1 to 2400; 1,411 different values; 8,713 nulls';

COMMENT ON COLUMN flights.sched_arr_time IS '1 to 2359; 1,163 different values; never null';

COMMENT ON COLUMN flights.arr_delay IS '-86 to 1272; 577 different values; 9,430 nulls';

COMMENT ON COLUMN flights.carrier IS 'up to 2 characters; 16 different values; never null';

COMMENT ON COLUMN flights.flight IS '1 to 8500; 3,844 different values; never null';

COMMENT ON COLUMN flights.tailnum IS 'up to 6 characters; 4,044 different values; never null';

COMMENT ON COLUMN flights.origin IS 'up to 3 characters; 3 different values; never null';

COMMENT ON COLUMN flights.dest IS 'up to 3 characters; 105 different values; never null';

COMMENT ON COLUMN flights.air_time IS '20 to 695; 509 different values; 9,430 nulls';

COMMENT ON COLUMN flights.distance IS '17 to 4983; 214 different values; never null';

COMMENT ON COLUMN flights.hour IS '1 to 23; 20 different values; never null';

COMMENT ON COLUMN flights.minute IS '0 to 59; 60 different values; never null';

COMMENT ON COLUMN flights.time_hour IS '2013-01-01 10:00:00+00 to 2014-01-01 04:00:00+00; 6,936 different values; never null';
-- No foreign key from origin, time_hour to weather (origin, time_hour): 1,556 rows refer to nothing there.
-- No foreign key from tailnum to planes (tailnum): 52,606 rows refer to nothing there.
-- No foreign key from dest to airports (faa): 7,602 rows refer to nothing there.

CREATE TABLE weather (
  origin text NOT NULL,
  year smallint NOT NULL,
  month smallint NOT NULL,
  day smallint NOT NULL,
  hour smallint NOT NULL,
  "temp" double precision,
  dewp double precision,
  humid double precision,
  wind_dir smallint,
  wind_speed double precision,
  wind_gust double precision,
  precip double precision NOT NULL,
  pressure double precision,
  visib double precision NOT NULL,
  time_hour timestamptz NOT NULL,
  PRIMARY KEY (origin, time_hour),
  FOREIGN KEY (origin) REFERENCES airports(faa)
);

CREATE INDEX weather_time_hour_idx ON weather(time_hour);

COMMENT ON TABLE weather IS '26,115 rows when profiled on 2026-11-23';

COMMENT ON COLUMN weather.origin IS 'up to 3 characters; 3 different values; never null';

COMMENT ON COLUMN weather.year IS '2013 to 2013; 1 different value; never null';

COMMENT ON COLUMN weather.month IS '1 to 12; 12 different values; never null';

COMMENT ON COLUMN weather.day IS '1 to 31; 31 different values; never null';

COMMENT ON COLUMN weather.hour IS '0 to 23; 24 different values; never null';

COMMENT ON COLUMN weather."temp" IS '10.94 to 100.04; 173 different values; 1 null';

COMMENT ON COLUMN weather.dewp IS '-9.94 to 78.08; 153 different values; 1 null';

COMMENT ON COLUMN weather.humid IS '12.74 to 100.0; 2,499 different values; 1 null';

COMMENT ON COLUMN weather.wind_dir IS '0 to 360; 37 different values; 460 nulls';

COMMENT ON COLUMN weather.wind_speed IS '0.0 to 1048.36058; 36 different values; 4 nulls';

COMMENT ON COLUMN weather.wind_gust IS '16.11092 to 66.74524; 37 different values; 20,778 nulls';

COMMENT ON COLUMN weather.precip IS '0.0 to 1.21; 59 different values; never null';

COMMENT ON COLUMN weather.pressure IS '983.8 to 1042.1; 468 different values; 2,729 nulls';

COMMENT ON COLUMN weather.visib IS '0.0 to 10.0; 20 different values; never null';

COMMENT ON COLUMN weather.time_hour IS '2013-01-01 06:00:00+00 to 2013-12-30 23:00:00+00; 8,714 different values; never null';

CREATE TABLE planes (
  tailnum text NOT NULL,
  year smallint,
  "type" text NOT NULL,
  manufacturer text NOT NULL,
  model text NOT NULL,
  engines smallint NOT NULL,
  seats smallint NOT NULL,
  engine text NOT NULL,
  speed smallint,
  PRIMARY KEY (tailnum)
);

CREATE INDEX planes_speed_partial ON planes(speed)
WHERE
  NOT speed IS NULL;

COMMENT ON TABLE planes IS '3,322 rows when profiled on 2026-11-23';

COMMENT ON COLUMN planes.tailnum IS 'up to 6 characters; 3,322 different values; never null';

COMMENT ON COLUMN planes.year IS '1956 to 2013; 46 different values; 70 nulls';

COMMENT ON COLUMN planes."type" IS 'up to 24 characters; 3 different values; never null';

COMMENT ON COLUMN planes.manufacturer IS 'up to 29 characters; 35 different values; never null';

COMMENT ON COLUMN planes.model IS 'up to 18 characters; 127 different values; never null';

COMMENT ON COLUMN planes.engines IS '1 to 4; 4 different values; never null';

COMMENT ON COLUMN planes.seats IS '2 to 450; 48 different values; never null';

COMMENT ON COLUMN planes.engine IS 'up to 13 characters; 6 different values; never null';

COMMENT ON COLUMN planes.speed IS '90 to 432; 13 different values; 3,299 nulls';
