"""`make conformance`: does the HSDS API do what its own OpenAPI document says, whatever anybody sends?

Serves the sample directory without rate limits and lets Schemathesis ask it thousands of questions. Schemathesis
needs newer packages than Rasa allows, so it runs in an environment of its own, fetched once by uv.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bot.project import ROOT, SAMPLE
from resources_db.database import make_engine
from resources_db.exchange import import_directory
from resources_db.geo.gazetteer import open_gazetteer
from resources_db.migrations import upgrade
from resources_db.settings import load_settings

SCHEMATHESIS = "schemathesis==4.32.5"
_SECONDS_TO_START = 60


def main() -> int:
    """Schemathesis's exit code: 0 when it found nothing."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/sample.db"
        engine = make_engine(database)
        upgrade(engine)
        import_directory(engine, SAMPLE, source="sample")
        open_gazetteer(load_settings().gazetteer_path).close()  # made now, not during the first question
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        document = f"http://localhost:{port}/hsds/openapi.json"
        server = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "tests.web.hsds.serving", port, database], cwd=ROOT)
        try:
            _wait_for(document)
            uv = str(Path(ROOT, ".tools", "uv"))
            run = [uv, "tool", "run", "--python", ">=3.11", "--from", SCHEMATHESIS, "st", "run", document]
            return subprocess.run([*run, "--max-examples", "100", *sys.argv[1:]], cwd=folder, check=False).returncode
        finally:
            server.terminate()
            server.wait()


def _wait_for(url: str) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            with urlopen(url, timeout=5):
                return
        except URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
