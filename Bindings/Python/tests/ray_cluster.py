#!/usr/bin/env python3
"""Cleans 200 recordings over a Ray cluster of two nodes, one of whose workers, and then one of
whose nodes, is killed in the middle. Scripts/test-ray.sh runs it where there is loopback alone.

usage: ray_cluster.py FOLDER
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import wave

import numpy as np
import ray
import sparrow
import sparrow.ray

COUNT = 200
PORT = 26379


def start(*options: str) -> None:
    command = [str(pathlib.Path(sys.executable).with_name("ray")), "start", "--num-cpus=1"]
    common = ["--node-ip-address=127.0.0.1", "--object-store-memory=80000000"]
    subprocess.run([*command, *common, *options], check=True, stdout=subprocess.DEVNULL)


def processes(*words: str) -> list[int]:
    """Processes of Ray whose command lines have all of these words."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if all(word in line for word in words):
            found.append(int(folder.name))
    return found


def write(path: pathlib.Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    signal_ = np.sin(np.arange(80_000) * 0.05) * 0.2 + random.standard_normal(80_000) * 0.05
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((signal_ * 32767).astype("<i2").tobytes())


def read(path: pathlib.Path) -> bytes:
    with wave.open(str(path), "rb") as file:
        return file.readframes(1 << 30)


def kill_in_the_middle(target: pathlib.Path, log: list[str]) -> None:
    def wait(count: int) -> None:
        while len(list(target.rglob("*.wav"))) < count:
            time.sleep(0.01)

    raylets = processes(str(target.parent), "--raylet_socket_name")
    wait(30)
    workers: list[int] = []
    while not workers:
        workers = [pid for pid in processes("ray::Map") if parent(pid) in raylets]
    os.kill(workers[0], signal.SIGKILL)
    log.append(f"a worker after {len(list(target.rglob('*.wav')))} files")
    wait(90)
    # Not the node that this program hangs on.
    own = ray.get_runtime_context().get_node_id()
    other = next(node for node in ray.nodes() if node["NodeID"] != own)["RayletSocketName"]
    os.kill(processes(other, "--raylet_socket_name")[0], signal.SIGKILL)
    log.append(f"a node after {len(list(target.rglob('*.wav')))} files")


def parent(pid: int) -> int:
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(status.split("PPid:")[1].split()[0])


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    source, target = folder / "noisy", folder / "clean"
    for index in range(COUNT - 1):
        write(source / f"part{index % 3}/{index}.wav", index)
    (source / "part0/broken.wav").write_bytes(b"RIFF\x10\0\0\0WAVEfmt nothing of the kind")
    (source / "notes.txt").write_text("no sound")
    temporary = str(folder / "ray")
    start("--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={temporary}")
    start(f"--address=127.0.0.1:{PORT}")
    ray.init(address=f"127.0.0.1:{PORT}", logging_level="ERROR", log_to_driver=False)
    deadline = time.monotonic() + 60
    while len([node for node in ray.nodes() if node["Alive"]]) < 2:
        assert time.monotonic() < deadline, "the second node does not come"
        time.sleep(0.1)
    ray.data.DataContext.get_current().enable_progress_bars = False
    log: list[str] = []
    killer = threading.Thread(target=kill_in_the_middle, args=(target, log), daemon=True)
    killer.start()
    began = time.monotonic()
    report = sparrow.ray.denoise_folder(source, target)
    seconds = time.monotonic() - began
    killer.join(1)
    assert len(log) == 2, f"killed {log}"

    assert len(report.rows) == COUNT, len(report.rows)
    assert len({row["path"] for row in report.rows}) == COUNT, "a file twice"
    assert [row["path"] for row in report.failed] == ["part0/broken.wav"], report.failed
    assert report.failed[0]["error"], "without a reason"
    assert len(report.of("cleaned")) == COUNT - 1
    written = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    assert written == sorted(row["path"] for row in report.of("cleaned")), "lost, or left over"
    for index in range(0, COUNT - 1, 7):
        path = f"part{index % 3}/{index}.wav"
        sparrow.Denoiser().file(source / path, folder / "one.wav")
        assert read(target / path) == read(folder / "one.wav"), path

    # Interrupted runs go on: what is there stays as it is.
    for index in (3, 4):
        (target / f"part{index % 3}/{index}.wav").unlink()
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*.wav")}
    again = sparrow.ray.denoise_folder(source, target)
    assert len(again.of("there")) == COUNT - 3 and len(again.of("cleaned")) == 2
    assert all(path.stat().st_mtime_ns == time_ for path, time_ in before.items())
    again.write(folder / "report.jsonl")
    lines = (folder / "report.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == again.rows
    print(f"{COUNT} files in {seconds:.1f} s; killed {' and '.join(log)}; nothing lost or twice")


if __name__ == "__main__":
    main()
