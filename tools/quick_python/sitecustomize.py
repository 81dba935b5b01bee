"""Keeps what Python compiles from zip files, for the tests: on ``PYTHONPATH``, Python loads this file when it starts.

Ansible hands every module over as a zip file, and Python compiles a zip's sources anew each time, most of them twice.
That is a third of the time of a small module and says nothing about the collection. Code objects are kept by the
digest of their source in the folder ``ZIP_CODE_CACHE``; the path in them is that of the zip file that was first.
"""

# Every Python process of a test run comes through here: pathlib would cost more than it is worth.
# ruff: noqa: PTH105, PTH118, PTH119, PTH123, S302 - the folder is made by the test run

import hashlib
import marshal
import os
import sys
import zipimport
from collections.abc import Callable
from types import CodeType

_FOLDER = os.environ.get("ZIP_CODE_CACHE", "")
_COMPILE = "_compile_source"  # of zipimport, in all versions of Python so far; where it is missing, nothing is kept


def _keep_compiled(compile_source: Callable[[str, bytes], CodeType]) -> None:
    def compiled(pathname: str, source: bytes) -> CodeType:
        digest = hashlib.sha256(source).hexdigest()
        kept = os.path.join(_FOLDER, f"{os.path.basename(pathname)}-{digest}-{sys.implementation.cache_tag}")
        try:
            with open(kept, "rb") as stream:
                code: CodeType = marshal.load(stream)
        except (OSError, ValueError, EOFError, TypeError):
            code = compile_source(pathname, source)
            fresh = f"{kept}.{os.getpid()}"
            with open(fresh, "wb") as stream:
                marshal.dump(code, stream)
            os.replace(fresh, kept)
        return code

    setattr(zipimport, _COMPILE, compiled)


if _FOLDER and hasattr(zipimport, _COMPILE):
    _keep_compiled(getattr(zipimport, _COMPILE))
