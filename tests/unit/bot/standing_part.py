"""A process for the supervisor's tests: `python -m tests.unit.bot.standing_part WHAT…`, see what each of them does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def main(what: str, *more: str) -> None:
    folder = Path(os.environ["HOMEWARD_VAR"])
    with (folder / f"{what}.pids").open("a") as file:
        file.write(f"{os.getpid()}\n")
    if what == "fail":
        sys.exit(3)
    if what == "succeed":
        return
    if what == "chatter":
        print("x" * int(more[0]), flush=True)
    if what == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if what == "parent":
        subprocess.Popen([sys.executable, "-m", "tests.unit.bot.standing_part", "child"])
    if what == "gateway":
        _serve(folder)
    time.sleep(120)


def _serve(folder: Path) -> None:
    """/readyz as the file `parts.json` says."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = (folder / "parts.json").read_bytes()
            self.send_response(200 if all(json.loads(content)["parts"].values()) else 503)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    ThreadingHTTPServer(("127.0.0.1", int(os.environ["HOMEWARD_PORT"])), Ready).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
