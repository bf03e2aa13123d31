"""What the directory shows over HTTP: aiohttp applications that the gateway mounts."""
