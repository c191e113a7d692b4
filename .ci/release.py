"""What goes with the packages of a release, into their folder (`python .ci/release.py FOLDER`), the same to the byte.

CHANGES.md is the changelog's newest section, bom.json names what is installed with the wheel, SHA256SUMS all files.
"""

import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
ITSELF = "layerlight (pyproject.toml)"  # the wheel, in the lock's comments


def main(folder: Path) -> None:
    """Write the three files."""
    title, _, changes = (ROOT / "CHANGELOG.md").read_text("utf-8").split("\n## ")[1].partition("\n")
    if not re.fullmatch(rf"{re.escape(VERSION)} \(\d{{4}}-\d\d-\d\d\)", title):
        sys.stderr.write(f"Layerlight: no release yet: CHANGELOG.md begins with {title}, not {VERSION} (DATE).\n")
    write(folder / "CHANGES.md", changes.strip() + "\n")
    write(folder / "bom.json", json.dumps(bill((ROOT / "requirements.lock").read_text("utf-8")), indent=2) + "\n")
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != "SHA256SUMS")
    sums = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    write(folder / "SHA256SUMS", "".join(sums))


def write(file: Path, text: str) -> None:
    """Write a text, with the same line ends on every system."""
    file.write_text(text, "utf-8", newline="\n")


def bill(lock: str) -> dict[str, Any]:
    """Return a bill of materials (CycloneDX 1.6): what the wheel needs, without extras, in the versions of the lock.

    Below each requirement the lock names those that need it.
    """
    entries = re.findall(r"^([a-z0-9._-]+)==(\S+)(.*\n(?: .*\n)+)", lock, re.MULTILINE)
    asks = re.compile(r"^ +# +(?:via )?([a-z]\S*(?: \(\S+\))?)$", re.MULTILINE)
    needed_by = {name: set(asks.findall(rest)) for name, _, rest in entries}
    inside = {ITSELF}
    while more := {name for name, others in needed_by.items() if others & inside} - inside:
        inside |= more
    places = {ITSELF: f"pkg:pypi/layerlight@{VERSION}"}
    components = []
    for name, version, rest in entries:
        if name in inside:
            place = places[name] = f"pkg:pypi/{name}@{version}"
            digests = [{"alg": "SHA-256", "content": digest} for digest in re.findall("sha256:([0-9a-f]{64})", rest)]
            component = {"type": "library", "name": name, "version": version, "bom-ref": place, "purl": place}
            components.append(component | {"hashes": digests})
    itself = {"type": "application", "name": "layerlight", "version": VERSION, "bom-ref": places[ITSELF]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": itself | {"licenses": [{"license": {"id": "MIT"}}]}},
        "components": components,
        "dependencies": [
            {"ref": place, "dependsOn": [places[other] for other, others in needed_by.items() if name in others]}
            for name, place in places.items()
        ],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
