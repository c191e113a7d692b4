"""A release is the same to the byte each time, and its bill and its sums are of what it holds."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def released(folder, *, changelog=None):
    """Return a folder with a small package and what goes with it, and what was said."""
    checkout = folder / "checkout"
    shutil.copytree(ROOT / ".ci", checkout / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.lock", "CHANGELOG.md"):
        shutil.copyfile(ROOT / name, checkout / name)
    if changelog:
        (checkout / "CHANGELOG.md").write_text(changelog, "utf-8")
    dist = folder / "dist"
    dist.mkdir()
    (dist / "a-package.whl").write_bytes(b"a package")
    words = [sys.executable, checkout / ".ci/release.py", dist]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    return dist, done.stderr


def test_the_bill_names_what_the_wheel_needs_in_the_versions_and_with_the_hashes_of_the_lock(tmp_path):
    dist, _ = released(tmp_path)
    bill = json.loads((dist / "bom.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    named = {part["name"]: part for part in bill["components"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.split(r"[^\w-]", line)[0].lower() for line in project["dependencies"]}
    assert wanted | {"h5py", "shiboken6"} <= named.keys() and not named.keys() & {"ruff", "pytest", "matplotlib"}
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    for name, part in named.items():
        entry = re.search(rf"^{re.escape(name)}==(\S+).*?(?=^\w|\Z)", lock, re.MULTILINE | re.DOTALL)
        assert part["version"] == entry[1] and part["purl"] == f"pkg:pypi/{name}@{entry[1]}"
        assert [digest["content"] for digest in part["hashes"]] == re.findall(r"sha256:(\w+)", entry[0])
    itself = bill["metadata"]["component"]
    needs = {entry["ref"]: entry["dependsOn"] for entry in bill["dependencies"]}
    assert itself["version"] == project["version"]
    assert {place.partition("/")[2].partition("@")[0] for place in needs[itself["bom-ref"]]} == wanted
    assert named["h5py"]["bom-ref"] in needs[named["keras"]["bom-ref"]]
    assert needs.keys() == {itself["bom-ref"], *(part["bom-ref"] for part in named.values())}


def test_the_sums_are_of_all_files_and_the_changes_are_the_newest_section(tmp_path):
    dist, said = released(tmp_path, changelog="# Changelog\n\n## 7.0.0 (2030-01-02)\n\n- new\n\n## 6.0.0\n\n- old\n")
    assert "begins with 7.0.0 (2030-01-02), not" in said and len(said.splitlines()) == 1
    assert (dist / "CHANGES.md").read_text("utf-8") == "- new\n"
    sums = dict(reversed(line.split("  ")) for line in (dist / "SHA256SUMS").read_text("utf-8").splitlines())
    assert sums == {name: hashlib.sha256((dist / name).read_bytes()).hexdigest() for name in sums}
    assert sums.keys() == {"CHANGES.md", "a-package.whl", "bom.json"}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    _, said = released(tmp_path / "dated", changelog=f"# Changelog\n\n## {version} (2030-01-02)\n\n- new\n")
    assert said == ""


def test_every_section_of_the_changelog_but_the_one_to_come_is_dated():
    titles = re.findall(r"^## (.*)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    dated = re.compile(r"\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)")
    assert [title for title in titles[titles[0] == "Unreleased" :] if not dated.fullmatch(title)] == []


def build(root, folder):
    """Build a source package from a folder, and a wheel; return the two files."""
    for target in ("sdist", "wheel"):
        words = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", folder]
        subprocess.run(words, cwd=root, check=True, capture_output=True, timeout=200)
    return sorted(folder.iterdir())


@pytest.mark.slow
def test_two_builds_are_the_same_to_the_byte_and_so_is_the_wheel_of_the_packed_source(tmp_path):
    first, again = build(ROOT, tmp_path / "first"), build(ROOT, tmp_path / "again")
    with tarfile.open(next(file for file in first if file.suffix == ".gz")) as source:
        source.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("layerlight-*")
    wheel, _ = build(unpacked, tmp_path / "from source")
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in again]
    assert wheel.read_bytes() == first[0].read_bytes()


def workflow():
    """Return the text of the workflow, and what its steps run, each with the lines of its step below it."""
    text = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    return text, re.findall(r"^ +- run: (.*)\n((?: {8}.*\n)*)", text, re.MULTILINE)


def test_the_workflow_names_commands_that_there_are_three_systems_and_no_actions_of_strangers():
    text, steps = workflow()
    commands = re.findall(r"^@command\(.*\)\ndef (\w+)", (ROOT / ".ci/make.py").read_text("utf-8"), re.MULTILINE)
    one = re.compile(r"python \.ci/make\.py ([a-z_]+)( \|\| sudo sh \.ci/setup libraries test)?")
    named = [one.fullmatch(run) for run, more in steps if not more]
    assert all(named) and {"lint", "test", "bundle"} <= {match[1] for match in named} <= set(commands), steps
    assert text.count("run:") == len(steps) + 1, "and the shell they run in"
    actions = {"checkout", "setup-python", "upload-artifact"}
    assert set(re.findall(r"uses: (\S+)@", text)) == {f"actions/{name}" for name in actions}
    jobs = re.findall(r"^  \w+:\n    strategy:", text, re.MULTILINE)
    assert len(re.findall(r"system: \[ubuntu-\S+, windows-\S+, macos-\S+\]", text)) == len(jobs) == 2


def test_the_workflow_builds_the_program_after_what_packs_it_is_there_and_keeps_the_folder_it_is_built_into():
    text, steps = workflow()
    ((tool, where),) = [step for step in steps if step[1]]
    assert where.strip() == "if: runner.os == 'Windows'"
    assert re.fullmatch(r"command -v iscc \|\| choco install innosetup .*", tool)
    build = "python .ci/make.py bundle"
    assert [run for run, _ in steps].index(tool) + 1 == [run for run, _ in steps].index(build)
    kept = text[text.index(build) :]
    assert 'setting("DIST", "dist")' in (ROOT / ".ci/make.py").read_text("utf-8") and "path: dist\n" in kept
    assert "if-no-files-found: error\n" in kept
