"""Draw the pictures of README from a project's latest run, with Chromium.

    python scripts/draw_screenshots.py demo

A page is a line of PAGES: where the server has it, and how large its first screen is.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

IMAGES = Path(__file__).parents[1] / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COLOURS = 128  # enough for flat pages; a third of the bytes


@dataclass(frozen=True)
class Page:
    """A page whose first screen is drawn."""

    image: str
    path: str  # of the server
    width: int
    height: int


PAGES = (
    Page("today.png", "/", 1400, 1050),
    Page("report.png", "/reports/report.html", 1400, 1010),
)


@contextmanager
def served(project: Path) -> Iterator[str]:
    """The address of a server that shows the project while the block runs."""
    command = [sys.executable, "-m", "holdfast", "serve", str(project), "--port", "0", "--no-worker", "--json"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        answer = ""
        for line in server.stdout or ():
            answer += line
            if line == "}\n":
                break
        yield json.loads(answer)["address"]
    finally:
        server.terminate()
        server.wait(30)


def draw(browser: str, address: str, size: tuple[int, int], target: Path) -> None:
    """The first screen of a page as PNG; its scripts have five seconds to draw."""
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "page.png"
        # No sandbox: containers forbid it, and the page is our own.
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--virtual-time-budget=5000",
        ]
        command += [f"--screenshot={shot}", f"--window-size={size[0]},{size[1]}", address]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        with Image.open(shot) as picture:
            # The colours farthest apart, not the most frequent: a small red number stays red.
            flat = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            flat.save(target, optimize=True)


def main() -> int:
    """Draw every page of the run of the project that is named."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        sys.stderr.write(f"None of {', '.join(BROWSERS)} is installed: the pictures stay as they are.\n")
        return 1
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "runs" / "latest").exists():
        sys.stderr.write("Name a project that has a run: python scripts/draw_screenshots.py demo\n")
        return 2
    IMAGES.mkdir(parents=True, exist_ok=True)
    with served(Path(sys.argv[1])) as address:
        for page in PAGES:
            draw(browser, address + page.path, (page.width, page.height), IMAGES / page.image)
            sys.stdout.write(f"{IMAGES / page.image}: {(IMAGES / page.image).stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
