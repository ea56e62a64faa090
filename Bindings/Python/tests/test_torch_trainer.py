"""sparrow.torch against Sparrow's own trainer: values that `sparrow train` computed
(make_trainer_fixture.py)."""

import json
import pathlib

import numpy as np
import pytest
import sparrow

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from sparrow import torch as st  # noqa: E402
from sparrow.torch import language  # noqa: E402
from sparrow.torch._recipe import Recipe  # noqa: E402
from sparrow.torch._trainer import Trainer  # noqa: E402

FIXTURE = pathlib.Path(__file__).parent / "fixtures/trainer.npz"


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURE) as file:
        return dict(file)


def group(stored, prefix):
    return {n[len(prefix) :]: values for n, values in stored.items() if n.startswith(prefix)}


def make(stored, folder, title, **options):
    (folder / "text").write_bytes(stored["text"].tobytes())
    (folder / "recipe.json").write_bytes(stored[f"{title}/recipe"].tobytes())
    recipe = Recipe(folder / "recipe.json")
    task = language.LanguageTask(recipe, [str(folder)])
    initial = sparrow.Network(8, recipe.layers, group(stored, "initial/"), front_end=task.front_end)
    options = {"say": lambda line: None, **options}
    return Trainer(recipe, task, folder / "run", initial=initial, **options)


def distance(ours, stored):
    """The largest difference, relative to the largest value."""
    return np.abs(ours - stored).max() / max(np.abs(stored).max(), 1e-8)


def test_gradients_are_those_of_sparrow(stored, tmp_path):
    trainer = make(stored, tmp_path, "dense")
    module, task = trainer.module.train(), trainer.task
    loss = task.loss(task.forward(module, task.batch(0), None)[0])
    loss.backward()
    gradients = group(stored, "gradient/")
    own = st.named_parameters(module)
    assert {name for name, one in own.items() if one.is_trained} == set(gradients) - {
        name for name, one in own.items() if not one.is_trained
    }
    for name, expected in gradients.items():
        if own[name].is_trained:
            assert np.abs(expected).max() > 0, name
            assert distance(own[name].tensor.grad.numpy(), expected) < 1e-4, name


@pytest.mark.parametrize("title", ["dense", "pruned"])
def test_twenty_steps_end_where_sparrow_ends(stored, tmp_path, title):
    trainer = make(stored, tmp_path, title)
    network = trainer.train()
    for name, one in trainer.optimizer.parameters.items():
        expected = stored[f"{title}/after/{name}"]
        assert distance(one.tensor.detach().numpy(), expected) < 2e-3, name
    for name, expected in group(stored, f"{title}/network/").items():
        assert distance(network.parameters[name], expected) < 2e-3, name
        if title == "pruned":
            assert ((network.parameters[name] == 0) == (expected == 0)).mean() > 0.99, name
    theirs = [json.loads(line) for line in stored[f"{title}/log"].tobytes().decode().splitlines()]
    ours = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    assert abs(ours[0]["loss"] - theirs[0]["loss"]) < 1e-4
    perplexity = theirs[1]["validation"]["perplexity"]
    assert abs(ours[1]["validation"]["perplexity"] / perplexity - 1) < 1e-3


@pytest.mark.parametrize("title", ["dense", "pruned"])
def test_a_run_that_was_ended_goes_on(stored, tmp_path, title):
    whole = make(stored, tmp_path, title).train()
    (tmp_path / "run").rename(tmp_path / "whole")
    assert make(stored, tmp_path, title).train(until=7) is None
    resumed = make(stored, tmp_path, title, resume=True)
    assert resumed.step == 7
    network = resumed.train()
    for name, values in whole.parameters.items():
        assert np.array_equal(network.parameters[name], values), name
    log = (tmp_path / "run/log.jsonl").read_text().splitlines()
    assert json.loads(log[-1])["validation"] == pytest.approx(
        json.loads((tmp_path / "whole/log.jsonl").read_text().splitlines()[-1])["validation"]
    )


def test_a_checkpoint_of_another_run_is_refused(stored, tmp_path):
    make(stored, tmp_path, "dense").train(until=1)
    with pytest.raises(sparrow.Error, match="another recipe"):
        make(stored, tmp_path, "pruned", resume=True)
    path = tmp_path / "run/checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(sparrow.Error):
        make(stored, tmp_path, "dense", resume=True)


@pytest.mark.parametrize("optimizer", ["adamW", "sgd"])
def test_twenty_steps_from_the_shell_end_in_a_model(stored, tmp_path, optimizer):
    """With dropout of every kind and a teacher, ended in the middle and gone on with."""
    (tmp_path / "text").write_bytes(stored["text"].tobytes())
    values = json.loads(stored["dense/recipe"].tobytes())
    # The words of the text, as the teacher has them.
    (tmp_path / "plain.json").write_text(json.dumps(values))
    task = language.LanguageTask(Recipe(tmp_path / "plain.json"), [str(tmp_path)])
    layers = [{"kind": "lstm", "units": 8}, {"kind": "dense", "outputs": 11}]
    st.export(st.build(layers, 8), tmp_path / "teacher.safetensors", front_end=task.front_end)
    shares = dict.fromkeys(("words", "input", "between", "output", "recurrentWeights"), 0.2)
    values["run"] |= {"dropout": 0.1, "recurrentDropout": shares, "matmulPrecision": "bfloat16"}
    values["optimization"]["optimizer"] = optimizer
    values["teacher"] = {"model": "teacher.safetensors", "weight": 0.5}
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(values))
    options = [str(path), "--data", str(tmp_path), "--device", "cpu", "-o"]
    assert language.main([*options, str(tmp_path / "whole")]) == 0
    assert language.main([*options, str(tmp_path / "run"), "--stop-at", "9"]) == 75
    assert language.main([*options, str(tmp_path / "run"), "--resume"]) == 0
    whole = sparrow.Network.load(tmp_path / "whole/network.safetensors")
    network = sparrow.Network.load(tmp_path / "run/network.safetensors")
    for name, parameter in whole.parameters.items():
        assert np.array_equal(network.parameters[name], parameter), name
    assert network.front_end["words"] == task.front_end["words"]
    assert np.isfinite(json.loads((tmp_path / "run/log.jsonl").read_text().splitlines()[0])["loss"])
