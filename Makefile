PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := out/demo-venv
WORKERS ?= 2
FAMILIES ?= all

.PHONY: demo test lint bench docs clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,bench]"
	touch $@

# a virtual environment of its own, so that the demo shows what a new user gets
demo:
	rm -rf $(DEMO)
	mkdir -p out
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check .
	$(DEMO)/bin/pairsolve solve instances/guiyang.json -o out/guiyang-plan.json
	$(DEMO)/bin/pairsolve check instances/guiyang.json out/guiyang-plan.json
	$(DEMO)/bin/pairsolve show out/guiyang-plan.json --instance instances/guiyang.json --household H0002

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks $(FAMILIES)

# the pages that are made from the code, then the site of all pages: out/site/docs/index.html
docs: $(VENV)/.installed
	$(BIN)/pairsolve schema instance > docs/schema/instance.json
	$(BIN)/pairsolve schema plan > docs/schema/plan.json
	$(BIN)/pairsolve schema --markdown > docs/format.md
	$(BIN)/python -m sphinx -W --keep-going -q -b html -c docs . out/site

clean:
	rm -rf $(VENV) out
