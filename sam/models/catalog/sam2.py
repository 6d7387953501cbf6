"""Meta's SAM 2.1 for images: sharper and faster than SAM at the same size."""

from __future__ import annotations

from types import MappingProxyType

from ..spec import ModelSpec

ORDER = 20
MODEL_TYPES = ("sam2", "sam2_video")
ORIGINAL = r"^(module\.)?image_encoder\.trunk\.patch_embed\."


def _sam2(size: str, title: str, count: int, file: str, digest: str, note: str) -> ModelSpec:
    return ModelSpec(
        name=f"sam2.1-{size}",
        family="sam2",
        title=f"SAM 2.1 {title}",
        licence="Apache-2.0",
        bytes=count,
        source=f"facebook/sam2.1-hiera-{size}",
        needs=("torch", "transformers"),
        sha256=MappingProxyType({file: digest}),
        note=note,
    )


# Checksums are those of Meta's original .pt files, which may stand in for the download; the hub verifies its own.
SPECS = (
    _sam2(
        "tiny",
        "Tiny",
        156_008_466,
        "sam2.1_hiera_tiny.pt",
        "7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69",
        "The one to try first on a laptop: a second or two an image, better masks than SAM ViT-B.",
    ),
    _sam2(
        "small",
        "Small",
        184_416_285,
        "sam2.1_hiera_small.pt",
        "6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38",
        "A little slower and a little better than sam2.1-tiny.",
    ),
    _sam2(
        "base-plus",
        "Base+",
        323_606_802,
        "sam2.1_hiera_base_plus.pt",
        "a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5",
        "Between sam2.1-small and sam2.1-large; for a GPU.",
    ),
    _sam2(
        "large",
        "Large",
        898_083_611,
        "sam2.1_hiera_large.pt",
        "2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318",
        "The best masks of SAM 2.1; for a GPU.",
    ),
)
