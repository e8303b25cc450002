#!/bin/sh
# Create .venv with the versions of uv.lock, starting from Python 3.11+ alone. HOLDFAST_DEPENDENCIES=lowest takes the oldest ones.
set -eu

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "Holdfast needs Python 3.11 or newer; none was found on the PATH." >&2
    echo "Fix: install it (Debian: apt-get install python3 python3-venv), then run the same command again." >&2
    exit 2
}

python=$(find_python)
if [ ! -x .venv/bin/python ]; then
    echo "Setting up .venv (once, about a minute)..."
    "$python" -m venv .venv || {
        rm -rf .venv
        echo "Fix: this Python cannot create virtual environments (Debian: apt-get install python3-venv)." >&2
        exit 2
    }
fi
if [ -x .venv/bin/uv ]; then
    uv=.venv/bin/uv
elif .venv/bin/python -m pip --version >/dev/null 2>&1; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
    uv=.venv/bin/uv
else
    uv=$(command -v uv)
fi
if [ "${HOLDFAST_DEPENDENCIES:-locked}" = lowest ]; then
    # The oldest versions that pyproject.toml allows; uv.lock is not read.
    exec "$uv" pip install --quiet --python .venv/bin/python --resolution lowest-direct --group dev --editable '.[notebook]'
fi
# PySpark is half a gigabyte: it is installed with HOLDFAST_EXTRAS=spark.
extras="--all-extras --no-extra spark"
[ "${HOLDFAST_EXTRAS:-}" = spark ] && extras=--all-extras
# shellcheck disable=SC2086 (several words on purpose)
UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --quiet --frozen --inexact $extras --compile-bytecode --python .venv/bin/python
