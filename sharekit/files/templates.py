"""Compiled templates beside the package's own compiled modules: as trusted as they are, and made
anew where the template, Jinja or Python changed."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from sharekit.files.sharekit_folders import read_own, write_own


class CompiledTemplates(BytecodeCache):
    """Keeps the compiled templates of one package. Where its folder cannot be written, templates
    are compiled in every process."""

    def __init__(self, package: str) -> None:
        self._folder = Path(str(files(package))) / "__pycache__"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, which looks at the template's text and the versions itself."""
        if (content := read_own(self._file(bucket))) is not None:
            bucket.bytecode_from_string(content)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write what the bucket holds."""
        with suppress(OSError):
            write_own(self._file(bucket), bucket.bytecode_to_string())

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"template-{bucket.key}.pyc"
