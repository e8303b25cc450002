"""Build the web app of web/ into the archive that the package carries: src/holdfast/interfaces/web_app.zip.

    python scripts/build_web.py            # needs Node 20.9 or later, and the npm registry the first time
    python scripts/build_web.py --check    # needs nothing: is the archive built from these sources?
    python scripts/build_web.py --types    # TypeScript, strict; skipped, with the reason, where Node is not installed

The archive is committed, so that nobody needs Node to use Holdfast; tests/web holds that it is current.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
WEB = ROOT / "web"
ARCHIVE = ROOT / "src" / "holdfast" / "interfaces" / "web_app.zip"
STAMP = "sources.sha256"
_BUILT_FROM = ("package-lock.json", "next.config.ts", "postcss.config.mjs")
_TYPES_ONLY = "src/api/schema.d.ts"  # nothing of it is left in what is built


def sources_hash() -> str:
    """What the app is built from, as one SHA-256."""
    files = [WEB / name for name in _BUILT_FROM]
    files += [file for folder in ("src", "public") for file in (WEB / folder).rglob("*") if file.is_file()]
    digest = hashlib.sha256()
    for file in sorted(files):
        name = file.relative_to(WEB).as_posix()
        if name != _TYPES_ONLY:
            digest.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def archive_stamp() -> str:
    """The hash of the sources that the archive was built from."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        return archive.read(STAMP).decode()


def _build() -> None:
    environment = os.environ | {"NEXT_TELEMETRY_DISABLED": "1"}
    if not (WEB / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-fund", "--no-audit"], cwd=WEB, env=environment, check=True)
    subprocess.run(["npm", "run", "build"], cwd=WEB, env=environment, check=True)


def _pack() -> None:
    """Every built file, in order and without times: the same files make the same archive."""
    built = WEB / "out"
    contents = {file.relative_to(built).as_posix(): file.read_bytes() for file in built.rglob("*") if file.is_file()}
    contents[STAMP] = sources_hash().encode()
    with zipfile.ZipFile(ARCHIVE, "w") as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, contents[name], compresslevel=9)


def _types() -> int:
    if shutil.which("npm") is None or not (WEB / "node_modules").is_dir():
        sys.stdout.write("Types of web/ not checked: no Node here, or no packages. To check them: npm ci in web/\n")
        return int(os.environ.get("HOLDFAST_REQUIRE_ALL") == "1")
    return subprocess.run(["npm", "run", "--silent", "types"], cwd=WEB, check=False).returncode


def main() -> int:
    """Build, or check what --check or --types name; 0 when all is well."""
    if "--check" in sys.argv[1:]:
        if ARCHIVE.is_file() and archive_stamp() == sources_hash():
            return 0
        sys.stderr.write(f"{ARCHIVE.relative_to(ROOT)} is older than web/. Next: python scripts/build_web.py\n")
        return 1
    if "--types" in sys.argv[1:]:
        return _types()
    _build()
    _pack()
    sys.stdout.write(f"{ARCHIVE.relative_to(ROOT)}: {ARCHIVE.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
