"""Models: plans that have been checked."""

from __future__ import annotations

import ctypes
import os
import pathlib
from typing import TYPE_CHECKING, Literal, TypeAlias

from ._errors import Error
from ._library import Handle, Information, check, library

if TYPE_CHECKING:
    from ._network import Network

_Kind = Literal["network", "denoiser", "spotter", "language model"]
_KINDS: tuple[_Kind, ...] = ("network", "denoiser", "spotter", "language model")


class Model:
    """A plan: the bytes that `sparrow pack` makes of a network. Immutable; any number of
    denoisers, spotters and streams share one, in any threads.

    >>> Model.builtin("denoiser").sample_rate
    16000
    """

    __slots__ = ("_handle", "_information", "_name", "_plan")

    def __init__(self, plan: bytes) -> None:
        """Checks the bytes of a plan and copies them.

        Raises `Error` where they are none, or one of another version.
        """
        if not isinstance(plan, (bytes, bytearray, memoryview)):
            raise Error(f"a plan is bytes, not {type(plan).__name__}")
        self._plan: bytes | None = bytes(plan)
        self._name: str | None = None
        self._handle = Handle("model", "not a plan that runs here", self._plan, len(self._plan))
        self._read()

    @classmethod
    def builtin(cls, name: str) -> Model:
        """A model that the library holds: "denoiser" (16 kHz), "denoiser-full-band" (48 kHz) or
        "keywords"."""
        model = cls.__new__(cls)
        model._plan, model._name = None, str(name)
        model._handle = Handle("builtin", repr(name), str(name).encode("utf-8", "replace"))
        model._read()
        return model

    @classmethod
    def builtin_denoiser(cls, sample_rate: int) -> Model:
        """The built-in denoiser for sound of a sample rate: that at 48 kHz above 16 kHz."""
        return cls.builtin(library.sparrow_builtin_denoiser(sample_rate).decode())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Reads a plan, or a model file, which the command `sparrow` packs."""
        data = read_file(path)
        if data[:8] == b"SPARROWP":
            return cls(data)
        from ._command import pack

        return cls(pack(path))

    def _read(self) -> None:
        self._information = Information()
        check(
            library.sparrow_model_get_information(
                self._handle.value, ctypes.byref(self._information)
            ),
            "model",
        )

    @property
    def kind(self) -> _Kind:
        """The task of the network: frames of numbers, denoising or spotting."""
        return _KINDS[int(self._information.kind)]

    @property
    def sample_rate(self) -> int | None:
        """Samples a second that the network hears; None without sound."""
        return self._information.sample_rate or None

    @property
    def hop(self) -> int | None:
        """Samples in a frame at the network's rate; None without sound."""
        return self._information.hop or None

    @property
    def input_width(self) -> int:
        """Values in a frame of the network, without its front end."""
        return int(self._information.input_width)

    @property
    def output_width(self) -> int:
        """Values in the network's answer to a frame."""
        return int(self._information.output_width)

    @property
    def words(self) -> list[str]:
        """The words that a spotter hears, in order; none for other networks."""
        return [
            library.sparrow_model_word(self._handle.value, word).decode()
            for word in range(self._information.word_count)
        ]

    @property
    def fingerprint(self) -> int:
        """Differs for networks that differ; a state belongs to one."""
        return int(self._information.fingerprint)

    @property
    def plan(self) -> bytes | None:
        """The bytes that the model was made of; None for a built-in one."""
        return self._plan

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        if self._name is not None:
            return (Model.builtin, (self._name,))
        return (Model, (self._plan,))

    def __repr__(self) -> str:
        return f"<sparrow.Model: {self.kind}, {self.input_width} to {self.output_width} values>"


ModelLike: TypeAlias = "Model | Network | bytes | str | os.PathLike[str]"
"""Sources of a model: a plan's bytes, the path of a plan or model file, or a network."""


def as_model(source: ModelLike) -> Model:
    """The model of a plan's bytes, a path, or a network, which the command `sparrow` packs."""
    from ._network import Network

    if isinstance(source, Model):
        return source
    if isinstance(source, Network):
        return Model(source.pack())
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Model(bytes(source))
    if isinstance(source, (str, os.PathLike)):
        return Model.load(source)
    raise Error(
        f"no model can be made of {type(source).__name__}; "
        "expected a Model, a Network, a path, or the bytes of a plan"
    )


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file, or an `Error`."""
    try:
        return pathlib.Path(path).read_bytes()
    except (OSError, ValueError, TypeError) as error:
        raise Error(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
