# Each target makes what it needs: the environment on first use, and again when pyproject.toml changes.
#   make run                          needs nothing but Python 3.11 or later and make
#   make test PYTHON=/path/to/python  another interpreter (with VENV=… another environment)
#   make test ARGS='-k pricing'       more arguments for pytest

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
ARGS ?=

PY := $(VENV)/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check
# Unless PYTHON is given, fall back on named versions where python3 is too old or lacks venv.
CANDIDATES := $(PYTHON) $(if $(filter file,$(origin PYTHON)),python3.13 python3.12 python3.11)

# One thread of linear algebra a process: tests run side by side, and results do not depend on the count.
export OPENBLAS_NUM_THREADS ?= 1
export MPLBACKEND ?= Agg

.PHONY: help run test test-slow test-slurm test-browser test-notebooks bench lint format docs site notebook lock clean

help:
	@echo 'make run        the main job: baseline against no open weights, pictures and a summary'
	@echo 'make test       the tests that continuous integration runs'
	@echo 'make test-slow  the tests that take longer than a minute'
	@echo 'make test-slurm the tests on a one-node Slurm, which they start themselves'
	@echo 'make test-browser  the dashboard and the explorer in headless Chromium, which must be installed'
	@echo 'make test-notebooks  every notebook executed, the site built, three minutes'
	@echo 'make bench      speed and memory beside rivals, in two minutes'
	@echo 'make lint       style, format and types'
	@echo 'make format     mend style and format where a tool can'
	@echo 'make docs       renew the pages in docs/ that are made from the code'
	@echo 'make site       the pages of docs/ as a site in site/, every link checked'
	@echo 'make notebook   open the notebooks in JupyterLab'
	@echo 'make lock       renew requirements.lock'
	@echo 'make clean      remove the environment and caches; outputs/ stays'

run: $(VENV)/.run
	$(PY) -m experiments.main_job

test: $(VENV)/.test
	$(PY) -m pytest -n $(JOBS) $(ARGS)

test-slow: $(VENV)/.test
	$(PY) -m pytest -n $(JOBS) -m slow $(ARGS)

# One after the other: they share the daemons.
test-slurm: $(VENV)/.test
	$(PY) -m pytest -m slurm $(ARGS)

# Pictures of the pages stay in outputs/browser.
test-browser: $(VENV)/.browser
	$(PY) -m pytest -m 'browser and not slow' $(ARGS) tests/browser

test-notebooks: $(VENV)/.test $(VENV)/.notebooks $(VENV)/.docs
	$(PY) -m pytest -n $(JOBS) -m notebooks $(ARGS)

bench: $(VENV)/.run
	$(PY) -m benchmarks $(ARGS)

lint: $(VENV)/.dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

format: $(VENV)/.dev
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

docs: $(VENV)/.run
	$(PY) -m experiments.tables

# Says nothing of what will follow Material one day.
site: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet $(ARGS)

notebook: $(VENV)/.notebooks
	env -u MPLBACKEND $(PY) -m jupyter lab notebooks

# The first lines of the lock, which say how to use it, are kept.
lock: $(VENV)/.dev
	sed '/^[^#]/,$$d' requirements.lock > $(VENV)/lock
	$(PY) -m uv pip compile --quiet pyproject.toml --extra test --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --upgrade >> $(VENV)/lock
	@! grep -n '://' $(VENV)/lock
	mv $(VENV)/lock requirements.lock

clean:
	rm -rf .venv site .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.run: pyproject.toml | $(VENV)/.python
	$(PIP) -e .
	@touch $@

$(VENV)/.%: pyproject.toml | $(VENV)/.python
	$(PIP) -e '.[$*]'
	@touch $@

$(VENV)/.python:
	@for newest in 13 99; do for candidate in $(CANDIDATES); do \
		if "$$candidate" -c "import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $$newest))" \
			>/dev/null 2>&1; then \
			echo "Setting up $(VENV) with $$("$$candidate" --version), once; this takes about a minute"; \
			"$$candidate" -m venv "$(VENV)" && touch $@; exit; \
		fi; \
	done; done; \
	echo "No Python 3.11 or later with venv among: $(CANDIDATES). Try: make PYTHON=/path/to/python" >&2; exit 1
