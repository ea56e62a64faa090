"""State and lock that spotters and streams have in common."""

from __future__ import annotations

import ctypes
import threading

from ._errors import Error
from ._library import Handle, check, library


class Runner:
    """An object of the C library with a state. Calls from several threads wait for each other."""

    _kind: str
    _handle: Handle
    _lock: threading.Lock

    def _open(self, what: str, *arguments: object) -> None:
        self._handle = Handle(self._kind, what, *arguments)
        self._lock = threading.Lock()

    def reset(self) -> None:
        """Begins a new signal."""
        with self._lock:
            check(getattr(library, f"sparrow_{self._kind}_reset")(self._handle.value), "reset")

    @property
    def state(self) -> bytes:
        """Everything that is remembered of the signal: bytes that mean the same on every machine.

        Setting it goes on from there; a state of another network or sample rate is refused.
        """
        with self._lock:
            size = getattr(library, f"sparrow_{self._kind}_state_size")(self._handle.value)
            memory = ctypes.create_string_buffer(size)
            save = getattr(library, f"sparrow_{self._kind}_save_state")
            check(save(self._handle.value, memory, size), "state")
        return memory.raw

    @state.setter
    def state(self, state: bytes) -> None:
        if not isinstance(state, (bytes, bytearray)):
            raise Error(f"a state is bytes, not {type(state).__name__}")
        memory = (ctypes.c_char * max(len(state), 1)).from_buffer_copy(bytes(state) or b"\0")
        restore = getattr(library, f"sparrow_{self._kind}_restore_state")
        with self._lock:
            check(restore(self._handle.value, memory, len(state)), "state")
