"""What is generated is current: the archive, the API's types, the glossary; nobody needs Node to know."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    """A script of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_archive_is_built_from_these_sources() -> None:
    build = script("build_web")
    assert build.archive_stamp() == build.sources_hash(), "Next: python scripts/build_web.py"


def test_the_api_is_described_as_it_is() -> None:
    written = script("write_openapi")
    assert written.OPENAPI.read_text("utf-8") == written.openapi_text(), "Next: python scripts/write_openapi.py"


def test_the_glossary_is_that_of_the_docs() -> None:
    written = script("write_openapi")
    assert written.GLOSSARY.read_text("utf-8") == written.glossary_text(), "Next: python scripts/write_openapi.py"
    assert len(json.loads(written.glossary_text())) > 30
