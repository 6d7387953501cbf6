"""On a ZeroGPU Space each call runs in a forked process, and what goes in and out is pickled: the same is done here."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# As Hugging Face's package does it: fork, pickle both ways, and hide the class of an error.
PACKAGE = """
import multiprocessing, pickle

decorated = []

def GPU(task, *, duration):
    fork = multiprocessing.get_context("fork")

    def work(data, queue):
        try:
            answer = "value", task(*pickle.loads(data))
        except Exception as error:
            answer = "error", type(error).__name__
        queue.put(pickle.dumps(answer))

    def lent(*arguments):
        queue = fork.SimpleQueue()
        process = fork.Process(target=work, args=(pickle.dumps(arguments), queue))
        process.start()
        kind, value = pickle.loads(queue.get())
        process.join()
        if kind == "error":
            raise RuntimeError("GPU worker error: " + value)
        return value

    decorated.append((task.__module__, task.__name__, duration))
    return lent
"""

MODEL = """
import os
import numpy as np
from sam.errors import PromptError
from sam.segmenter import Segmenter
from sam.types import Embedding

class Model(Segmenter):
    name, weights, dtype, nbytes = "model", "w", "float16", 1234
    loaded_in = os.getpid()

    @property
    def decoder_file(self):
        return f"made by {os.getpid()}"

    def embed(self, image):
        # A lock cannot be pickled: the model itself must never travel.
        return Embedding(self.name, self.weights, {"pid": np.array([os.getpid()])}, image.shape[:2], (4, 4), 4)

    def decode(self, embedding, prompts):
        if prompts[0].mask_input is not None:
            raise PromptError("mask_input: expected another size.")
        return [(np.full((1, 4, 4), 1.0, np.float32), np.array([0.5], np.float32)) for _ in prompts]

    def __reduce__(self):
        raise TypeError("a model was pickled")

def load(key):
    with open(os.environ["WITNESS"], "a") as file:
        file.write(f"{key}\\n")
    return Model()
"""


def run(code: str, folder: Path, zero_gpu: bool = True, **more: str) -> list[str]:
    """The lines that a fresh interpreter prints, on a Space that lends GPUs or on any other machine."""
    environment = {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "WITNESS": str(folder / "witness"), "PATH": "", **more}
    if zero_gpu:
        environment["SPACES_ZERO_GPU"] = "true"
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "spaces.py").write_text(PACKAGE)
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


START = """
import os
import numpy as np
from sam import zero_gpu
import model
image = np.zeros((6, 8, 3), np.uint8)
"""

PREDICT = (
    START
    + """
lent = zero_gpu.ZeroGpuSegmenter(model.Model(), "key", model.load)
embedding = lent.embed(image)
masks = lent.predict(embedding, points=[[1, 1], [2, 2]])
print(int(embedding.arrays["pid"][0]) == os.getpid(), masks.masks.shape, masks.masks.all(), lent.dtype, lent.nbytes)
print(os.path.exists(os.environ["WITNESS"]))
"""
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="Spaces run on Linux; this machine cannot fork")


@pytest.mark.parametrize("zero_gpu", [True, False])
def test_work_runs_in_the_process_that_has_the_gpu(folder, zero_gpu):
    here = str(not zero_gpu)
    assert run(PREDICT, folder, zero_gpu) == [f"{here} (1, 6, 8) True float16 1234", "False"]


@pytest.mark.parametrize("zero_gpu", [True, False])
def test_the_decoder_is_written_once_where_the_weights_are(folder, zero_gpu):
    code = """
lent = zero_gpu.ZeroGpuSegmenter(model.Model(), "key", model.load)
made = lent.decoder_file
print(made == f"made by {os.getpid()}", made == lent.decoder_file)
"""
    assert run(START + code, folder, zero_gpu) == [f"{not zero_gpu} True"]


def test_a_model_that_the_process_does_not_have_is_loaded_there(folder):
    code = START + 'print(zero_gpu._lend(model.load, "late", "embed", image).model, len(zero_gpu._LOADED_LATE))'
    assert run(code, folder) == ["model 0"]
    assert (folder / "witness").read_text() == "late\n"


@pytest.mark.parametrize("zero_gpu", [True, False])
def test_errors_of_ours_arrive_as_they_are(folder, zero_gpu):
    code = """
lent = zero_gpu.ZeroGpuSegmenter(model.Model(), "key", model.load)
try:
    lent.predict(lent.embed(image), mask_input=np.zeros((2, 2)))
except zero_gpu.SamError as error:
    print(type(error).__name__, error)
"""
    assert run(START + code, folder, zero_gpu) == ["PromptError mask_input: expected another size."]


def test_models_that_are_dropped_are_not_kept(folder):
    code = """
lent = zero_gpu.ZeroGpuSegmenter(model.Model(), "key", model.load)
print(len(zero_gpu._RESIDENT))
del lent
print(len(zero_gpu._RESIDENT))
"""
    assert run(START + code, folder) == ["1", "0"]


def test_one_function_asks_for_a_gpu_as_soon_as_the_models_are_known(folder):
    code = "import sam, spaces; sam.list_models; print(spaces.decorated)"
    assert run(code, folder) == ["[('sam.runtime.zero_gpu', '_run', 30)]"]


def test_load_model_lends_what_runs_on_torch_and_nothing_else(folder):
    code = "import sam; print(type(sam.load_model('nano')).__name__)"
    assert run(code, folder) == ["NanoSegmenter"]


def test_a_sam_is_lent_a_gpu(folder):
    code = """
import os
import numpy as np, torch
from transformers import SamConfig, SamModel
import sam
from sam import zero_gpu
vision = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=1, image_size=64, output_channels=16,
              num_pos_feats=8, global_attn_indexes=[0])
config = SamConfig(vision_config=vision, prompt_encoder_config=dict(hidden_size=16, image_size=64),
                   mask_decoder_config=dict(hidden_size=16, mlp_dim=16, iou_head_hidden_dim=16))
SamModel(config).save_pretrained("tiny")
model = sam.load_model("./tiny")
image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
masks = model.predict(model.embed(image), points=[[5, 5]])
alone = model._model.predict(model._model.embed(image), points=[[5, 5]])
print(type(model).__name__, np.array_equal(masks.masks, alone.masks), masks.masks.shape)
"""
    # One thread: OpenMP's threads do not survive a fork.
    assert run(code, folder, OMP_NUM_THREADS="1")[-1] == "ZeroGpuSegmenter True (3, 30, 40)"
