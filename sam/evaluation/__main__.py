"""`python -m sam.evaluation --data FOLDER [--model nano] [--classics] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ..models import load_model
from .evaluate import average, measure_classics, measure_model, validation_photos


def table(results: dict[str, dict[str, float]]) -> str:
    """Markdown, a row for each folder and one for the mean over folders."""
    if not results:
        return "No validation photos with objects were found."
    names = [name for name in next(iter(results.values())) if name != "objects"]
    lines = ["| set | objects | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for folder, row in results.items():
        lines.append(f"| {folder} | {row['objects']:.0f} | " + " | ".join(f"{row[name]:.3f}" for name in names) + " |")
    means = [sum(row[name] for row in results.values()) / len(results) for name in names]
    lines.append("| **mean of sets** | | " + " | ".join(f"**{mean:.3f}**" for mean in means) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sam.evaluation", description="Measure a model on held-out photos.")
    parser.add_argument("--data", type=Path, required=True, help="folder of COCO folders")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--classics", action="store_true", help="also measure the methods that need no weights")
    parser.add_argument("--photos", type=int, default=50, help="photos of each folder, at most")
    parser.add_argument("--objects", type=int, default=8, help="objects of each photo, at most")
    parser.add_argument("--min-area", type=int, default=100, help="in pixels")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    a = parser.parse_args()
    model = load_model(a.model)
    results: dict[str, dict[str, float]] = {}
    for folder in sorted(path for path in a.data.iterdir() if (path / "annotations.json").exists()):
        rows = []
        for photo in validation_photos(folder, a.photos):
            found = measure_model(model, photo, a.objects, a.min_area)
            if a.classics:
                found = [x | y for x, y in zip(found, measure_classics(photo, a.objects, a.min_area))]
            rows += found
        if rows:
            results[folder.name] = average(rows)
            print(f"{folder.name}: {results[folder.name]}", file=sys.stderr, flush=True)
    print(table(results))
    if a.json:
        a.json.write_text(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
