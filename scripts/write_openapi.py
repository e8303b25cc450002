"""Write what the web app knows about the API and our words: openapi.json, its TypeScript types, the glossary.

    python scripts/write_openapi.py

The types need Node (`npm ci` in web/); without it they are left as they are, and the script says so.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parent.parent
OPENAPI = ROOT / "docs" / "reference" / "openapi.json"
GLOSSARY = ROOT / "web" / "src" / "words" / "glossary.json"


def openapi_text() -> str:
    """The OpenAPI description of the API as it is now, as JSON."""
    from holdfast.interfaces.api.app import create_app
    from holdfast.service.results_database import open_results
    from holdfast.settings import ResultsSettings

    with tempfile.TemporaryDirectory() as folder, closing(open_results(Path(folder), ResultsSettings())) as results:
        return json.dumps(create_app(results).openapi(), indent=1, ensure_ascii=False) + "\n"


def glossary_text() -> str:
    """The words of docs/glossary.md with their meanings, as JSON: {word: meaning}."""
    rows = [line.strip("|").split("|") for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()]
    meanings = {
        word.strip(): meaning.strip().replace("`", "")
        for words, meaning in (row for row in rows if len(row) == 2)
        for word in words.split(",")
        if not words.startswith("-") and words.strip() != "Word"
    }
    return json.dumps(meanings, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the files; 0 when all of them are current."""
    OPENAPI.write_text(openapi_text(), encoding="utf-8")
    GLOSSARY.parent.mkdir(parents=True, exist_ok=True)
    GLOSSARY.write_text(glossary_text(), encoding="utf-8")
    if not (ROOT / "web" / "node_modules").is_dir() or shutil.which("npm") is None:
        sys.stderr.write("web/src/api/schema.d.ts is left as it is. Next: npm ci in web/, then this again.\n")
        return 1
    return subprocess.run(["npm", "run", "--silent", "schema"], cwd=ROOT / "web", check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
