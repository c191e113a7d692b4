"""The program to open: what a desktop knows of it, what is inside and what is left out, and that it works by itself."""

import ast
import configparser
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import xml.etree.ElementTree as ET
from importlib.metadata import Distribution, distribution
from pathlib import Path

import numpy as np
import PIL.Image
import PySide6
import pytest
import scipy

from engine import VERSION
from engine.core.machine.bundled import BUNDLED
from tests.engine.made_sessions import home_in
from tests.statements import statements

ROOT = Path(__file__).resolve().parents[1]
DESKTOP = ROOT / "resources" / "desktop"
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


def module_of(name):
    """Return a module of `.ci`."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bundle = module_of("bundle")


@pytest.fixture(scope="module")
def entry():
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(DESKTOP / "layerlight.desktop", "utf-8")
    return parser["Desktop Entry"]


@pytest.fixture(scope="module")
def kind():
    return ET.parse(DESKTOP / "layerlight.xml").getroot().find(f"{MIME}mime-type")


@pytest.fixture(scope="module")
def icons(tmp_path_factory):
    folder = tmp_path_factory.mktemp("icons")
    bundle.draw_icons(folder)
    return folder


def test_the_desktop_entry_opens_a_session_of_the_type_that_is_described_beside_it(entry, kind):
    assert (entry["Type"], entry["Name"], entry["Terminal"]) == ("Application", "Layerlight", "false")
    assert entry["Exec"] == "layerlight %f"
    assert entry["MimeType"] == f"{kind.get('type')};"
    assert 'setDesktopFileName("layerlight")' in (ROOT / "gui/app.py").read_text("utf-8")


def test_a_session_is_known_by_its_name_and_by_its_first_bytes(kind):
    assert BUNDLED.match(kind.find(f"{MIME}glob").get("pattern"))
    content = BUNDLED.read_bytes()
    matches = list(kind.iter(f"{MIME}match"))
    assert len(matches) == 2
    for match in matches:
        value = match.get("value")
        wanted = int(value, 16).to_bytes(4, "big") if match.get("type") == "big32" else value.encode()
        assert content[int(match.get("offset")) :].startswith(wanted)


def test_the_catalogues_entry_leads_to_the_desktops_and_to_the_type(entry, kind):
    (file,) = DESKTOP.glob("*.metainfo.xml")
    root = ET.parse(file).getroot()
    assert file.name == f"{root.findtext('id')}.metainfo.xml"
    assert root.findtext("launchable") == "layerlight.desktop"
    assert root.findtext("provides/mediatype") == kind.get("type")
    assert root.findtext("summary") == entry["Comment"]
    assert (
        root.findtext("project_license") == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"]
    )


def test_each_icon_is_there_in_each_size_with_a_clear_edge_and_a_full_middle(icons, entry, kind):
    pictures = {}
    for place in (f"apps/{entry['Icon']}.png", f"mimetypes/{kind.find(f'{MIME}icon').get('name')}.png"):
        for size in (16, 24, 32, 48, 64, 128, 256, 512):
            picture = pictures[place, size] = np.asarray(PIL.Image.open(icons / f"{size}x{size}" / place))
            assert picture.shape == (size, size, 4)
            assert picture[0, 0, 3] == 0
            assert picture[size // 2, size // 2, 3] == 255
    assert len(list(icons.rglob("*.png"))) == len(pictures) == 16
    assert len({picture.tobytes() for picture in pictures.values()}) == 16


def imported(file):
    """Yield the names of the modules that a file imports, those in functions too."""
    for node in statements(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_nothing_that_the_program_imports_is_left_out():
    modules = [*(ROOT / "engine").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]
    names = {f"{name}." for file in modules for name in imported(file)}
    assert "PySide6.QtSvg.QSvgRenderer." in names
    assert [left for left in bundle.LEFT_OUT if any(name.startswith(f"{left}.") for name in names)] == []


TRAINS = """
import sys
import main
main.main(["train", "--preset", "quick", "--dataset", "sample", "--epochs", "1", "--session", sys.argv[1]])
print(*sorted(sys.modules))
"""


@pytest.mark.slow
def test_nor_is_what_its_libraries_import(tmp_path):
    command, there = [sys.executable, "-c", TRAINS, tmp_path / "s.layerlight"], {**os.environ, **home_in(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=there, capture_output=True, text=True, check=True)
    modules = done.stdout.splitlines()[-1].split()
    assert "keras.src.backend.tensorflow" in modules
    assert [name for name in modules if name.startswith(tuple(f"{left}." for left in bundle.LEFT_OUT))] == []
    assert not {*modules} & {*bundle.LEFT_OUT}


@pytest.fixture(scope="module")
def packages():
    """NumPy, SciPy and Qt, by one file of each, among some others: all that are installed have 60,000 files."""
    names = ("pytest", "scipy", "shiboken6", "pillow", "numpy", "PySide6_Essentials", "pyqtgraph")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "distributions", lambda: map(distribution, names))
        return bundle.packages_of([np.__file__, scipy.__file__, PySide6.__file__])


def test_the_packages_inside_are_those_that_files_come_from(packages):
    assert [known.name.lower() for known in packages if known.name != "pyinstaller"] == [
        *("numpy", "pyside6_essentials", "scipy")
    ]


def test_their_licences_are_whole_each_text_once_and_qts_is_the_lgpl(packages):
    text = bundle.licences([*packages, *packages], [])
    assert {"numpy", "scipy", "PySide6_Essentials", "Python"} <= set(re.findall(r"^■ (\S+)", text, re.MULTILINE))
    assert text.count("GNU LESSER GENERAL PUBLIC LICENSE\n") == 1
    (numpys,) = [file for file in packages[0].files if file.match("*.dist-info/licenses/LICENSE.txt")]
    assert text.count(numpys.locate().read_text("utf-8").strip()) == 1


def test_the_versions_of_the_packages_can_be_asked_inside_also_that_of_tensorflow_without_cards(tmp_path, packages):
    inside = {name: source for name, source, kind in bundle.metadata(packages)}
    assert f"numpy-{np.__version__}.dist-info/METADATA" in inside
    cpu = tmp_path / "tensorflow_cpu-2.21.0.dist-info"
    cpu.mkdir()
    (cpu / "METADATA").write_text("Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: 2.21.0\n")
    (cpu / "RECORD").write_text("tensorflow_cpu-2.21.0.dist-info/METADATA,,\n")
    moved = bundle.metadata([Distribution.at(cpu)])
    assert list(moved) == [("tensorflow-2.21.0.dist-info/METADATA", str(cpu / "METADATA"), "DATA")]


def test_an_archive_of_a_copy_is_the_same_to_the_byte(tmp_path):
    archives = []
    for time, name in ((1e9, "b a"), (1.5e9, "a b")):
        folder = tmp_path / str(time) / "program"
        folder.mkdir(parents=True)
        for letter in name.split():
            (folder / letter).write_text(letter)
            os.utime(folder / letter, (time, time))
        (folder / "a").chmod(0o700)
        (folder / "link").symlink_to("a")
        archives.append(io.BytesIO())
        bundle.write_tar(folder, archives[-1])
    assert archives[0].getvalue() == archives[1].getvalue()
    archives[0].seek(0)
    with tarfile.open(fileobj=archives[0]) as tar:
        kept = {entry.name: (entry.mode, entry.linkname) for entry in tar}
    assert kept == {
        "program": (0o755, ""),
        "program/a": (0o755, ""),
        "program/b": (0o644, ""),
        "program/link": (0o755, "a"),
    }


def program_in(folder):
    """Return a folder like that of a program that was built, small."""
    program = folder / "layerlight"
    for place in ("applications/layerlight.desktop", "icons/hicolor/256x256/apps/layerlight.png"):
        (program / "share" / place).parent.mkdir(parents=True)
        (program / "share" / place).write_text(place)
    (program / "layerlight").write_text("the program")
    (folder / "runtime").write_text("the runtime")
    return program


def test_an_app_image_is_the_runtime_and_behind_it_the_files(tmp_path, monkeypatch):
    program = program_in(tmp_path)
    monkeypatch.setattr(bundle, "BUILD", tmp_path)
    (tmp_path / "work").mkdir()
    monkeypatch.setattr(bundle, "run", lambda tool, folder, file, *_: file.write_text(f"{tool} of {folder.name}"))
    made = bundle.app_image(program, tmp_path / "runtime", tmp_path / "made.AppImage")
    assert made.read_text() == "the runtimemksquashfs of layerlight" and os.access(made, os.X_OK)
    assert (program / "AppRun").read_text() == "the program"
    for link in (".DirIcon", "layerlight.png", "usr/share/icons/hicolor/256x256/apps/layerlight.png"):
        assert (program / link).read_text() == "icons/hicolor/256x256/apps/layerlight.png"
    assert (program / "layerlight.desktop").read_text() == "applications/layerlight.desktop"


@pytest.mark.slow
def test_an_app_image_of_a_copy_is_the_same_to_the_byte(tmp_path, monkeypatch):
    if not shutil.which("mksquashfs"):
        pytest.skip("mksquashfs is not installed")
    for name, value in bundle.SAME.items():
        monkeypatch.setenv(name, value)
    made = []
    for time in (1.6e9, 1.7e9):
        folder = tmp_path / str(time)
        (folder / "work").mkdir(parents=True)
        monkeypatch.setattr(bundle, "BUILD", folder)
        program = program_in(folder)
        for file in program.rglob("*"):
            os.utime(file, (time, time))
        made.append(bundle.app_image(program, folder / "runtime", folder / "made.AppImage").read_bytes())
    assert made[0] == made[1] and b"hsqs" in made[0]


@pytest.mark.parametrize(
    ("system", "runtime", "sentence"),
    [
        ("linux", "nowhere", "there is no file nowhere, which APPIMAGE_RUNTIME names"),
        ("linux", __file__, "install mksquashfs"),
        ("win32", "", "install iscc"),
    ],
)
def test_what_packs_the_program_is_asked_for_before_it_is_built(system, runtime, sentence, monkeypatch, tmp_path):
    monkeypatch.setattr(bundle.sys, "platform", system)
    monkeypatch.setattr(bundle.shutil, "which", lambda name: None)
    monkeypatch.setattr(bundle, "environment", lambda: pytest.fail("it is being built"))
    monkeypatch.setenv("APPIMAGE_RUNTIME", runtime)
    with pytest.raises(SystemExit, match=f"The program was not built: {sentence}"):
        bundle.main(tmp_path / "dist")


def test_the_installer_of_windows_takes_what_is_built_and_is_given_what_it_asks_for():
    text = (ROOT / ".ci/bundle.iss").read_text("utf-8")
    assert set(re.findall(r"\{#(\w+)\}", text)) == {"Version", "Folder", "Name", "Root"}
    assert all(f"/D{name}=" in (ROOT / ".ci/bundle.py").read_text("utf-8") for name in ("Version", "Folder", "Name"))
    spec = (ROOT / ".ci/bundle.spec").read_text("utf-8")
    compile(spec, "bundle.spec", "exec")
    assert 'program("layerlight-window", False)' in spec and r"{app}\layerlight-window.exe" in text


@pytest.mark.parametrize(("before", "after"), [(None, None), ("/mine", "/mine")])
def test_other_programs_are_started_with_the_persons_own_libraries(before, after, monkeypatch):
    monkeypatch.setenv("LD_LIBRARY_PATH", "/inside")
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", "/mine.pem")
    if before:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", before)
    module_of("bundle_start")
    assert os.environ.get("LD_LIBRARY_PATH") == after
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ
    assert os.environ["SSL_CERT_FILE"] == "/mine.pem"


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_built_it_trains_and_starts_each_child_process_without_any_python(tmp_path):
    if not (bundle.BUILD / "venv/ready").exists():
        pytest.skip("`make bundle` has not yet fetched PyInstaller and what belongs inside")
    subprocess.run([sys.executable, ROOT / ".ci/bundle.py", tmp_path / "dist"], check=True)
    (archive,) = (tmp_path / "dist").iterdir()
    assert archive.stat().st_size < 450e6
    program = bundle.BUILD / "made" / "layerlight"
    inside = [path for path in program.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in inside) < 1.3e9
    there = {**home_in(tmp_path), "PATH": str(tmp_path / "nothing"), "QT_QPA_PLATFORM": "offscreen"}
    there = {name: value for name, value in there.items() if not name.startswith("PYTHON")}

    def run(*words, status=0, **more):
        done = subprocess.run(
            [program / "layerlight", *words],
            cwd=tmp_path,
            env=there | more,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    assert run("--version") == f"Layerlight {VERSION}\n"
    quick = ("--preset", "quick", "--dataset", "sample", "--epochs", "2")
    run("train", *quick, "--session", "s.layerlight")
    run("map", "--method", "tsne", "--session", "s.layerlight", "--out", "map.npz")
    run("export", "--session", "s.layerlight", "--keras", "model.keras")
    assert "Run A · model: 784" in run("open", "model.keras", "--session", "opened.layerlight")
    assert "cannot be loaded" not in run("film", "weights", "--session", "s.layerlight", "--out", "film.gif")
    run("sweep", *quick, "--over", "seed=1..2", "--session", "many.layerlight")
    run("handout", "--session", "s.layerlight", "--out", "page.html")
    assert all((tmp_path / name).stat().st_size > 1000 for name in ("map.npz", "film.gif", "page.html"))
    assert run("info", "many.layerlight", "--json").count('"seed":') >= 2
    asked = ("info", str(tmp_path / "s.layerlight"), "--json")
    here = subprocess.run([sys.executable, ROOT / "main.py", *asked], capture_output=True, text=True, check=True)
    assert json.loads(here.stdout) == json.loads(run(*asked)), "a checkout opens it"
    assert "which QT_QPA_PLATFORM names" in run(status=2, QT_QPA_PLATFORM="nonsense")
