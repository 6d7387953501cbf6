"""A pipeline of diffusers with random weights, as a user would have one."""

from __future__ import annotations

import json
from pathlib import Path


def write_tiny_pipeline(folder: Path) -> Path:
    """A Stable Diffusion for inpainting, as save_pretrained writes it."""
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    words = folder / "words"
    words.mkdir(parents=True)
    letters = [f"{letter}{end}" for letter in "abcdefghijklmnopqrstuvwxyz,." for end in ("", "</w>")]
    vocabulary = {word: number for number, word in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
    (words / "vocab.json").write_text(json.dumps(vocabulary))
    (words / "merges.txt").write_text("#version: 0.2\n")
    torch.manual_seed(0)
    common = {"layers_per_block": 1, "norm_num_groups": 4}
    pipeline = diffusers.StableDiffusionInpaintPipeline(
        vae=diffusers.AutoencoderKL(
            block_out_channels=[8, 8, 8, 8],
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
            latent_channels=4,
            **common,
        ),
        text_encoder=CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(vocabulary),
                hidden_size=16,
                intermediate_size=16,
                num_hidden_layers=1,
                num_attention_heads=2,
                bos_token_id=len(vocabulary) - 2,
                eos_token_id=len(vocabulary) - 1,
            )
        ),
        tokenizer=CLIPTokenizer(str(words / "vocab.json"), str(words / "merges.txt"), model_max_length=77),
        unet=diffusers.UNet2DConditionModel(
            in_channels=9,
            out_channels=4,
            sample_size=8,
            block_out_channels=(8, 8),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=2,
            **common,
        ),
        scheduler=diffusers.DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)
    return folder
