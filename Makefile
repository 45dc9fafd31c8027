PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench docs clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,bench]"
	touch $@

demo: $(VENV)/.installed
	mkdir -p out
	$(BIN)/pairsolve solve instances/guiyang.json -o out/guiyang-plan.json
	$(BIN)/pairsolve check instances/guiyang.json out/guiyang-plan.json
	$(BIN)/pairsolve show out/guiyang-plan.json --instance instances/guiyang.json --household H0001

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) out
