# make repro   builds everything: the data, the detector, the report
# make test    lint, types and tests: what CI runs

BIN := .venv/bin
PYTHON ?= $(if $(wildcard $(BIN)/python),$(BIN)/python,python3)
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq -c constraints.txt
# The stages are `python -m pipeline.STAGE`: this python.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# $(call need,COMMAND THAT MUST SUCCEED,DEBIAN PACKAGE,WHAT IT IS): as root on Debian, installs what is missing.
define need
@$(1) >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing $(2)" \
	&& apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(2); } \
	|| { echo "touchstone: error: $(3) is missing; on Debian or Ubuntu: sudo apt-get install $(2)" >&2; exit 1; }
endef

.PHONY: help repro app test lint clean python browser

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

repro: .venv/installed browser ## build everything, then show how many pictures each stage kept, and the accuracy
	@test -e .git || grep -qs no_scm .dvc/config.local || { $(BIN)/dvc config --local core.no_scm true \
		&& echo "this folder is no git repository: DVC is told to do without one, in .dvc/config.local"; }
	@$(BIN)/dvc repro
	@$(BIN)/touchstone flow

app: .venv/installed-app ## open the browser app on what the project holds
	@$(BIN)/touchstone app

test: lint browser ## lint, types and tests
	$(call need,git --version,git,git)
	@# One more than there are cores: tests wait a good part of their time, for browsers, servers and locks.
	$(BIN)/pytest -n $$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)') --dist loadfile

lint: .venv/installed-test ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean: ## remove what make installed, and the tools' caches; data and results stay
	rm -rf .venv *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Without a browser only the sources that need one fail, and they say so again.
browser: .venv/installed
	-@$(BIN)/python -m collectors.google.browser

.venv/installed: pyproject.toml constraints.txt | python
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo "installing what Touchstone needs into .venv: some minutes the first time"
	@$(PIP) -e .
	@touch $@

.venv/installed-app: .venv/installed
	@$(PIP) -e '.[app]'
	@touch $@

.venv/installed-test: .venv/installed
	@$(PIP) -e '.[app,test]'
	@touch $@

python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || { \
		echo "touchstone: error: Python 3.11, 3.12 or 3.13 is needed, and '$(PYTHON)' is" \
		"$$($(PYTHON) --version 2>&1 || true); name one of them: make repro PYTHON=python3.12" >&2; exit 1; }
	$(call need,$(PYTHON) -c "import ensurepip",$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'),Python's venv)
