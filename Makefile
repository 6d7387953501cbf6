# Every command sets up what it needs; a fresh machine has only Python and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: run test check bench train eval clean

$(VENV)/.app: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	touch $@

$(VENV)/.page: webapp/package-lock.json $(VENV)/.app
	$(BIN)/python -m webapp.onnxruntime_web && touch $@ || true

$(VENV)/.types: webapp/package-lock.json $(VENV)/.app
	mkdir -p $(VENV)/types && cp webapp/package.json webapp/package-lock.json $(VENV)/types
	cd $(VENV)/types && npm ci --ignore-scripts --no-audit --no-fund --silent && touch ../.types || true

run: $(VENV)/.page           ## the app, on http://127.0.0.1:7860 (ARGS="--port 8000")
	$(BIN)/python app.py $(ARGS)

check: $(VENV)/.dev $(VENV)/.types ## lint and types
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	@if [ -e $(VENV)/.types ]; then $(VENV)/types/node_modules/.bin/biome check --error-on-warnings && $(VENV)/types/node_modules/.bin/tsc -p webapp; \
	else echo "no npm: the page's scripts are not checked"; fi

test: check $(VENV)/.page    ## all tests (ARGS="tests/sam")
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

bench: $(VENV)/.dev $(VENV)/.page ## timings of this machine, beside the budgets
	$(BIN)/python -m tests.bench $(ARGS)

train: $(VENV)/.dev          ## teach nano your own pictures (ARGS="--data FOLDER --minutes 60")
	$(BIN)/python -m sam train $(ARGS)

eval: $(VENV)/.dev           ## measure models (ARGS="--data FOLDER --split held-out --classics --out report")
	$(BIN)/python -m sam eval $(ARGS)

clean:                       ## caches and the virtual environment
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
