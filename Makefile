# The commands are in .ci/make.py, which needs no make: `python .ci/make.py test`. `make` lists them. `make run` and `make test`
# do everything on a fresh checkout: .ci/setup finds a Python, or fetches one.
# ARGS is for the program:        make run ARGS="my-run.layerlight"   make test ARGS="-k saliency"
# PYTHON names the interpreter:  make run PYTHON=/opt/python3.13/bin/python3
# GPU=1 installs once what TensorFlow needs on an NVIDIA card:  make run GPU=1

commands := $(shell sed -n '/^@command/{n;s/^def \([a-z_]*\).*/\1/p;}' .ci/make.py | tr _ -)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: $(commands)
$(commands):
	@python=$$(sh .ci/setup find-python) && exec "$$python" -I .ci/make.py $@
