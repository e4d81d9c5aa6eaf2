# The four commands. Everything goes into .venv; nothing outside this folder is touched, but that `make test`,
# as root on Debian, installs the servers that the tests start.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet install --constraint constraints.txt

.PHONY: demo test check test-long test-graph-sdk test-crm test-rules bench clean

demo: $(VENV)/.demo
	$(VENV)/bin/offboard demo --out demo-out

test: $(VENV)/.test
	PATH="$$PATH:$(CURDIR)/$(VENV)/bin" sh tests/servers/install
	$(PY) -m pytest -n 2 --dist loadgroup -m "not prefect and not graph_sdk and not crm"
	$(PY) -m pytest -m prefect   # alone: what is timed to the second wants the machine for itself

check: $(VENV)/.check
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q tests/test_readme.py tests/test_architecture.py

test-long: $(VENV)/.test   # properties, tried twenty times as often as make test tries them
	PATH="$$PATH:$(CURDIR)/$(VENV)/bin" sh tests/servers/install
	OFFBOARD_LONG=1 $(PY) -m pytest -n 2 -m hypothesis --timeout 7200

test-graph-sdk: $(VENV)/.graph-sdk
	$(PY) -m pytest -m graph_sdk tests/practice/test_graph_sdk.py

test-crm: $(VENV)/.test   # a real CRM server; it needs Python 3.12 or newer, which is looked for in PATH
	PATH="$$PATH:$(CURDIR)/$(VENV)/bin" sh tests/servers/install
	$(PY) -m pytest -m crm tests/crm

test-rules: $(VENV)/.test   # how well the verdicts on mail rules agree with labels written beforehand
	$(PY) -m tests.forwarding.corpus_figures

bench: $(VENV)/.bench
	PATH="$$PATH:$(CURDIR)/$(VENV)/bin" sh tests/servers/install
	sh benchmarks/install
	$(PY) -m benchmarks

clean:
	rm -rf $(VENV) .venv-crm demo-out build dist

$(PY):
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(PY) pyproject.toml constraints.txt
	$(PIP) --editable '.[practice]'
	touch $@

$(VENV)/.test: $(PY) pyproject.toml constraints.txt
	$(PIP) --editable '.[test]'
	touch $(VENV)/.demo $@

$(VENV)/.check: $(PY) pyproject.toml constraints.txt
	$(PIP) --editable '.[test,check]'
	touch $(VENV)/.demo $(VENV)/.test $@

$(VENV)/.graph-sdk: $(PY) pyproject.toml constraints.txt
	$(PIP) --editable '.[graph-sdk]'
	touch $(VENV)/.demo $(VENV)/.test $@

$(VENV)/.bench: $(PY) pyproject.toml constraints.txt
	$(PIP) --editable '.[bench]'
	touch $(VENV)/.demo $(VENV)/.test $@
