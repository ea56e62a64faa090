"""Recurrent cells: RNN, LSTM, GRU and the event-based GRU, with recurrence in any structure."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from .. import layers
from .._errors import Error
from ._events import EventOptions, run_events
from ._layer import Layer, Own, State, linear, parameter
from ._quantization import CellRounding
from ._structure import Name, Structure


class Cell(Layer):
    """What recurrent cells share: a = W x + b of all steps at once, then step by step q = R h + c.

    `input_weight` [gates units, inputs], `recurrent_weight` [gates units, units of a block],
    `input_bias`, `recurrent_bias` [gates units], uniform within 1 / √units.
    """

    gates: int
    recurrent_gates: int
    """Gates whose products R h are made at once."""

    def __init__(
        self,
        inputs: int,
        units: int,
        structure: Name = "full",
        blocks: int | None = None,
        shuffled: bool = False,
    ) -> None:
        super().__init__()
        self.width = inputs
        self.units = units
        self.structure = Structure(structure, units, blocks, shuffled)
        rows = self.gates * units
        self.input_weight = parameter(rows, inputs)
        self.recurrent_weight = parameter(self.recurrent_gates * units, self.structure.size)
        self.input_bias = parameter(rows)
        self.recurrent_bias = parameter(rows)
        self.weight_dropout = 0.0
        """The share of recurrent weights that is dropped in training, anew for each pass
        (DropConnect, Wan et al. 2013)."""
        self.rounding: CellRounding | None = None
        """Rounds what is sent, not what units keep, in training for fixed point."""
        self._initialize()

    def _initialize(self) -> None:
        for tensor in self.parameters():
            nn.init.uniform_(tensor, -(self.units**-0.5), self.units**-0.5)

    def _dropped(self, weight: Tensor) -> Tensor:
        if not self.training or self.weight_dropout == 0:
            return weight
        return nn.functional.dropout(weight, self.weight_dropout)

    def _walk(self, a: Tensor, first: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The answers to a, (steps, batch, gates units), and the state after the last."""
        weight = self._dropped(self.recurrent_weight)
        if self.rounding is not None:
            self.rounding.begin()
        state, read = first, self._read(first[0])
        rows, sent = [], []
        for row in a:
            q = self.structure.product(read, weight, self.recurrent_bias)
            state = self._step(row, q, state)
            read = self._read(state[0])
            rows.append(read)
            sent.append(state[0])
        if self.rounding is not None and self.training:
            self.rounding.follow(torch.stack(sent))
        return torch.stack(rows), state

    def _read(self, sent: Tensor) -> Tensor:
        """What products and the next layer see of what is sent."""
        return sent if self.rounding is None else self.rounding.step(sent)

    def _step(self, a: Tensor, q: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The next state, what is sent first."""
        raise NotImplementedError

    states = 1
    """Vectors of a state."""

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        if state is None:
            state = (x.new_zeros(x.shape[1], self.units),) * self.states
        a = linear(x, self.input_weight, self.input_bias)
        y, end = self._walk(a, state)
        return y, tuple(part.detach() for part in end)

    def own(self) -> list[Own]:
        return [
            Own("inputWeight", self.input_weight, "weight"),
            Own("recurrentWeight", self.recurrent_weight, "weight"),
            Own("inputBias", self.input_bias, "bias"),
            Own("recurrentBias", self.recurrent_bias, "bias"),
        ]


class RNN(Cell):
    """h_t = f(a + q), f being tanh or relu."""

    gates = recurrent_gates = 1

    def __init__(
        self, inputs: int, units: int, function: Literal["tanh", "relu"] = "tanh", **structure: Any
    ) -> None:
        if function not in ("tanh", "relu"):
            raise Error(f"function is {function!r}; expected tanh or relu")
        self.function = function
        super().__init__(inputs, units, **structure)

    def _step(self, a: Tensor, q: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return ((torch.relu if self.function == "relu" else torch.tanh)(a + q),)

    def description(self) -> layers.Layer:
        return self.structure.describe(layers.rnn(self.units, self.function))


class LSTM(Cell):
    """Gates i, f, g, o, as PyTorch's: c_t = f c_{t-1} + i g, h_t = o tanh(c_t)."""

    gates = recurrent_gates = 4
    states = 2

    def _step(self, a: Tensor, q: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        gates = a + q
        i, f, o = torch.sigmoid(gates.index_select(1, self._sigmoids(gates))).chunk(3, 1)
        c = torch.addcmul(f * state[1], i, torch.tanh(gates[:, 2 * self.units : 3 * self.units]))
        return o * torch.tanh(c), c

    def _sigmoids(self, gates: Tensor) -> Tensor:
        places = torch.arange(4 * self.units, device=gates.device)
        return torch.cat([places[: 2 * self.units], places[3 * self.units :]])

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        if self.structure.blocks > 1 or self.rounding is not None:
            return super().run(x, state)
        if state is None:
            state = (x.new_zeros(x.shape[1], self.units),) * 2
        weights = [
            self.input_weight,
            self._dropped(self.recurrent_weight),
            self.input_bias,
            self.recurrent_bias,
        ]
        first = tuple(part[None].contiguous() for part in state)
        y, h, c = torch._VF.lstm(x, first, weights, True, 1, 0.0, self.training, False, False)
        return y, (h[0].detach(), c[0].detach())

    def description(self) -> layers.Layer:
        return self.structure.describe(layers.lstm(self.units))


class GRU(Cell):
    """Gates r, z, n, as PyTorch's: n = tanh(a_n + r q_n), h_t = (1 - z) n + z h_{t-1}. With
    `resets_first`, n = tanh(a_n + R_n (r h_{t-1}) + c_n), as first published (Cho et al. 2014)."""

    gates = recurrent_gates = 3

    def __init__(
        self, inputs: int, units: int, resets_first: bool = False, **structure: Any
    ) -> None:
        self.resets_first = resets_first
        self.recurrent_gates = 2 if resets_first else 3
        super().__init__(inputs, units, **structure)
        if resets_first:
            self.candidate_weight = parameter(units, self.structure.size)
            nn.init.uniform_(self.candidate_weight, -(units**-0.5), units**-0.5)

    def _walk(self, a: Tensor, first: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        if not self.resets_first:
            return super()._walk(a, first)
        weight = self._dropped(self.recurrent_weight)
        split = 2 * self.units
        candidate = self._dropped(self.candidate_weight)
        bias, candidate_bias = self.recurrent_bias[:split], self.recurrent_bias[split:]
        if self.rounding is not None:
            self.rounding.begin()
        h, read = first[0], self._read(first[0])
        rows, sent = [], []
        for row in a:
            q = self.structure.product(read, weight, bias)
            r, z = torch.sigmoid(row[:, :split] + q).chunk(2, 1)
            reset = self._read(r * h)
            n = torch.tanh(
                row[:, split:] + self.structure.product(reset, candidate, candidate_bias)
            )
            h = torch.addcmul(n, z, h - n)
            read = self._read(h)
            rows.append(read)
            sent.append(h)
        if self.rounding is not None and self.training:
            self.rounding.follow(torch.stack(sent))
        return torch.stack(rows), (h,)

    def _step(self, a: Tensor, q: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (_gru(a, q, state[0], self.units),)

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        if self.structure.blocks > 1 or self.resets_first or self.rounding is not None:
            return super().run(x, state)
        first = x.new_zeros(x.shape[1], self.units) if state is None else state[0]
        weights = [
            self.input_weight,
            self._dropped(self.recurrent_weight),
            self.input_bias,
            self.recurrent_bias,
        ]
        y, h = torch._VF.gru(
            x, first[None].contiguous(), weights, True, 1, 0.0, self.training, False, False
        )
        return y, (h[0].detach(),)

    def description(self) -> layers.Layer:
        return self.structure.describe(layers.gru(self.units, self.resets_first))

    def own(self) -> list[Own]:
        own = super().own()
        if self.resets_first:
            own.insert(2, Own("candidateWeight", self.candidate_weight, "weight"))
        return own


def _gru(a: Tensor, q: Tensor, h: Tensor, units: int) -> Tensor:
    r, z = torch.sigmoid(a[:, : 2 * units] + q[:, : 2 * units]).chunk(2, 1)
    n = torch.tanh(torch.addcmul(a[:, 2 * units :], r, q[:, 2 * units :]))
    return torch.addcmul(n, z, h - n)


class EGRU(Cell):
    """The event-based GRU (Subramoney et al. 2023): units send their value only when it exceeds
    their threshold ϑ, clamped to 0…1, by which a unit that has sent is lowered.

        v_t = GRU(x_t, y_{t-1}, h_{t-1}), e_t = v_t > ϑ, y_t = e_t v_t, h_t = v_t - e_t ϑ

    In training damping · max(0, 1 - support |v - ϑ|) takes the place of the derivative of e by v
    (`surrogate="event"`), or, of silent units, of that of y by v (`"output"`).
    """

    gates = recurrent_gates = 3
    states = 2

    def __init__(
        self,
        inputs: int,
        units: int,
        *,
        trains_thresholds: bool = True,
        initial_threshold: float = 0.01,
        damping: float = 0.7,
        support: float = 1.0,
        surrogate: Literal["event", "output"] = "event",
        reset_interval: int | None = None,
        **structure: Any,
    ) -> None:
        if surrogate not in ("event", "output"):
            raise Error(f"surrogate is {surrogate!r}; expected event or output")
        if damping < 0 or support < 0:
            raise Error(f"damping {damping} and support {support}; expected none below zero")
        self.trains_thresholds = trains_thresholds
        self.initial_threshold = initial_threshold
        self.damping, self.support, self.surrogate = damping, support, surrogate
        self.reset_interval = reset_interval
        super().__init__(inputs, units, **structure)
        self.threshold = nn.Parameter(
            torch.empty(units).uniform_(0, 2 * initial_threshold), requires_grad=trains_thresholds
        )

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        zeros = x.new_zeros(x.shape[1], self.units)
        sent, kept, steps = state if state is not None else (zeros, zeros, 0)
        a = linear(x, self.input_weight, self.input_bias)
        weight = self._dropped(self.recurrent_weight)
        options = EventOptions(
            self.structure,
            self.damping,
            self.support,
            self.surrogate == "output",
            self.reset_interval,
            steps,
            self.rounding,
            self.training,
        )
        threshold = self.threshold.clamp(0, 1)
        y, sent, kept = run_events(a, weight, self.recurrent_bias, threshold, sent, kept, options)
        return y, (sent.detach(), kept.detach(), steps + len(y))

    def description(self) -> layers.Layer:
        options: dict[str, Any] = {
            "trainsThresholds": self.trains_thresholds,
            "initialThreshold": self.initial_threshold,
            "damping": self.damping,
            "support": self.support,
            "surrogate": self.surrogate,
        }
        if self.reset_interval is not None:
            options["resetInterval"] = self.reset_interval
        return self.structure.describe(layers.event_gru(self.units, **options))

    def own(self) -> list[Own]:
        threshold = Own("threshold", self.threshold, "threshold", is_trained=self.trains_thresholds)
        return [*super().own(), threshold]
