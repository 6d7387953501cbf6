"""Old module names: `import sam.tiles` and `python -m sam.evaluation.alpha` still work."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

RENAMED = {
    "sam.backdrops": "sam.compositing.backgrounds",
    "sam.cache": "sam.runtime.lru_cache",
    "sam.catalog": "sam.models.catalog",
    "sam.checksums": "sam.models.checksums",
    "sam.commands": "sam.cli.tool_commands",
    "sam.detail": "sam.inpainting.detail_transfer",
    "sam.detections": "sam.detection.detections",
    "sam.detector": "sam.detection.detector",
    "sam.device": "sam.runtime.device",
    "sam.downloads": "sam.models.downloads",
    "sam.embeddings": "sam.runtime.embedding_cache",
    "sam.evaluation.alpha": "sam.evaluation.benchmarks.alpha",
    "sam.evaluation.classics": "sam.evaluation.baselines.classics",
    "sam.evaluation.closeups": "sam.evaluation.benchmarks.closeups",
    "sam.evaluation.edge_benchmark": "sam.evaluation.benchmarks.edge_benchmark",
    "sam.evaluation.edges": "sam.evaluation.benchmarks.edges",
    "sam.evaluation.inpainting": "sam.evaluation.benchmarks.inpainting",
    "sam.evaluation.names": "sam.evaluation.benchmarks.names",
    "sam.evaluation.page": "sam.evaluation.report.page",
    "sam.evaluation.plots": "sam.evaluation.report.plots",
    "sam.evaluation.provenance": "sam.evaluation.report.provenance",
    "sam.evaluation.subject": "sam.evaluation.benchmarks.subject",
    "sam.evaluation.summary": "sam.evaluation.report.summary",
    "sam.evaluation.tables": "sam.evaluation.report.tables",
    "sam.evaluation.walker": "sam.evaluation.baselines.random_walker",
    "sam.evaluation.worst": "sam.evaluation.report.worst",
    "sam.files": "sam.io.serialization",
    "sam.frames": "sam.compositing.framing",
    "sam.grid": "sam.everything.point_grid",
    "sam.heic": "sam.io.heif",
    "sam.hub": "sam.models.hub",
    "sam.kriging": "sam.inpainting.kriging",
    "sam.membrane": "sam.inpainting.laplace",
    "sam.memory": "sam.runtime.out_of_memory",
    "sam.names": "sam.detection.vocabulary",
    "sam.nano.branches": "sam.nano.export.branches",
    "sam.nano.click": "sam.nano.export.click",
    "sam.nano.drawing": "sam.nano.prompt_maps",
    "sam.nano.graph": "sam.nano.export.graph",
    "sam.nano.head_export": "sam.nano.export.heads",
    "sam.nano.names_export": "sam.nano.export.names",
    "sam.nano.regions": "sam.nano.maps_to_boxes",
    "sam.nano.subject_export": "sam.nano.export.subject",
    "sam.nano.tidy": "sam.nano.postprocess",
    "sam.nano.winograd": "sam.nano.export.winograd",
    "sam.patches": "sam.inpainting.patch_search",
    "sam.patchmatch": "sam.inpainting.patchmatch",
    "sam.phrases": "sam.detection.phrases",
    "sam.profiles": "sam.io.color_profiles",
    "sam.proposals": "sam.everything.proposals",
    "sam.refining": "sam.high_resolution.sharpen_outlines",
    "sam.shadows": "sam.compositing.shadows",
    "sam.spec": "sam.models.spec",
    "sam.speeds": "sam.models.encode_times",
    "sam.tiles": "sam.high_resolution.tiles",
    "sam.training.average": "sam.training.ema",
    "sam.training.names_calibration": "sam.training.names.calibration",
    "sam.training.names_samples": "sam.training.names.samples",
    "sam.training.names_truth": "sam.training.names.truth",
    "sam.training.pack": "sam.training.image_store",
    "sam.training.rounds": "sam.training.correction_clicks",
    "sam.training.subject_samples": "sam.training.subject.samples",
    "sam.training.subject_truth": "sam.training.subject.truth",
    "sam.training.together": "sam.training.distributed",
    "sam.windows": "sam.high_resolution.crop_windows",
    "sam.worker": "sam.runtime.subprocess_model",
    "sam.zero_gpu": "sam.runtime.zero_gpu",
}
"""Old names of modules, and where they are."""


class _Renamed(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, origin=RENAMED[fullname]) if fullname in RENAMED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(RENAMED[spec.name])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has written the old name's spec into the module, which has one of its own.
        module.__spec__ = module.__spec__ and module.__spec__.loader_state

    def get_code(self, fullname: str) -> CodeType:
        """What `python -m OLD_NAME` runs."""
        run = f"import runpy; runpy.run_module({RENAMED[fullname]!r}, run_name='__main__', alter_sys=True)"
        return compile(run, fullname, "exec")


def find_renamed() -> None:
    """Have imports find modules by their old names, too."""
    if not any(isinstance(finder, _Renamed) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Renamed())
