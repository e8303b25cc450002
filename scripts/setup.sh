#!/bin/sh
# Make .venv hold exactly what uv.lock says, starting from Python 3.11+ alone.
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
        echo "Fix: this Python cannot make virtual environments (Debian: apt-get install python3-venv)." >&2
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
# PySpark is half a gigabyte: it comes when HOLDFAST_EXTRAS=spark asks for it.
extras="--all-extras --no-extra spark"
[ "${HOLDFAST_EXTRAS:-}" = spark ] && extras=--all-extras
# shellcheck disable=SC2086 (several words are meant)
UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --quiet --frozen --inexact $extras --compile-bytecode --python .venv/bin/python
