"""What the reference servers share: how they start, say their port and end."""

import asyncio
import os
import sys

import uvicorn


def quit_on_eof() -> None:
    """Ends the process when whoever started it is gone; runs in a thread of its own."""
    sys.stdin.buffer.read()
    os._exit(0)


class Announcing(uvicorn.Server):
    """A server that prints its port as soon as it listens, behind its name when it has one."""

    def __init__(self, config: uvicorn.Config, name: str = ""):
        super().__init__(config)
        self.name = name

    async def startup(self, sockets=None):
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"{self.name} {port}".strip(), flush=True)


async def serve_all(servers: list[Announcing]) -> None:
    """Runs several servers in one process."""
    await asyncio.gather(*(server.serve() for server in servers))
