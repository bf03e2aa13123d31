"""The API alone, without limits, for tools that send thousands of requests:

python -m tests.web.hsds.serving 18091 sqlite:////path/to/homeward.db
uvx --from schemathesis==4.32.5 st run http://localhost:18091/hsds/openapi.json --max-examples 100
"""

from __future__ import annotations

import os
import sys

from aiohttp import web

from bot.gateway.reading import MAX_BODY
from resources_db.settings import load_settings
from resources_db.web.api import PREFIX, Rate, make_api


def main(port: str, database_url: str) -> None:
    settings = load_settings({**os.environ, "HOMEWARD_PORT": port, "HOMEWARD_DATABASE_URL": database_url})
    app = web.Application(client_max_size=MAX_BODY)
    app.add_subapp(PREFIX, make_api(settings, rate=Rate(burst=1e9, per_second=1e9)))
    web.run_app(app, port=settings.port, access_log=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
