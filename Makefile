# make test   everything that is checked: lint, types, import contracts, tests
# make demo   an order travels from a sample shop to sample books, and stock back
# make serve  the same two systems left running, until ctrl-C
# make bench  how fast a catalog refresh is (NAME=refresh ITEMS=10000; NAME=orders)
# make clean  remove what make made
#
# A fresh Debian machine needs Python 3.11 or newer, make and git; the rest is fetched.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
NAME ?= refresh
ITEMS ?= 10000
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
SOURCES := bridge portal tests wsgi.py setup.py

# apt-get as root; a question would wait for ever where there is nobody to answer
# $(1): packages; $(2): programs, where all of them are there nothing is installed
define apt_install
@if [ -n "$(2)" ] && PATH="$$PATH:/usr/sbin" type $(2) >/dev/null 2>&1; then exit 0; fi; \
if [ "$$(id -u)" = 0 ]; then root=; \
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root="sudo -n"; \
else echo "$(1) is missing. Install it as root (apt-get install $(1)) and try again."; \
	exit 1; fi; \
command -v apt-get >/dev/null || { echo "$(1) is missing, and there is no apt-get; \
install it and try again."; exit 1; }; \
echo "installing $(1) from Debian"; \
log=$$(mktemp); \
{ $$root apt-get update -qq; \
  $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
  --no-install-recommends $(1); } >$$log 2>&1 </dev/null \
|| { cat $$log; rm $$log; exit 1; }; rm $$log
endef

.PHONY: help
help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

$(VENV)/.installed: setup.cfg setup.py
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is missing: install python3"; \
	exit 1; }
	@$(MAKE) --no-print-directory python-venv
	@echo "installing the project and its tools into $(VENV)"
	@[ -x $(BIN)/python ] && $(BIN)/python -m pip --version >/dev/null 2>&1 \
	|| $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check \
	--no-input --editable '.[test]' </dev/null
	@touch $@

.PHONY: python-venv
ifeq ($(shell $(PYTHON) -c 'import ensurepip, venv' 2>&1),)
python-venv:
	@:
else
python-venv:
	$(call apt_install,python3-venv)
endif

.PHONY: environment
environment: $(VENV)/.installed

.PHONY: mariadb nginx caches
mariadb:
	$(call apt_install,mariadb-server,mariadbd)
nginx:
	$(call apt_install,nginx-light,nginx)
caches:
	$(call apt_install,redis-server memcached,redis-server memcached)

.PHONY: lint
lint: environment
	@echo "lint"
	@$(BIN)/flake8 $(SOURCES)
	@$(BIN)/isort --quiet --check-only --diff $(SOURCES)
	@$(BIN)/black --quiet --check --diff $(SOURCES)

.PHONY: types
types: environment
	@echo "types"
	@$(BIN)/mypy --no-error-summary

.PHONY: contracts
contracts: environment
	@echo "import contracts"
	@$(BIN)/lint-imports >$(VENV)/contracts.log 2>&1 </dev/null \
	|| { cat $(VENV)/contracts.log; exit 1; }

.PHONY: test
test: lint types contracts mariadb nginx caches
	@echo "tests"
	@$(BIN)/python -m pytest -q -n auto </dev/null

.PHONY: demo
demo: environment
	@$(BIN)/python -m tests.demo </dev/null

.PHONY: serve
serve: environment
	@$(BIN)/python -m tests.demo --serve

.PHONY: bench
bench: environment mariadb
	@$(BIN)/python -m tests.bench $(NAME) --items $(ITEMS) </dev/null

.PHONY: clean
clean:
	@rm -rf $(VENV) build dist var *.egg-info .mypy_cache .pytest_cache .hypothesis \
	.import_linter_cache .coverage
	@find bridge portal tests -name __pycache__ -prune -exec rm -rf {} +
