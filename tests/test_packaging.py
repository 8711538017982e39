"""What is installed is what is in the checkout: rules and samples too, and nothing undeclared is needed."""

from __future__ import annotations

import ast
import configparser
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = {"xlcheck": "xlcheck", "rules": "xlcheck/_rules", "sample_workbooks": "xlcheck/_samples"}


def build(kind: str, source: Path, into: Path) -> Path:
    """Build a wheel or an sdist with the backend itself: pip would want the network for its isolated build."""
    code = f"import sys, setuptools.build_meta as backend; print(backend.build_{kind}(sys.argv[1]))"
    ran = subprocess.run(
        [sys.executable, "-c", code, str(into)], cwd=source, capture_output=True, encoding="utf-8", check=False
    )
    assert ran.returncode == 0, ran.stderr
    return into / ran.stdout.strip().splitlines()[-1]


def files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path.relative_to(folder).as_posix()


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def configuration() -> configparser.ConfigParser:
    parsed = configparser.ConfigParser()
    parsed.read(ROOT / "setup.cfg", encoding="utf-8")
    return parsed


def requirements(text: str) -> list[Requirement]:
    lines = (line.strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def undeclared(sources: Iterator[Path], declared: list[Requirement]) -> set[str]:
    """Top-level names that the sources import, and that neither Python, xlcheck nor a declared package provides."""
    imported: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                imported.add(node.module.partition(".")[0])
    allowed = {canonicalize_name(requirement.name) for requirement in declared}
    provided = {
        name
        for name, distributions in packages_distributions().items()
        if allowed & {canonicalize_name(distribution) for distribution in distributions}
    }
    return imported - provided - sys.stdlib_module_names - {"xlcheck"}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A wheel built from the tree, and one built from the sdist; from a copy, as building leaves files behind."""
    folder = tmp_path_factory.mktemp("packaging")
    tree = folder / "tree"
    hidden = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "demo-output")
    shutil.copytree(ROOT, tree, ignore=hidden)
    from_tree = build("wheel", tree, folder)
    shutil.rmtree(tree / "build")
    sdist = build("sdist", tree, folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    (folder / "again").mkdir()
    return from_tree, build("wheel", unpacked, folder / "again")


def test_the_wheel_holds_the_code_the_rules_and_the_samples(wheels: tuple[Path, Path]) -> None:
    expected = {f"{inside}/{name}" for outside, inside in SHIPPED.items() for name in files(ROOT / outside)}
    held = contents(wheels[0])
    assert expected - held == set(), "name the package or the kind of file in setup.cfg"
    assert held - expected == set()


def test_the_sdist_builds_the_same_wheel(wheels: tuple[Path, Path]) -> None:
    assert contents(wheels[1]) == contents(wheels[0])


def test_an_installed_copy_works_in_any_folder(wheels: tuple[Path, Path], tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheels[1]) as archive:
        archive.extractall(installed)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", "from xlcheck.cli import main; main(prog_name='xlcheck')", "demo", "--out", "out"],
        cwd=elsewhere,
        env=os.environ | {"PYTHONPATH": str(installed), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stderr
    assert any((elsewhere / "out").rglob("*.xlsx"))


def test_what_is_imported_is_declared() -> None:
    options = configuration()
    runs = requirements(options["options"]["install_requires"])
    tests = requirements(options["options.extras_require"]["test"])
    extras = options["options.extras_require"]
    optional = [each for extra in ("pdf", "dask", "parquet") for each in requirements(extras[extra])]
    assert undeclared((ROOT / "xlcheck").rglob("*.py"), runs + optional) == set()
    local = {"tests", *(path.stem for path in (*ROOT.glob("tests/**/*.py"), *ROOT.glob("docs/*.py")))}
    assert undeclared(ROOT.glob("tests/**/*.py"), runs + optional + tests) - local == set()


def test_a_dependency_has_a_lower_bound_and_no_cap() -> None:
    runs = requirements(configuration()["options"]["install_requires"])
    assert runs
    for requirement in runs:
        assert [specifier.operator for specifier in requirement.specifier] == [">="], str(requirement)
