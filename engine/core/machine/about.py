"""Facts for a problem report: versions, commit, system, device and folders, without an import of TensorFlow."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engine import VERSION
from engine.core.language import mark, tr
from engine.core.machine.folders import NOWHERE, RESOURCES, logs

PACKAGES = ("tensorflow", "keras", "numpy", "PySide6-Essentials", "pyqtgraph")
QT = "PySide6-Essentials"  # has the version number of its Qt
LICENCES = mark("""\
Layerlight is free software under the MIT licence.
Qt and PySide6 are used under the GNU Lesser General Public Licence, version 3 (LGPL): both may be replaced by others.
TensorFlow and Keras are under the Apache licence 2.0, NumPy under the BSD licence, pyqtgraph under the MIT licence.
The font Inter is under the SIL Open Font Licence 1.1.""")
INSIDE = RESOURCES / "LICENCES.txt"  # the licences of all that is inside a built program: .ci/bundle.py writes them
ROOT = RESOURCES.parent
GIT_SECONDS = 2.0


def package_version(package: str) -> str:
    """Return the version of an installed package, or `(version not known)`."""
    try:
        return version(package)
    except PackageNotFoundError:
        return tr("(version not known)")


def commit(root: Path = ROOT) -> str:
    """Return the commit of the source tree `root`; empty where it is not a git checkout or git is missing."""
    if not (root / ".git").exists():  # otherwise git would name the commit of a repository further up
        return ""
    try:
        result = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--short=10", "HEAD"],
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""


def facts(device: str, *more: str) -> str:
    """Return all facts as lines of text, ending with the licences; `more` are lines from the caller."""
    lines = [
        f"Layerlight {VERSION}",  # no text
        tr("Commit: {commit}", commit=commit()) if commit() else tr("Commit: not known (no git checkout)"),
        tr("Python {version} on {system}", version=platform.python_version(), system=platform.platform()),
        f"Qt {package_version(QT)}",  # no text
        *(f"{package} {package_version(package)}" for package in PACKAGES),
        tr("Computes on: {device}", device=device) if device else tr("Computes on: not known yet"),
        *more,
        tr("Log files: none") if logs() == NOWHERE else tr("Log files: {folder}", folder=logs()),
    ]
    return "\n".join([*lines, "", tr(LICENCES)])
