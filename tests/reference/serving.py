"""What the reference servers share: how they start, say their port and end."""

import os
import sys

import uvicorn


def quit_on_eof() -> None:
    """Ends the process when whoever started it is gone; runs in a thread of its own."""
    sys.stdin.buffer.read()
    os._exit(0)


class Announcing(uvicorn.Server):
    """A server that prints its port as soon as it listens."""

    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)
