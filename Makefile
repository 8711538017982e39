# make demo    check and roll up the sample workbooks    make docs            rewrite what the documents quote
# make test    everything that CI runs                   make bench           measure, and write docs/performance.md
# make venv    .venv with xlcheck in it                  make lower-bounds    test with the oldest dependencies
# make fuzz    mutated files against the readers

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RUNS := $(VENV)/.runs
TESTS := $(VENV)/.tests

.PHONY: venv demo test docs bench fuzz lower-bounds clean

venv: $(RUNS)

# Make a virtual environment in $(1) with PYTHON, or else with the first Python on the path that is new enough.
define new_venv
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "$$python -m venv $(1)"; exec $$python -m venv $(1); \
	    fi; \
	done; echo "xlcheck needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3" >&2; exit 1
endef

$(RUNS): setup.cfg pyproject.toml
	$(call new_venv,$(VENV))
	$(INSTALL) --editable .
	@touch $@

$(TESTS): $(RUNS)
	$(INSTALL) --editable '.[test,lint]'
	@touch $@

demo: $(RUNS)
	$(BIN)/xlcheck demo --out demo-output

# pytest comes last, so that its closing line closes the output.
test: $(TESTS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/xlcheck rules lint
	$(BIN)/xlcheck rules test
	$(BIN)/python -m pytest -n 2 --dist worksteal

docs: $(TESTS)
	$(BIN)/python docs/regenerate.py

# In a venv of its own: what xlcheck is measured against is large, and a library that cannot be installed is left out.
bench: $(VENV)-bench/.installed
	$(VENV)-bench/bin/python -m benchmarks --page docs/performance.md

$(VENV)-bench/.installed: setup.cfg pyproject.toml
	$(call new_venv,$(VENV)-bench)
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	$(VENV)-bench/bin/python -m benchmarks.peers
	@touch $@

# make fuzz SECONDS=600 SEED=7
fuzz: $(TESTS)
	$(BIN)/python -m tests.fuzz_package $(or $(SECONDS),60) $(or $(SEED),1)

# The oldest release that setup.cfg allows of each dependency, all at once. Left out: the documents, as the
# layout of a command's help belongs to click's newest release.
lower-bounds:
	rm -rf $(VENV)-lower
	$(call new_venv,$(VENV)-lower)
	$(VENV)-lower/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(VENV)-lower/bin/uv pip install --python $(VENV)-lower/bin/python --resolution lowest-direct --editable '.[test]'
	$(VENV)-lower/bin/python -m pytest -n 2 --ignore tests/test_docs.py

clean:
	rm -rf build dist *.egg-info demo-output .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
