"""Prepare a release: version, changelog section, wheel, and a test of the wheel in a clean environment.

usage: make release VERSION=1.2.3
"""

import re
import subprocess
import sys
import tempfile
import venv
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
GROUPS = ("Added", "Changed", "Fixed", "Removed")
UNRELEASED = "## Unreleased"


class ReleaseError(Exception):
    """A release that cannot be made, with what to do."""


def new_changelog(text: str, version: str, day: date) -> str:
    """The changelog with the unreleased lines under the version, and empty groups above them.

    Raises:
        ReleaseError: there is no unreleased section, it is empty, or this version has a section already.
    """
    if re.search(rf"^## {re.escape(version)}\b", text, re.MULTILINE):
        raise ReleaseError(f"CHANGELOG.md has a section {version} already. Fix: choose the next version.")
    before, heading, rest = text.partition(f"{UNRELEASED}\n")
    if not heading:
        raise ReleaseError(f"CHANGELOG.md has no section '{UNRELEASED}'. Fix: add it.")
    section, next_heading, older = rest.partition("\n## ")
    groups = [group for group in re.split(r"^(?=### )", section, flags=re.MULTILINE) if re.search(r"^- ", group, re.M)]
    if not groups:
        raise ReleaseError("CHANGELOG.md has no unreleased lines. Fix: say what changed.")
    empty = "".join(f"### {group}\n\n" for group in GROUPS)
    released = "".join(f"{group.strip()}\n\n" for group in groups)
    return f"{before}{UNRELEASED}\n\n{empty}## {version} - {day}\n\n{released}{next_heading.lstrip()}{older}"


def new_pyproject(text: str, version: str) -> str:
    """pyproject.toml with the version.

    Raises:
        ReleaseError: the version is no version like 1.2.3, or not later than the present one.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ReleaseError(f"'{version}' is no version. Fix: make release VERSION=1.2.3")
    version_line = re.search(r'^version = "([\d.]+)"$', text, re.MULTILINE)
    present = version_line.group(1) if version_line else ""
    if _numbers(version) < _numbers(present):
        raise ReleaseError(f"{version} is earlier than {present}, the present version. Fix: choose a later one.")
    return text.replace(f'version = "{present}"', f'version = "{version}"', 1)


def new_lock(text: str, version: str) -> str:
    """uv.lock with the version of the project; all else stays as it is."""
    return re.sub(r'(name = "holdfast"\nversion = )"[\d.]+"', rf'\1"{version}"', text)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".") if number]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """The output of a command.

    Raises:
        ReleaseError: it failed; with its last lines.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise ReleaseError(f"{' '.join(words)} ended with code {done.returncode}:\n{last}")
    return done.stdout


def build_wheel(uv: Path) -> Path:
    """Build the wheel of the present source into dist/."""
    with tempfile.TemporaryDirectory() as folder:
        run(uv, "build", "--wheel", "--out-dir", folder)
        built = next(Path(folder).glob("*.whl"))
        (ROOT / "dist").mkdir(exist_ok=True)
        wheel = ROOT / "dist" / built.name
        wheel.write_bytes(built.read_bytes())
    return wheel


def smoke_test(wheel: Path, version: str, uv: Path) -> None:
    """Install the wheel alone, compare its version, and run a demo of 500 customers with it.

    Raises:
        ReleaseError: a step failed, the version is another one, or the demo left no list.
    """
    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder)
        venv.create(clean / "venv", with_pip=False)
        python, holdfast = (clean / "venv" / "bin" / name for name in ("python", "holdfast"))
        run(uv, "pip", "install", "--python", python, wheel, cwd=clean)
        stated = run(holdfast, "--version", cwd=clean).split()
        if stated[-1:] != [version]:
            raise ReleaseError(f"The wheel says {' '.join(stated)}, not {version}.")
        run(holdfast, "demo", "--customers", "500", "--out", clean / "demo", cwd=clean)
        for name in ("predictions.parquet", "reports/report.html", "bi/customers.csv"):
            if not (clean / "demo" / "runs" / "latest" / name).is_file():
                raise ReleaseError(f"The demo of the wheel left no {name}.")


def main() -> int:
    """Write version and changelog, build and test the wheel; put the files back when a step fails."""
    version = sys.argv[1] if len(sys.argv) > 1 else ""
    uv = ROOT / ".venv" / "bin" / "uv"
    paths = (ROOT / "pyproject.toml", ROOT / "CHANGELOG.md", ROOT / "uv.lock")
    before = {path: path.read_text(encoding="utf-8") for path in paths}
    try:
        if run("git", "status", "--porcelain"):
            raise ReleaseError("The working tree has changes. Fix: commit or stash them.")
        pyproject, changelog, lock = paths
        pyproject.write_text(new_pyproject(before[pyproject], version), encoding="utf-8")
        changelog.write_text(new_changelog(before[changelog], version, datetime.now(UTC).date()), encoding="utf-8")
        lock.write_text(new_lock(before[lock], version), encoding="utf-8")
        run(uv, "lock", "--check")
        sys.stdout.write(f"building {version}\n")
        wheel = build_wheel(uv)
        sys.stdout.write(f"testing {wheel.name} in a clean environment (a few minutes)\n")
        smoke_test(wheel, version, uv)
    except ReleaseError as error:
        for path, text in before.items():
            path.write_text(text, encoding="utf-8")
        sys.stderr.write(f"{error}\nNothing was changed.\n")
        return 1
    sys.stdout.write(
        f"{wheel.relative_to(ROOT)} is built and tested.\n"
        f"Next: git commit -am 'release: {version}' && git tag v{version}, then publish dist/.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
