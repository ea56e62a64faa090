#!/usr/bin/env python3
"""Denoises raw 16-bit samples of 16 kHz by a server, in real time, whatever becomes of connections.

usage: denoise.py ws://localhost:8080/v1/denoise < noisy.raw > clean.raw
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

PIECE = 2 * 320  # 20 ms


async def send(socket, noisy, state):
    """Sends what a state has not consumed, and asks for the next state each second."""
    if state:
        await socket.send(state)
    start = 2 * json.loads(state)["consumed"] if state else 0
    for place in range(start, len(noisy), PIECE):
        await socket.send(noisy[place : place + PIECE])
        if place // PIECE % 50 == 49:
            await socket.send('{"type": "state"}')
        await asyncio.sleep(0.02)
    await socket.send('{"type": "end"}')


async def denoise(url, noisy):
    clean, state = bytearray(), None
    async for socket in connect(url):  # and again, after growing pauses
        sender = asyncio.create_task(send(socket, noisy, state))
        try:
            async for message in socket:
                if isinstance(message, bytes):
                    clean += message
                elif json.loads(message)["type"] == "end":
                    return bytes(clean)
                else:
                    state = message
        except ConnectionClosed:
            pass
        finally:
            sender.cancel()
        # What came after the state comes again.
        del clean[2 * json.loads(state)["produced"] if state else 0 :]
    raise ConnectionError(f"{url} is gone")


if __name__ == "__main__":
    result = asyncio.run(denoise(sys.argv[1], sys.stdin.buffer.read()))
    sys.stdout.buffer.write(result)
