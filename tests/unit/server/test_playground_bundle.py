"""The committed bundle is what its source makes."""

import hashlib
from pathlib import Path

import brotli
import pytest

from tests import javascript

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "playground"
BUNDLE = ROOT / "gateway_graphql" / "server" / "static"
PARTS = (
    "build",
    "package-lock.json",
    "package.json",
    "src",
    "tsconfig.json",
    "vite.config.js",
)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def files_in(path):
    return [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]


def test_the_bundle_was_built_from_this_source():
    paths = sorted(
        path.relative_to(SOURCE).as_posix()
        for part in PARTS
        for path in files_in(SOURCE / part)
    )
    lines = [f"{sha256((SOURCE / path).read_bytes())}  {path}\n" for path in paths]

    assert (BUNDLE / "sources.sha256").read_text().strip() == sha256(
        "".join(lines).encode()
    ), "run `npm ci && npm run build` in playground/"


def test_every_package_in_the_bundle_has_its_licence():
    licences = (BUNDLE / "LICENSES.txt").read_text()

    for package in ("graphiql", "graphql", "monaco-editor", "react", "react-dom"):
        assert f"\n{package} " in licences


def test_the_bundle_is_not_large():
    sizes = {path.name: path.stat().st_size for path in BUNDLE.glob("*.br")}

    assert 1_700_000 > sum(sizes.values())


def test_nothing_in_the_page_loads_from_elsewhere():
    """The policy forbids it anyway; here it is not even tried by the style."""
    (style,) = (
        brotli.decompress(path.read_bytes()).decode()
        for path in BUNDLE.glob("playground-*.css.br")
    )

    assert "@import" not in style
    assert "url(http" not in style
    assert "url(//" not in style


@pytest.fixture(scope="module")
def npm():
    """Runs an npm command in the source's folder, its packages installed."""
    javascript.install(SOURCE)

    def run(*command, **env):
        return javascript.npm(*command, cwd=SOURCE, env=env)

    return run


def test_the_source_passes_its_own_tests(npm):
    done = npm("test")

    assert 0 == done.returncode, done.stdout + done.stderr


def test_building_again_gives_the_same_bundle(npm, tmp_path):
    done = npm("run", "build", OUT_DIR=str(tmp_path))

    assert 0 == done.returncode, done.stdout + done.stderr
    assert contents(BUNDLE) == contents(tmp_path)


def contents(folder):
    """File name -> what is in it; how well it is compressed may differ."""
    return {
        path.name: sha256(
            brotli.decompress(path.read_bytes())
            if path.suffix == ".br"
            else path.read_bytes()
        )
        for path in folder.iterdir()
    }
