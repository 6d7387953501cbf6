# Every command sets up what it needs; a fresh machine has only Python and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=

MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-compile

.PHONY: run models test test-slow test-all coverage check docs bench train eval clean

# The page and the embedded model: without PyTorch, which is up to twelve times as much.
$(VENV)/.light: pyproject.toml
	@echo "Setting up in $(VENV): about 240 MB to download, once; a minute or two. pip says what it fetches:"
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	@touch $@

$(VENV)/.app: requirements.txt $(VENV)/.light
	@echo "Adding PyTorch and transformers: 0.3 GB to download on a Mac, up to 3 GB where PyTorch brings CUDA."
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	$(PIP) -r requirements-dev.txt
	@touch $@

$(VENV)/.page: webapp/package-lock.json $(VENV)/.light
	@echo "Fetching onnxruntime-web, with which the page decodes."
	$(BIN)/python -m webapp.onnxruntime_web && touch $@ || true

$(VENV)/.types: webapp/package-lock.json $(VENV)/.light
	mkdir -p $(VENV)/types && cp webapp/package.json webapp/package-lock.json $(VENV)/types
	cd $(VENV)/types && npm ci --ignore-scripts --no-audit --no-fund --silent && touch ../.types || true

run: $(VENV)/.light          ## the app, on http://127.0.0.1:7860 (ARGS="--port 8000"); it fetches the page's decoder by itself
	$(BIN)/python app.py $(ARGS)

models: $(VENV)/.app         ## what the published models need: PyTorch and transformers
	@echo "Done. Start the app again, or keep it running: it finds them."

check: $(VENV)/.dev $(VENV)/.types ## lint, format, types, documentation
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	@if [ -e $(VENV)/.types ]; then $(VENV)/types/node_modules/.bin/biome check --error-on-warnings && $(VENV)/types/node_modules/.bin/tsc -p webapp && \
		node webapp/make_icons.mjs $(VENV)/types/node_modules/lucide-static --check && \
		node webapp/make_shortcuts.mjs --check; \
	else echo "no npm: the page's scripts are not checked"; fi
	$(MKDOCS) --quiet --site-dir $(VENV)/site

docs: $(VENV)/.dev           ## the documentation, into site/
	$(MKDOCS)
	@echo "Open site/index.html."

test: check $(VENV)/.page    ## all tests but the slow ones (ARGS="tests/sam")
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-slow: $(VENV)/.dev $(VENV)/.page ## the slow ones: longer journeys in the browser, training, a Space, a wheel
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m slow $(ARGS)

test-all: test test-slow     ## every test

coverage: $(VENV)/.dev $(VENV)/.page ## the same tests, and which lines of Python they run
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" --cov --cov-report=term $(ARGS)

bench: $(VENV)/.dev $(VENV)/.page ## timings of this machine, beside the budgets
	$(BIN)/python -m tests.bench $(ARGS)

train: $(VENV)/.dev          ## teach nano your own pictures (ARGS="--data FOLDER --minutes 60")
	$(BIN)/python -m sam train $(ARGS)

eval: $(VENV)/.dev           ## measure models (ARGS="--data FOLDER --split held-out --classics --out report")
	$(BIN)/python -m sam eval $(ARGS)

clean:                       ## caches and the virtual environment
	rm -rf $(VENV) site .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
