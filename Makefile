# Two commands: `make run` opens the app, `make test` checks everything. Each does all of its own set-up.
SHELL := /bin/sh
BIN := .venv/bin
UV := 0.13.9
# A test that kills its worker (as a time limit does) ends the run: xdist 3.8 would wait for ever after it made a new one.
WORKERS := -n 2 --dist loadgroup --max-worker-restart 0
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: run test demo lint unit e2e words docs connectors lock setup setup-dev spark profiling chromium java postgresql clean

run: setup
	@exec $(BIN)/python app/serve.py

demo: setup
	@$(BIN)/python -m core demo --out out

test: setup-dev chromium java postgresql lint
	$(BIN)/python -m pytest $(WORKERS) tests --ignore tests/e2e
	$(BIN)/python -m pytest tests/e2e

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

unit: setup-dev
	$(BIN)/python -m pytest $(WORKERS) tests/unit tests/golden

e2e: setup-dev chromium
	$(BIN)/python -m pytest tests/e2e

words: setup-dev            # bring the catalogues up to what the source says
	$(BIN)/python -m core.words.catalogue

docs: setup-dev             # rewrite what the docs take from the code: JSON Schemas, the reference of the command line
	$(BIN)/python -m docs.make

connectors: setup-dev       # rewrite docs/connectors.md: kinds x checks, by running the conformance suite
	$(BIN)/python -m pytest $(WORKERS) tests/conformance/test_connectors.py --connectors-report docs/connectors.md

lock: setup                 # requirements.in → requirements.txt, exactly pinned
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate --upgrade requirements-dev.in -o requirements-dev.txt

setup: .venv/.ready .venv/plain.so
setup-dev: .venv/.ready-dev .venv/plain.so

.venv/.uv:
	@test -n "$(PYTHON)" || { echo "Assay needs Python 3.11 or newer with its venv module (on Debian: apt-get install python3 python3-venv)"; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version) (once, a minute or two)…"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV)
	@touch $@

.venv/.ready: requirements.txt .venv/.uv
	@$(BIN)/uv pip install -q -p $(BIN)/python -r requirements.txt
	@touch $@

.venv/.ready-dev: requirements-dev.txt .venv/.ready
	@$(BIN)/uv pip install -q -p $(BIN)/python -r requirements-dev.txt
	@touch $@

# The quick reader of plain CSV. Without a C++ compiler that knows <charconv> of doubles (GCC 11, Clang 20) DuckDB reads them too, in twice the time;
# it is looked for again each time.
.venv/plain.so: connectors/files/plain.cpp .venv/.uv
	@rm -f $@; $(CXX) -std=c++17 -O3 -shared -fPIC $< -o $@ 2>.venv/plain.log || { \
	  if [ -n "$$CI" ]; then cat .venv/plain.log; exit 1; \
	  else echo "no C++ compiler that builds $<: large CSV files take twice as long to land (on Debian: sudo apt-get install g++; more in .venv/plain.log)"; fi; }

spark: setup                # Spark as a source and a target, an extra of 480 MB
	@$(BIN)/uv pip install -q -p $(BIN)/python -r requirements-spark.txt -c requirements.txt

profiling: setup            # the full statistical report of fg-data-profiling, an extra of 400 MB
	@$(BIN)/uv pip install -q -p $(BIN)/python -r requirements-profiling.txt -c requirements.txt

chromium:                   # the end-to-end tests drive a real Chromium; installed where that is allowed
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium fonts-dejavu-core; \
	  elif [ -n "$$CI" ]; then echo "no Chromium, and none can be installed here"; exit 1; \
	  else echo "no Chromium here: the end-to-end tests will be skipped (on Debian: sudo apt-get install chromium)"; fi; }

java:                       # Kafka, HDFS and Spark of the tests run on Java; their jars come by Maven
	@{ command -v java && command -v mvn; } >/dev/null || { \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends openjdk-17-jre-headless maven; \
	  elif [ -n "$$CI" ]; then echo "no Java with Maven, and none can be installed here"; exit 1; \
	  else echo "no Java with Maven here: the tests of Kafka, HDFS and Spark will be skipped (on Debian: sudo apt-get install openjdk-17-jre-headless maven)"; fi; }

# The embedded server has no TLS, Debian's has. No cluster is made or started: the tests make their own.
postgresql:
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || { \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then mkdir -p /etc/postgresql-common; \
	    [ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf; \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends postgresql; \
	  elif [ -n "$$CI" ]; then echo "no PostgreSQL with TLS, and none can be installed here"; exit 1; \
	  else echo "no PostgreSQL with TLS here: its tests will be skipped (on Debian: sudo apt-get install postgresql)"; fi; }

clean:
	rm -rf .venv out .cache .pytest_cache .ruff_cache .hypothesis tests/e2e/shots
