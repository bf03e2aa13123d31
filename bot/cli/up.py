"""`homeward up`: everything, under one supervisor."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import sys
from typing import Any


def add_to(commands: Any) -> None:
    parser = commands.add_parser("up", help="run everything until Ctrl-C", description=__doc__)
    parser.add_argument("--port", type=int, help="where families reach it (default: HOMEWARD_PORT, else 8080)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from bot.place import own_folder, own_port
    from bot.supervisor import Supervisor, parts_of
    from resources_db.settings import load_settings, unknown_settings

    settings = load_settings()
    for sentence in unknown_settings():
        print(sentence, file=sys.stderr)
    if arguments.port is not None:
        if not 1 <= arguments.port <= 65535:
            print(f"--port {arguments.port}: give a number from 1 to 65535", file=sys.stderr)
            return 2
        public = settings.public_url.replace(f"http://localhost:{settings.port}", f"http://localhost:{arguments.port}")
        settings = dataclasses.replace(settings, port=arguments.port, public_url=public)
    with own_folder(settings.var_dir), own_port(settings.port) as sockets:

        async def supervise() -> int:
            return await Supervisor(settings, parts_of(settings, sockets), lambda line: print(line, flush=True)).run()

        return asyncio.run(supervise())
