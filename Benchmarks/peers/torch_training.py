"""Times training the S5 denoiser in eager PyTorch: audio-seconds a second, on one thread and on more.

A training step is what a training step of the denoiser is: short-time spectrum, compressed
magnitudes, network, mask, inverse transform, SI-SNR loss, backward, AdamW. Making mixtures is left
out: the batch is noise of the right shape. Complex products are done as real matrix products, and
the recurrence as one fused multiply-add a time step over all clips and states, with its gradient
written by hand: that leaves it a tenth of a step, and matrix products the largest part.
"""

import argparse
import json
import os
import sys
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional

from markdown_table import markdown
from s5_parameters import MAX_LAMBDA_RE, NORM_EPSILON, Shape, random_parameters

SAMPLE_RATE = 16_000
FRAME_LENGTH = 512
HOP = 128
COMPRESSION = 0.3
SSM_PARAMETERS = ("eigenvalue", "log_step", "B", "C", "D")


class DiagonalScan(torch.autograd.Function):
    """x[t] = a · x[t-1] + u[t] over the first axis, x[-1] = 0; complex, a is [P], u is [T, batch, P].

    Gradients (PyTorch's convention for complex numbers): g[t] = dx[t] + conj(a) · g[t+1], which is
    du[t]; da = Σ conj(x[t-1]) · g[t].
    """

    @staticmethod
    def forward(context, a: Tensor, u: Tensor) -> Tensor:
        x = torch.empty_like(u)
        x[0] = u[0]
        for (previous, _), (current, driven) in pairwise(zip(x.unbind(), u.unbind(), strict=True)):
            torch.addcmul(driven, a, previous, out=current)
        context.save_for_backward(a, x)
        return x

    @staticmethod
    def backward(context, dx: Tensor) -> tuple[Tensor, Tensor]:
        a, x = context.saved_tensors
        a_conjugate = a.conj().resolve_conj()
        g = torch.empty_like(dx)
        g[-1] = dx[-1]
        backwards = zip(reversed(g.unbind()), reversed(dx.unbind()), strict=True)
        for (following, _), (current, outer) in pairwise(backwards):
            torch.addcmul(outer, a_conjugate, following, out=current)
        return torch.sum(x[:-1].conj() * g[1:], dim=(0, 1)), g


class S5Layer(nn.Module):
    """BatchNorm, diagonal state space, GELU, gate, residual sum; [T, batch, H] to the same."""

    def __init__(self, width: int, parameters: dict[str, Tensor]):
        super().__init__()
        self.norm = nn.BatchNorm1d(width, eps=NORM_EPSILON, momentum=0.05)
        self.eigenvalue = nn.Parameter(parameters["lambda"])
        self.log_step = nn.Parameter(parameters["log_step"])
        self.B = nn.Parameter(parameters["B"])
        self.C = nn.Parameter(parameters["C"])
        self.D = nn.Parameter(parameters["D"])
        self.gate = dense(parameters["gate.weight"], parameters["gate.bias"])

    def forward(self, x: Tensor) -> Tensor:
        u = self.norm(x.flatten(0, 1)).view_as(x)
        y = functional.gelu(self.state_space(u), approximate="tanh")
        return x + y * torch.sigmoid(self.gate(y))

    def state_space(self, u: Tensor) -> Tensor:
        """Complex rows alternate real and imaginary parts, so that views replace copies."""
        eigenvalue = torch.complex(self.eigenvalue[:, 0].clamp(max=MAX_LAMBDA_RE), self.eigenvalue[:, 1])
        transition = torch.exp(eigenvalue * torch.exp(self.log_step))
        input_matrix = ((transition - 1) / eigenvalue)[:, None] * torch.view_as_complex(self.B)
        rows = torch.view_as_real(input_matrix).transpose(1, 2).flatten(0, 1)
        driven = torch.view_as_complex(functional.linear(u, rows).unflatten(-1, (-1, 2)))

        states = torch.view_as_real(DiagonalScan.apply(transition, driven)).flatten(-2)
        columns = torch.stack([2 * self.C[..., 0], -2 * self.C[..., 1]], dim=-1).flatten(1)
        return functional.linear(states, columns) + self.D * u


class Denoiser(nn.Module):
    """Noisy clips [batch, samples] to denoised ones, by a mask on the short-time spectrum."""

    def __init__(self, shape: Shape):
        super().__init__()
        parameters = {name: torch.from_numpy(array) for name, array in random_parameters(shape).items()}
        self.encoder = dense(parameters["encoder.weight"], parameters["encoder.bias"])
        self.decoder = dense(parameters["decoder.weight"], parameters["decoder.bias"])
        self.layers = nn.Sequential(*(
            S5Layer(shape.width, {
                name.removeprefix(f"layers.{layer}."): value
                for name, value in parameters.items() if name.startswith(f"layers.{layer}.")
            })
            for layer in range(shape.layers)
        ))
        self.register_buffer("window", torch.hann_window(FRAME_LENGTH).sqrt())

    def network(self, frames: Tensor) -> Tensor:
        """[T, batch, inputs] to [T, batch, outputs]."""
        return self.decoder(self.layers(self.encoder(frames)))

    def forward(self, noisy: Tensor) -> Tensor:
        spectrum = torch.stft(noisy, FRAME_LENGTH, HOP, window=self.window, return_complex=True)
        features = spectrum.abs().pow(COMPRESSION).permute(2, 0, 1).contiguous()
        mask = torch.sigmoid(self.network(features)).permute(1, 2, 0)
        return torch.istft(
            spectrum * mask, FRAME_LENGTH, HOP, window=self.window, length=noisy.shape[-1]
        )


def dense(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
    return layer


def si_snr(estimate: Tensor, reference: Tensor) -> Tensor:
    """Mean scale-invariant signal-to-noise ratio of a batch in dB."""
    estimate = estimate - estimate.mean(-1, keepdim=True)
    reference = reference - reference.mean(-1, keepdim=True)
    scale = (estimate * reference).sum(-1, keepdim=True) / reference.square().sum(-1, keepdim=True)
    target = scale * reference
    noise = (estimate - target).square().sum(-1)
    return 10 * torch.log10(target.square().sum(-1) / (noise + 1e-8) + 1e-8).mean()


def make_optimizer(model: Denoiser) -> torch.optim.Optimizer:
    """Adam for the state space at a quarter of the rate, AdamW for the rest; fused."""
    groups = {True: [], False: []}
    for name, parameter in model.named_parameters():
        groups[name.split(".")[-1] in SSM_PARAMETERS].append(parameter)
    return torch.optim.AdamW(
        [
            {"params": groups[True], "lr": 1e-3, "weight_decay": 0.0},
            {"params": groups[False], "lr": 4e-3, "weight_decay": 0.04},
        ],
        fused=True,
    )


def step_seconds(shape: Shape, batch: int, seconds: float, step_count: int, warm_up: int) -> list[float]:
    """Times `step_count` training steps, each on the same random batch."""
    torch.manual_seed(0)
    model = Denoiser(shape)
    optimizer = make_optimizer(model)
    clean = torch.randn(batch, round(seconds * SAMPLE_RATE)) * 0.1
    noisy = clean + torch.randn_like(clean) * 0.1
    times = []
    for _ in range(warm_up + step_count):
        start = perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = -si_snr(model(noisy), clean)
        loss.backward()
        optimizer.step()
        times.append(perf_counter() - start)
    if not torch.isfinite(loss):
        raise RuntimeError(f"the loss became {loss.item()}; the times mean nothing")
    return times[warm_up:]


def usable_cores() -> int:
    """Cores this process may run on, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--k", type=float, default=1.0, help="width scale of the network (default: 1)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N",
                        help="numbers of threads to time (default: 1 2)")
    parser.add_argument("--batch", type=int, default=8, help="clips in a batch (default: 8)")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a clip (default: 3)")
    parser.add_argument("--steps", type=int, default=20, help="training steps timed (default: 20)")
    parser.add_argument("--warm-up", type=int, default=3, help="steps before them (default: 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the time of every step")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    shape = Shape.scaled(arguments.k)
    audio_seconds = arguments.batch * arguments.seconds
    rows = [["threads", "median s per step", "audio-seconds per second"]]
    times = {}
    for threads in arguments.threads:
        if threads > usable_cores():
            print(f"skipped {threads} threads: only {usable_cores()} cores are usable", file=sys.stderr)
            continue
        torch.set_num_threads(threads)
        times[threads] = step_seconds(
            shape, arguments.batch, arguments.seconds, arguments.steps, arguments.warm_up
        )
        typical = median(times[threads])
        rows.append([str(threads), f"{typical:.3f}", f"{audio_seconds / typical:.0f}"])
    print(f"PyTorch {torch.__version__}, H {shape.width}, P {shape.states}, "
          f"batch of {arguments.batch} × {arguments.seconds:g} s\n")
    print(markdown(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(times, indent=2) + "\n")


if __name__ == "__main__":
    main()
