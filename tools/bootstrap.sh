#!/bin/sh
# Finds a Python that can run the development tools and lets it build .venv (tools/make_venv.py).
# Shell, because it must say something useful on a machine that has no suitable Python at all.
# PYTHON=/path/to/python overrides the search.
set -eu
tools=$(dirname "$0")

# ansible-core 2.19 runs on these. A command may exist and not work (version managers leave such stubs), so each one is tried.
# The real path, because `python3.11` of an activated .venv would otherwise rebuild the .venv that it runs from.
suitable='import os, sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(1)
print(os.path.realpath(sys.executable))'

found=
tried=
for candidate in ${PYTHON:-python3.11 "${HOME:-/nonexistent}"/.pyenv/versions/3.11.*/bin/python3.11 python3.12 python3.13 python3 python}; do
    version=$("$candidate" --version 2>/dev/null) || continue
    found=$("$candidate" -c "$suitable" 2>/dev/null) && break
    tried="$tried $candidate ($version)"
done

if [ -z "$found" ]; then
    echo "make: no suitable Python. The development tools need Python 3.11, 3.12 or 3.13; found:${tried:- none}." >&2
    echo "Install one (Debian, Ubuntu: apt install python3.11 python3.11-venv; Fedora: dnf install python3.11; any: pyenv install 3.11)," >&2
    echo "or name one: PYTHON=/path/to/python3.11 make ..." >&2
    exit 1
fi
exec "$found" "$tools/make_venv.py" "$@"
