"""What all tests have: the shared test data, and rewriting of expectations."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.provisions import missing

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser):
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="rewrite the expectations of case folders; the diff is the review",
    )


@pytest.fixture(scope="session")
def shared():
    """The folder of shared test data, which is not part of the repository."""
    folder = Path(os.environ.get("GATEWAY_SHARED", ROOT.parent / "shared"))
    if folder.is_dir():
        return folder
    return missing(f"There is no shared test data at {folder} (set GATEWAY_SHARED).")


@pytest.fixture(scope="session")
def update_cases(request):
    """Whether to rewrite expectations instead of comparing with them."""
    return request.config.getoption("--update-cases")
