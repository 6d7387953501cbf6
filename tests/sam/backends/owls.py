"""Tiny OWLv2s with random weights, as the hub has them."""

from __future__ import annotations

import json
from pathlib import Path


def write_clip_words(folder: Path) -> int:
    """CLIP's tokenizer with letters for words; how many tokens it has."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(code) for code in kept] + [chr(256 + index) for index in range(256 - len(kept))]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CLIPTokenizer", "pad_token": "!"}))
    return len(words)


def write_tiny_owl(folder: Path, *, side: int = 64, most_tokens: int = 16) -> Path:
    """A folder as save_pretrained writes it."""
    import torch
    from transformers import Owlv2Config, Owlv2ForObjectDetection

    count = write_clip_words(folder)
    small = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
    text = {**small, "vocab_size": count, "max_position_embeddings": most_tokens}
    text |= {"bos_token_id": count - 2, "eos_token_id": count - 1, "pad_token_id": 0}
    vision = {**small, "image_size": side, "patch_size": 8}
    torch.manual_seed(2)
    model = Owlv2ForObjectDetection(Owlv2Config(text_config=text, vision_config=vision, projection_dim=32))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.copy_(torch.randn_like(weight) * 0.25)
    model.save_pretrained(folder)
    settings = {"image_processor_type": "Owlv2ImageProcessor", "size": {"height": side, "width": side}}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder
