"""Builds the program to open, with Python and TensorFlow inside: `python .ci/bundle.py [FOLDER]`, or `make bundle`.

It makes an environment of requirements-bundle.lock below `build/`, which later builds use again, and runs itself there:
the wheel, PyInstaller by bundle.spec, what a desktop wants to know of a program, an archive of all of it in the folder.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
LOCK = ROOT / "requirements-bundle.lock"
DESKTOP, ICONS = ROOT / "resources" / "desktop", ROOT / "resources" / "icons"

SAME = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "1580601600"}  # the same bytes each time; the time is hatchling's

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)  # of icons, in pixels

# Modules that nothing here imports: of other users of the libraries, and what converts or profiles networks.
LEFT_OUT = (
    *("IPython", "OpenGL", "cupy", "jax", "matplotlib", "numba", "pandas", "pip", "pygments", "pytest", "setuptools"),
    *("sklearn", "tensorboard", "tkinter", "torch", "wheel", "pyqtgraph.examples", "pyqtgraph.opengl"),
    *("tensorflow.compiler.mlir.stablehlo", "tensorflow.lite.python", "tensorflow.lite.tools"),
    "tensorflow.python.profiler.internal._pywrap_profiler_plugin",
)

# Libraries of the system on which PyInstaller builds that come along. All others any desktop has, in the version that
# fits its drivers and its theme.
WITH_PYTHON = re.compile(
    r"lib(python3|ssl|crypto|sqlite3|ffi|bz2|lzma|expat|mpdec|uuid|zstd|z\.|gssapi_krb5|krb5|k5crypto|com_err|keyutils"
    r"|xcb-|xkbcommon)"
)

TEXTS = re.compile(r"(licen[cs]e|copying|notice|third.?party).*(?<!\.py)(?<!\.pyc)$", re.IGNORECASE)


def main(folder: Path) -> None:
    """Build the program and leave its archive in the folder, or have the environment do so."""
    look_for_tools()
    python = environment()
    if Path(sys.prefix) != BUILD / "venv":
        there = os.environ | SAME | {"QT_QPA_PLATFORM": "offscreen"}
        os.umask(0o022)
        raise SystemExit(subprocess.run([python, "-P", __file__, folder.resolve()], env=there, check=False).returncode)
    shutil.rmtree(BUILD / "made", ignore_errors=True)
    install_wheel()
    draw_icons(BUILD / "made" / "share" / "icons" / "hicolor")
    command = ["--noconfirm", "--log-level", "WARN", "--distpath", BUILD / "made", "--workpath", BUILD / "work"]
    run(python, "-m", "PyInstaller", *command, ROOT / ".ci" / "bundle.spec")
    folder.mkdir(parents=True, exist_ok=True)
    for archive in pack(BUILD / "made", folder):
        print(f"{archive}: {archive.stat().st_size / 1e6:.0f} MB")  # noqa: T201


def look_for_tools() -> None:
    """Exit where something is missing that packs the program: before it is built, which takes minutes."""
    runtime = os.environ.get("APPIMAGE_RUNTIME")
    if runtime and not Path(runtime).is_file():
        raise SystemExit(f"The program was not built: there is no file {runtime}, which APPIMAGE_RUNTIME names.")
    tool = "iscc" if sys.platform == "win32" else runtime and "mksquashfs"
    if tool and not shutil.which(tool):
        raise SystemExit(f"The program was not built: install {tool}, which packs it; it is not on the path.")


def environment() -> Path:
    """Return the Python of the environment, which is made where the lock or this Python are others than before."""
    place, mark = BUILD / "venv", BUILD / "venv" / "ready"
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    wanted = f"{LOCK.read_text('utf-8')}\n{sys.version}"
    if not mark.exists() or mark.read_text("utf-8") != wanted:
        venv.create(place, clear=True, with_pip=True)
        exact = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", LOCK)
        run(python, "-I", "-m", "pip", "install", "--quiet", *exact)
        mark.write_text(wanted, "utf-8")
    return python


def run(*words: Any) -> None:
    """Run a command in the checkout; exit where it fails, as it has said why."""
    if subprocess.run(words, cwd=ROOT, check=False).returncode:
        raise SystemExit(f"The program was not built: {Path(words[0]).name} {words[1]} failed (see above).")


def install_wheel() -> None:
    """Install the program into the environment, as one package without a checkout."""
    shutil.rmtree(BUILD / "wheel", ignore_errors=True)
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", BUILD / "wheel")
    again = ("--quiet", "--force-reinstall", "--no-deps", "--no-index")
    run(sys.executable, "-m", "pip", "install", *again, *(BUILD / "wheel").iterdir())


def draw_icons(theme: Path) -> None:
    """Draw the icons of the program and of its files into the folders of an icon theme, one for each of `SIZES`."""
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    for name, place in (("app", "apps/layerlight"), ("document", "mimetypes/application-x-layerlight")):
        for size in SIZES:
            image = QImage(size, size, QImage.Format.Format_ARGB32)
            image.fill(0)
            painter = QPainter(image)
            QSvgRenderer(str(ICONS / f"{name}.svg")).render(painter)
            painter.end()
            file = theme / f"{size}x{size}" / f"{place}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            image.save(str(file))


def comes_along(source: str) -> bool:
    """Whether a library that something inside needs is put inside, too."""
    inside = Path(sys.prefix), Path(sys.base_prefix, "lib", f"python3.{sys.version_info.minor}")
    is_ours = any(Path(source).is_relative_to(folder) for folder in inside)
    return not sys.platform.startswith("linux") or is_ours or bool(WITH_PYTHON.match(Path(source).name))


def stripped(source: str) -> str:
    """Return a copy of a library of TensorFlow without its names for debuggers, 0.2 GB, where `strip` is at hand."""
    file = Path(source)
    if not file.name.startswith("libtensorflow_") or sys.platform == "win32" or not shutil.which("strip"):
        return source
    copy = BUILD / "work" / file.name
    if not copy.exists() or copy.stat().st_mtime < file.stat().st_mtime:
        run("strip", "-x" if sys.platform == "darwin" else "--strip-unneeded", "-o", copy, file)
    return str(copy)


def packages_of(sources: Iterable[str]) -> list[Distribution]:
    """Return the installed packages that have one of the files, and PyInstaller, of which each program has a part."""
    files = {os.path.realpath(source) for source in sources}
    return [
        known
        for known in sorted(distributions(), key=lambda known: known.name.lower())
        if known.name == "pyinstaller" or any(os.path.realpath(file) in files for file in files_of(known))
    ]


def files_of(known: Distribution) -> list[str]:
    """Return the paths of a package's files."""
    return [str(known.locate_file(file)) for file in known.files or ()]


def metadata(packages: Iterable[Distribution]) -> Iterator[tuple[str, str, str]]:
    """Yield the files by which modules find the versions of packages; `tensorflow-cpu` is TensorFlow, too."""
    for known in packages:
        (file,) = [Path(file) for file in files_of(known) if re.search(r"[.]dist-info.METADATA$", file)]
        yield f"{file.parent.name.replace('_cpu-', '-')}/METADATA", str(file), "DATA"


def licences(packages: Iterable[Distribution], others: Iterable[str]) -> str:
    """Return the texts of the packages' licences, of Python's and of those that other files have, each text once."""
    texts: dict[str, list[str]] = {}

    def add(package: str, *files: Path) -> None:
        for text in [file.read_text("utf-8", "replace").strip() for file in files] or [
            "(It has no text of its licence.)"
        ]:
            texts.setdefault(text, []).append(f"■ {package}")

    for known in packages:
        facts = known.metadata.get("License-Expression") or known.metadata.get("License") or ""
        own = [
            Path(file)
            for file in files_of(known)
            if TEXTS.search(Path(file).name) and "include" not in Path(file).parts
        ]
        if known.name.lower().startswith(("pyside6", "shiboken6")):
            own = [ROOT / ".ci" / "LGPL-3.0.txt"]  # the packages have no text; that of the GPL 3 is in NumPy's
        add(f"{known.name} {known.version}" + (f" ({facts})" if 0 < len(facts) < 80 else ""), *own)
    add(f"Python {platform.python_version()}", *filter(Path.is_file, [Path(os.__file__).with_name("LICENSE.txt")]))
    for package in of_the_system(others):
        add(f"{package} (of the system this was built on)", Path("/usr/share/doc", package, "copyright"))
    return "\n\n\n".join("\n".join(dict.fromkeys(names)) + f"\n\n{text}" for text, names in texts.items()) + "\n"


def of_the_system(files: Iterable[str]) -> list[str]:
    """Return the packages of Debian, or a system like it, that files outside of the environment belong to."""
    outside = {os.path.realpath(file) for file in files if not file.startswith((str(ROOT), sys.prefix))}
    if not shutil.which("dpkg-query") or not outside:
        return []
    words = ["dpkg-query", "--search", *outside]
    answer = subprocess.run(words, capture_output=True, text=True, check=False).stdout  # fails where one is of none
    names = {line.split(":")[0] for line in answer.splitlines()}
    return sorted(name for name in names if Path("/usr/share/doc", name, "copyright").is_file())


def pack(built: Path, folder: Path) -> Iterator[Path]:
    """Yield the files that a person downloads on this system, of the program that was built."""
    name = f"layerlight-{version('layerlight')}-{sys.platform}-{platform.machine().lower()}"
    if sys.platform == "win32":
        run(
            "iscc",
            "/Qp",
            f"/DVersion={version('layerlight')}",
            f"/DFolder={folder}",
            f"/DName={name}",
            ROOT / ".ci" / "bundle.iss",
        )
        yield folder / f"{name}.exe"
    elif sys.platform == "darwin":
        run("ditto", "-c", "-k", "--keepParent", built / "Layerlight.app", folder / f"{name}.zip")
        yield folder / f"{name}.zip"
    else:
        fit_desktop(built)
        yield archive(built / "layerlight", folder / f"{name}.tar.zst")
        if runtime := os.environ.get("APPIMAGE_RUNTIME"):
            yield app_image(built / "layerlight", Path(runtime), folder / f"{name}.AppImage")


def fit_desktop(built: Path) -> None:
    """Put beside the program what a Linux desktop asks of one, in the folders that `/usr/share` has."""
    share = built / "layerlight" / "share"
    shutil.move(built / "share", share)
    for name, place in (
        ("layerlight.desktop", "applications"),
        ("layerlight.xml", "mime/packages"),
        ("org.layerlight.Layerlight.metainfo.xml", "metainfo"),
    ):
        (share / place).mkdir(parents=True)
        shutil.copyfile(DESKTOP / name, share / place / name)


def archive(program: Path, file: Path) -> Path:
    """Write a folder as `.tar.zst`; return the file."""
    import zstandard

    options = zstandard.ZstdCompressionParameters.from_level(15, enable_ldm=True, window_log=27, threads=-1)
    packer = zstandard.ZstdCompressor(compression_params=options)
    with file.open("wb") as stream, packer.stream_writer(stream) as packed:
        write_tar(program, packed)
    return file


def write_tar(program: Path, stream: Any) -> None:
    """Write a folder as tar, sorted by name, with no times and owners: the same bytes wherever it was built."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.mtime = entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o755 if entry.mode & 0o100 else 0o644
        return entry

    with tarfile.open(fileobj=stream, mode="w|") as tar:
        tar.add(program, program.name, filter=plain)


def app_image(program: Path, runtime: Path, file: Path) -> Path:
    """Write a folder as AppImage: the runtime, which is no part of the project, and behind it a squashfs."""
    for link, target in (
        ("AppRun", "layerlight"),
        ("layerlight.desktop", "share/applications/layerlight.desktop"),
        ("layerlight.png", "share/icons/hicolor/256x256/apps/layerlight.png"),
        (".DirIcon", "layerlight.png"),
        ("usr/share", "../share"),
    ):
        (program / link).parent.mkdir(exist_ok=True)
        (program / link).symlink_to(target)
    squashed = BUILD / "work" / "layerlight.squashfs"
    options = ("-all-root", "-no-xattrs", "-noappend", "-quiet", "-no-progress", "-comp", "zstd")  # times: see `SAME`
    run("mksquashfs", program, squashed, *options)
    file.write_bytes(runtime.read_bytes() + squashed.read_bytes())
    file.chmod(0o755)
    return file


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else ROOT / "dist"))
