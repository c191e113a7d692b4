# `make run` and `make test` do everything on a fresh checkout, the set-up included (see .ci/setup).
# ARGS goes on to the program:   make run ARGS="my-run.layerlight"   make test ARGS="-k saliency"
# PYTHON names the interpreter:  make run PYTHON=/opt/python3.13/bin/python3
# GPU=1 installs once what TensorFlow needs on an NVIDIA card:  make run GPU=1

python := .venv/bin/python

# The checks must not depend on what the user has set for Python and pytest elsewhere (tests/conftest.py: for all else).
checking := env -u PYTHONPATH -u PYTHONHOME -u PYTHONWARNINGS -u PYTHONOPTIMIZE -u PYTHONSAFEPATH -u PYTHONIOENCODING \
	-u PYTHONDEVMODE -u PYTEST_ADDOPTS -u PYTEST_PLUGINS -u MAKEFLAGS QT_QPA_PLATFORM=offscreen
lint_imports := -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --no-logo

.PHONY: help run test pytest slow-test kill-test walk-test browser-test fuzz references coverage mutants book-test lint style types format lock wheel bench bench-quick screenshots tour bundled clean setup
ifeq ($(MAKELEVEL),0)
.NOTPARALLEL: # but for `test`
endif

help:
	@echo 'make run          open the window (the first time: set everything up)'
	@echo 'make test         every check: style, types, imports, tests'
	@echo 'make slow-test    the tests that make test leaves out: whole windows, processes, trainings (long)'
	@echo 'make kill-test    end 1,400 writers with kill -9 and look for what is lost (an hour; KILLS=20: fewer)'
	@echo 'make walk-test    25 minutes of random use while the full MNIST is learned (MNIST=path/to/mnist.npz; WALK_MINUTES=5: shorter; WALK_SEED=2: another)'
	@echo 'make browser-test open hand-outs in Chromium, by touch and by keys (minutes; PICTURES=folder: keep what is seen)'
	@echo 'make fuzz         open session files that are changed at random, for ten minutes (FUZZ_SECONDS=60: shorter; FUZZ_SEED=2: others)'
	@echo 'make references   picture every tab again, as the small pictures that tests compare with (half a minute)'
	@echo 'make coverage     make test without the style, and say which branches of the engine no test takes'
	@echo 'make mutants      break the engine at random places and count what its tests notice (minutes; MUTANTS=60: more; MUTANTS_SEED=2: others; MUTANTS_IN=engine/core/*.py: there)'
	@echo 'make book-test    run the notebook of a session from top to bottom, without Layerlight (half a minute)'
	@echo 'make lint         only style, types and imports'
	@echo 'make format       put the code into shape'
	@echo 'make bench        measure speed, beside the rivals'
	@echo 'make bench-quick  the ratios that matter in two minutes, beside those of the last release (WRITE=1: keep them for the next)'
	@echo 'make screenshots  picture every tab into the folder DIR (screenshots)'
	@echo 'make tour         picture README and docs/tour.md anew, of the session that comes along (minutes)'
	@echo 'make bundled      train the session that comes along anew, on the full MNIST (minutes; MNIST=path/to/mnist.npz)'
	@echo 'make wheel        build a package for pip, pipx and uv into the folder DIST (dist), the same to the byte each time'
	@echo 'make lock         choose the versions in both locks anew (ARGS=--upgrade: the newest)'
	@echo 'make clean        remove .venv and what the tools left behind'
	@echo
	@echo 'GPU=1 lets TensorFlow train on an NVIDIA card: make run GPU=1 (Linux; the first time it installs 4 GB more)'
	@echo 'ARGS="..." goes on to the program, for example: make test ARGS="-k saliency"'

run:
	@sh .ci/setup run
	@exec $(python) main.py $(ARGS)

# mypy takes little of the processors beside the tests, and says something only of what is wrong. Not by its workers: it
# gives up if one has not started after three seconds.
test: style
	@echo '== pytest and mypy'
	@$(MAKE) --no-print-directory --jobs=2 pytest types

pytest:
	@$(checking) $(python) -m pytest --numprocesses=auto --dist=worksteal $(ARGS)

# The other tests compile without XLA (tests/conftest.py), so what trains and paints is tried once more with it here.
slow-test:
	@sh .ci/setup test
	@$(checking) $(python) -m pytest --numprocesses=auto --dist=worksteal --xla -m slow $(ARGS)
	$(if $(ARGS),,@FUZZ_SECONDS=20 $(checking) $(python) -m pytest --numprocesses=auto --dist=worksteal --xla \
		tests/engine/model tests/engine/analysis/ideal tests/engine/analysis/probes tests/engine/studies \
		tests/engine/session/store/test_fuzzed_sessions.py)

KILLS ?= 200
kill-test:
	@sh .ci/setup test
	@KILLS=$(KILLS) $(checking) $(python) -m pytest -m kill -s $(ARGS)

WALK_MINUTES ?= 25
WALK_SEED ?= 1
walk-test:
	@sh .ci/setup test
	@LAYERLIGHT_WALK_MINUTES=$(WALK_MINUTES) LAYERLIGHT_WALK_SEED=$(WALK_SEED) $(if $(MNIST),LAYERLIGHT_DATA="$(MNIST)") $(checking) $(python) -m pytest -m soak -n0 -s tests/gui/stage/test_visitor.py $(ARGS)

PICTURES ?=
browser-test:
	@sh .ci/setup test
	@BROWSER_PICTURES="$(PICTURES)" $(checking) $(python) -m pytest -m browser -n0 -s $(ARGS)

FUZZ_SECONDS ?= 600
FUZZ_SEED ?= 1
fuzz:
	@sh .ci/setup test
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SEED=$(FUZZ_SEED) $(checking) $(python) -m pytest -n0 tests/engine/session/store/test_fuzzed_sessions.py $(ARGS)

references:
	@sh .ci/setup test
	@WRITE_REFERENCES=1 $(checking) $(python) -m pytest -n0 -m 'slow or not slow' tests/gui/stage/test_references.py $(ARGS)

coverage:
	@sh .ci/setup test
	@$(checking) $(python) -m pytest --numprocesses=auto --dist=worksteal -p tests.branches $(ARGS)

MUTANTS ?= 30
MUTANTS_SEED ?= 1
MUTANTS_IN ?= engine/**/*.py
mutants:
	@sh .ci/setup test
	@$(checking) $(python) -m tests.mutants $(MUTANTS) $(MUTANTS_SEED) '$(MUTANTS_IN)'

book-test:
	@sh .ci/setup test
	@$(checking) $(python) -m pytest -n0 -m 'slow or not slow' tests/engine/export/notebook $(ARGS)

# Each platform has its own modules and constants, so its own cache. `make test` checks the types of this one only.
lint: style
	@for platform in linux win32 darwin; do echo "== mypy for $$platform"; \
		$(checking) $(python) -m mypy --platform $$platform --cache-dir .mypy_cache/$$platform --no-error-summary || exit; done

style:
	@sh .ci/setup test
	@echo '== ruff check'
	@$(python) -m ruff check .
	@echo '== ruff format'
	@$(python) -m ruff format --check .
	@echo '== lint-imports'
	@$(checking) $(python) $(lint_imports)

types:
	@nice -n 10 $(checking) $(python) -m mypy --no-error-summary

format:
	@sh .ci/setup test
	@$(python) -m ruff check --fix .
	@$(python) -m ruff format .

bench:
	@sh .ci/setup test
	@exec $(python) main.py bench $(ARGS)

# Offscreen, so that a screen makes no difference. WRITE=1 at a release: the next changes are compared with this one.
bench-quick:
	@sh .ci/setup test
	@QT_QPA_PLATFORM=offscreen QUICK_WRITE=$(WRITE) $(python) main.py bench --quick $(ARGS)

DIR ?= screenshots
screenshots:
	@sh .ci/setup test
	@QT_QPA_PLATFORM=offscreen $(python) main.py screenshots "$(DIR)" $(ARGS)

# On full MNIST where it is found (LAYERLIGHT_DATA=path/to/mnist.npz), as those of docs/speed.md are.
tour:
	@sh .ci/setup run
	@QT_QPA_PLATFORM=offscreen $(python) main.py screenshots --tour resources/pictures $(ARGS)

bundled:
	@sh .ci/setup run
	@PYTHONPATH=tests exec $(python) -m bench.make_bundled $(MNIST)

lock:
	@sh .ci/setup lock $(ARGS)

DIST ?= dist
wheel:
	@sh .ci/setup test
	@$(checking) $(python) -m hatchling build --target wheel --directory "$(DIST)"
	@sed -n 's/^\([a-z0-9].*[^ ]\) *\\$$/\1/p' requirements.lock >"$(DIST)/constraints.txt"

clean:
	rm -rf .venv .venv.unfinished .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
