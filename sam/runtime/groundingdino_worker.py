"""The subprocess that runs groundingdino-py under another Python: requests in on one pipe, replies out on another.

`python -I groundingdino_worker.py CHECKPOINT VOCABULARY`. It imports nothing of this package, which that Python does
not have, and makes no network requests: the checkpoint holds BERT's weights, and its words are given.

A message is JSON with arrays: 8 bytes of length, the JSON, and for each of the `"arrays"` that it counts 8 bytes of
length and an .npy. The first message is the process's own: that it is ready, or why not.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

_MOST = 1 << 31
"""Bytes of one part; more is no message, but something that was printed into the pipe."""


def write_message(pipe: Any, message: Mapping[str, Any], arrays: Sequence[Any] = ()) -> None:
    """One message.

    Args:
        pipe: binary, to write to.
        message: a JSON object.
        arrays: numpy's, to go with it.
    """
    parts = [json.dumps({**message, "arrays": len(arrays)}).encode()]
    for array in arrays:
        file = io.BytesIO()
        np.save(file, array, allow_pickle=False)
        parts.append(file.getvalue())
    for part in parts:
        pipe.write(struct.pack("<Q", len(part)))
        pipe.write(part)
    pipe.flush()


def read_message(pipe: Any) -> tuple[dict[str, Any], tuple[Any, ...]] | None:
    """(message, arrays), or None where the other end hung up.

    Args:
        pipe: binary, to read from.

    Raises:
        ValueError: what comes is no message.
    """
    first = _part(pipe)
    if first is None:
        return None
    message = json.loads(first)
    arrays = []
    for _ in range(int(message.pop("arrays"))):
        part = _part(pipe)
        if part is None:
            return None
        arrays.append(np.load(io.BytesIO(part), allow_pickle=False))
    return message, tuple(arrays)


def _part(pipe: Any) -> bytes | None:
    head = pipe.read(8)
    if len(head) < 8:
        return None
    (size,) = struct.unpack("<Q", head)
    if size > _MOST:
        raise ValueError("expected a message of this protocol, got something else")
    part = pipe.read(size)
    return part if len(part) == size else None


def serve(make: Callable[[], tuple[Any, dict[str, Any]]]) -> None:
    """Answer until the other end hangs up.

    Args:
        make: loads the model, which has `tokens(phrases)` (how many each has), `look(image)` (keeps what is asked about
            until the next) and `ask(phrases)` ((Q, 4) centres and sizes as shares of the image, (Q, phrases) scores).
            ValueError's sentence is for whoever asked.
    """
    # Libraries print what they do; that must not get into the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    questions = sys.stdin.buffer
    try:
        model, about = make()
        write_message(answers, {"ready": True, **about})
    except Exception as error:  # whatever a damaged file or a missing package leads to is said, not died of
        traceback.print_exc()
        write_message(answers, {"failed": f"{type(error).__name__}: {error}"})
        return
    while True:
        message = read_message(questions)
        if message is None:
            return
        head, arrays = message
        try:
            if head["call"] == "tokens":
                write_message(answers, {"tokens": model.tokens(head["phrases"])})
            elif head["call"] == "look":
                model.look(arrays[0])
                write_message(answers, {})
            else:
                boxes, scores = model.ask(head["phrases"])
                write_message(answers, {}, (np.asarray(boxes, np.float32), np.asarray(scores, np.float32)))
        except ValueError as error:
            traceback.print_exc()
            write_message(answers, {"refused": str(error)})
        except Exception as error:
            traceback.print_exc()
            write_message(answers, {"failed": f"{type(error).__name__}: {error}"})


class GroundingDinoPy:
    """The package's own model, transforms and tokenization."""

    def __init__(self, checkpoint: str, vocabulary: str) -> None:
        """Load it; see `serve`.

        Args:
            checkpoint: groundingdino_swint_ogc.pth or groundingdino_swinb_cogcoor.pth.
            vocabulary: vocab.txt of bert-base-uncased.
        """
        import groundingdino
        import torch
        from groundingdino.models import build_model
        from groundingdino.util import get_tokenlizer
        from groundingdino.util.slconfig import SLConfig
        from transformers import BertConfig, BertModel
        from transformers.models.bert import BertTokenizerFast  # type: ignore[attr-defined]

        torch.set_grad_enabled(False)
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        state = {key.replace("module.", "", 1): value for key, value in state.get("model", state).items()}
        wide = len(state["backbone.0.patch_embed.proj.bias"]) > 96
        folder = os.path.join(os.path.dirname(groundingdino.__file__), "config")
        args = SLConfig.fromfile(os.path.join(folder, f"GroundingDINO_Swin{'B_cfg' if wide else 'T_OGC'}.py"))
        for name, value in read_sizes(state).items():
            setattr(args, name, value)
        # These save memory in training, and warn here.
        args.use_checkpoint = args.use_transformer_ckpt = False
        self.device = args.device = "cuda" if torch.cuda.is_available() else "cpu"
        tokenizer = BertTokenizerFast(vocab_file=vocabulary, do_lower_case=True)
        get_tokenlizer.get_tokenlizer = lambda _: tokenizer
        get_tokenlizer.get_pretrained_language_model = lambda _: BertModel(BertConfig(**bert_sizes(state)))
        self.model = build_model(args).eval()
        report = self.model.load_state_dict(state, strict=False)
        # These are computed, not learned.
        computed = ("position_ids", "relative_position_index")
        missing = [key for key in report.missing_keys if not key.endswith(computed)]
        if missing:
            raise RuntimeError(f"{checkpoint} lacks weights of a Grounding DINO: {', '.join(missing[:3])}")
        self.model.to(self.device)
        self.tokenizer = tokenizer
        self.most_tokens = min(self.model.max_text_len, int(self.model.bert.config.max_position_embeddings))
        self.pixels: Any = None

    def tokens(self, phrases: Sequence[str]) -> list[int]:
        """How many tokens each phrase has."""
        return [len(self.tokenizer.tokenize(phrase)) for phrase in phrases]

    def look(self, image: Any) -> None:
        """Keep an (H, W, 3) uint8 image, as the package's own `load_image` prepares it."""
        import groundingdino.datasets.transforms as transforms
        from PIL import Image

        prepare = transforms.Compose(
            [
                transforms.RandomResize([800], max_size=1333),
                transforms.ToTensor(),
                transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            ]
        )
        self.pixels = prepare(Image.fromarray(image), None)[0][None].to(self.device)

    def ask(self, phrases: Sequence[str]) -> tuple[Any, Any]:
        """See `serve`. The package's own way from tokens back to phrases loses and merges some: offsets do not."""
        caption = ". ".join(phrases) + "."
        out = self.model(self.pixels, captions=[caption])
        scores = out["pred_logits"][0].float().sigmoid().cpu().numpy()
        boxes = out["pred_boxes"][0].float().cpu().numpy()
        if len(phrases) == 1:
            return boxes, scores.max(axis=1, keepdims=True)
        offsets = self.tokenizer(caption, return_offsets_mapping=True)["offset_mapping"]
        columns, start = [], 0
        for phrase in phrases:
            end = start + len(phrase)
            own = [row for row, (first, last) in enumerate(offsets) if start <= first < last <= end]
            columns.append(scores[:, own].max(axis=1) if own else np.zeros(len(scores), np.float32))
            start = end + 2
        return boxes, np.stack(columns, axis=1)


def read_sizes(state: Mapping[str, Any]) -> dict[str, int]:
    """What of the configuration a checkpoint's shapes tell: those of the published ones, and of small ones in tests."""

    def count(prefix: str) -> int:
        return 1 + max(int(key[len(prefix) :].split(".")[0]) for key in state if key.startswith(prefix))

    return {
        "enc_layers": count("transformer.encoder.layers."),
        "dec_layers": count("transformer.decoder.layers."),
        "num_queries": len(state["transformer.tgt_embed.weight"]),
        "hidden_dim": state["transformer.level_embed"].shape[1],
        "dim_feedforward": len(state["transformer.encoder.layers.0.linear1.bias"]),
    }


def bert_sizes(state: Mapping[str, Any]) -> dict[str, Any]:
    """The same for BERT; its heads leave no trace, and are of 64 channels in every one that is published."""
    words = state["bert.embeddings.word_embeddings.weight"]
    layers = {key.split(".")[3] for key in state if key.startswith("bert.encoder.layer.")}
    return {
        "vocab_size": words.shape[0],
        "hidden_size": words.shape[1],
        "num_hidden_layers": len(layers),
        "num_attention_heads": max(1, words.shape[1] // 64),
        "intermediate_size": len(state["bert.encoder.layer.0.intermediate.dense.bias"]),
        "max_position_embeddings": len(state["bert.embeddings.position_embeddings.weight"]),
    }


def main() -> None:
    """The program."""
    checkpoint, vocabulary = sys.argv[1:3]

    def make() -> tuple[Any, dict[str, Any]]:
        model = GroundingDinoPy(checkpoint, vocabulary)
        count = sum(weight.numel() * weight.element_size() for weight in model.model.parameters())
        return model, {"most_tokens": model.most_tokens, "nbytes": count}

    serve(make)


if __name__ == "__main__":
    main()
