"""Measure the gateway on the field's benchmark workload (`make bench`).

The workload and its driver are shared test data (`bench/` in the folder that
GATEWAY_SHARED names). CPU ms per operation is the figure to compare; more flags go to
the driver: `make bench ARGS="--operations light --seconds 5"`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHARED = Path(
    os.environ.get("GATEWAY_SHARED", Path(__file__).resolve().parents[2] / "shared")
)


def main() -> int:
    """Run the driver on this gateway."""
    missing = [name for name in ("wrk", "gcc") if shutil.which(name) is None]
    if missing:
        print(f"The load generator needs: apt-get install {' '.join(missing)}")
        return 2
    gateway = Path(sys.executable).with_name("gateway-graphql")
    serve = f"{gateway} serve --supergraph {{supergraph}} --port {{port}}"
    driver = [sys.executable, str(SHARED / "bench" / "bench.py"), "--command", serve]
    return subprocess.run([*driver, *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
