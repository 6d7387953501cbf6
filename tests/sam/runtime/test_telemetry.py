from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sam.runtime.telemetry import SWITCHES

ROOT = Path(__file__).parents[3]


def shown(code: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name not in SWITCHES}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "import sam.backends.nano, onnxruntime",
        "import sam.training, onnxruntime",
        "import plugins; plugins.load_plugins(); import onnxruntime",
        "import sam.cli.main, huggingface_hub",
    ],
)
def test_off_before_any_of_them_is_imported(code):
    watched = f"""
import os, sys, importlib.abc
class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in ("onnxruntime", "huggingface_hub", "gradio", "transformers", "diffusers"):
            print(name)
            assert {SWITCHES!r}.items() <= os.environ.items(), name
sys.meta_path.insert(0, Watch())
{code}
"""
    assert shown(watched)


def test_what_the_user_has_set_stays():
    code = "import sam, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    assert shown(code, ORT_DISABLE_TELEMETRY="0") == "0"
