"""The lines that DESIGN draws: who imports whom, what an import costs, what lies where, and what no file may hold."""

from __future__ import annotations

import ast
import configparser
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("sam", "plugins", "webapp", "app")
"""Each may import those before it, and itself."""

# sam/__main__.py is the command line of the whole program and offers the plugins' tools; it imports them when run.
UPWARD = {("sam/__main__.py", "plugins")}

FOLDERS = {"sam", "plugins", "webapp", "docs", "spaces", "tests", ".ci", ".github"}
HEAVY = ("torch", "gradio", "transformers", "onnxruntime", "cv2", "PIL", "pycocotools", "skimage", "scipy", "typer")

MOST_LINES = 400
# Longer files, and why each is better whole.
LONG: dict[str, str] = {}

# Modules without a test file of their own, and where they are tested instead.
TESTED_ELSEWHERE = {
    "plugins/_core/check_samples.py": "values for the conformance kit; its test runs it over them",
    "sam/runtime/groundingdino_worker.py": "tests/sam/backends/test_groundingdino_worker.py",
    "sam/networks/efficient_sam.py": "tests/sam/networks/test_efficient_sam.py compares it with its authors'",
    "plugins/_core/page.py": "a protocol without code; its promises are tested in tests/webapp",
}


def project_files() -> list[str]:
    """Paths of all files that are part of the project, or will be with the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60).stdout.decode()
    return sorted({name for name in listed.split("\0") if name and (ROOT / name).is_file()})


FILES = project_files()
PYTHON = [name for name in FILES if name.endswith(".py")]
MODULES = [name for name in PYTHON if name.split("/")[0] in LAYERS]


@cache
def text_of(name: str) -> str:
    """ "" for what is not text."""
    try:
        return (ROOT / name).read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def imports(name: str) -> Iterator[tuple[str, bool]]:
    """(absolute module, whether it is imported when `name` is) for each import in a file."""
    tree = ast.parse((ROOT / name).read_text("utf-8"))
    inside_functions = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for node in ast.walk(function)
    }
    package = name.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found = [node.module or ""]
        elif isinstance(node, ast.ImportFrom):
            found = [".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])]
        else:
            continue
        for module in found:
            yield module, id(node) not in inside_functions


# Imports


def test_imports_go_one_way():
    wrong = []
    for name in MODULES:
        own = LAYERS.index(name.split("/")[0].removesuffix(".py"))
        layers = {module: module.split(".")[0] for module, _ in imports(name)}
        wrong += [
            f"{name} imports {module}"
            for module, layer in layers.items()
            if layer in LAYERS[own + 1 :] and (name, layer) not in UPWARD
        ]
    assert wrong == [], "imports go app.py -> webapp -> plugins -> sam"


@pytest.mark.parametrize(("name", "layer"), sorted(UPWARD))
def test_the_exceptions_are_used_and_lazy(name, layer):
    found = [at_once for module, at_once in imports(name) if module.split(".")[0] == layer]
    assert found, f"{name} no longer imports {layer}: drop the exception"
    assert not any(found), f"{name} imports {layer} when it is imported itself, not when it is run"


def test_what_tests_need_is_not_needed_to_run():
    used = {(name, module.split(".")[0]) for name in MODULES for module, _ in imports(name)}
    assert {(name, package) for name, package in used if package in ("tests", "pytest", "playwright")} == set()


def run(code: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SPACES_", "SAM_STUDIO_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def test_importing_the_engine_and_the_plugins_costs_next_to_nothing():
    code = (
        "import sys, time; start = time.perf_counter(); import sam, plugins; took = time.perf_counter() - start; "
        "import json; print(json.dumps([took, sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    took, loaded = json.loads(run(code))
    print(f"import sam, plugins: {took:.3f} s")  # noqa: T201
    assert not set(HEAVY) & set(loaded)


@pytest.mark.parametrize(
    "code",
    [
        "import sam; sam.load_model, sam.list_models(), sam.read_image, sam.Masks",
        "import plugins; assert not plugins.load_plugins().failures",
        "from sam.runtime import device, embedding_cache, lru_cache, zero_gpu; import sam.models.registry",
        "import sam.backends.nano",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(code):
    loaded = set(run(f"import sys; {code}; print(*sys.modules)").split())
    assert not {"torch", "gradio", "transformers"} & loaded


def test_the_embedded_model_answers_without_torch():
    code = """
import sys, numpy as np, sam
model = sam.load_model("nano")
image = np.zeros((40, 60, 3), np.uint8)
assert model.predict(model.embed(image), points=[[5, 5]]).masks.shape == (3, 40, 60)
print(*sys.modules)
"""
    assert not {"torch", "gradio", "transformers"} & set(run(code).split())


def test_every_public_name_is_there():
    import plugins
    import sam

    for package in (sam, plugins):
        for name in package.__all__:
            assert getattr(package, name) is not None
            assert name in dir(package)
        with pytest.raises(AttributeError, match="no_such_name"):
            package.no_such_name  # noqa: B018


# Places


def test_top_level_folders_are_those_of_the_design():
    assert {name.split("/")[0] for name in FILES if "/" in name} <= FOLDERS


def test_no_python_in_spaces():
    assert [name for name in PYTHON if name.startswith("spaces/")] == []


def test_files_are_short_enough_to_read():
    source = [name for name in FILES if name.endswith((".py", ".mjs", ".js", ".css"))]
    lines = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in source}
    long = {name: count for name, count in lines.items() if count > MOST_LINES}
    assert {name: count for name, count in long.items() if name not in LONG} == {}, "split them by noun"
    assert LONG.keys() - long.keys() == set(), "these are short again, or gone: take them from the list"


LONG_FUNCTIONS = {"sam/nano/network.py: forward"}
"""One pass through a network, which reads best in one piece."""


def test_functions_are_short_enough_to_read():
    found = set()
    for name in MODULES:
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                most = 40 if node.name == "build_tab" else 60
                if (node.end_lineno or 0) - node.lineno >= most:
                    found.add(f"{name}: {node.name}")
    assert found == LONG_FUNCTIONS


def test_lines_of_the_pages_scripts_are_short():
    scripts = [name for name in FILES if name.endswith(".mjs") and not name.endswith("/ui/icons.mjs")]
    assert len(scripts) > 50
    long = {name: max(map(len, (ROOT / name).read_text("utf-8").splitlines())) for name in scripts}
    assert {name: width for name, width in long.items() if width > 120} == {}


def test_every_module_has_a_test_file_in_the_same_place():
    missing = {}
    for name in MODULES:
        folder, _, file = name.rpartition("/")
        expected = f"tests/{folder}/test_{file.lstrip('_')}"
        if folder and file not in ("__init__.py", "__main__.py") and expected not in FILES:
            missing[name] = expected
    assert {name: test for name, test in missing.items() if name not in TESTED_ELSEWHERE} == {}
    assert TESTED_ELSEWHERE.keys() - missing.keys() == set(), "these have tests, or are gone: take them from the list"


def test_every_module_says_what_it_is():
    modules = [name for name in MODULES if not name.endswith("__init__.py")]
    assert [name for name in modules if not ast.get_docstring(ast.parse((ROOT / name).read_text("utf-8")))] == []


def test_the_package_that_is_built_is_typed_and_versioned_once():
    import sam

    assert f'version = "{sam.__version__}"' in (ROOT / "pyproject.toml").read_text("utf-8")


# What no file may hold

# Where people's and build machines' files lie; written so that this line itself is no such path.
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:work|root|workspace|mnt/\w+|home/(?!user\b)\w+|Users/\w+)/\w")


def registry_hosts() -> set[str]:
    """Hosts that this machine's own pip and npm are told to install from, but for the public ones."""
    found = [os.environ.get(name, "") for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "npm_config_registry")]
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False, timeout=60
    )
    found += re.findall(r"https?://[^\s'\"]+", listed.stdout)
    npm = configparser.ConfigParser(allow_no_value=True, delimiters="=", interpolation=None, strict=False)
    for path in (Path.home() / ".npmrc", ROOT / ".npmrc"):
        if path.is_file():
            npm.read_string("[npm]\n" + path.read_text("utf-8"))
            found += [npm["npm"].get("registry") or ""]
    hosts = {urlsplit(url).hostname or "" for url in found}
    return hosts - {"", "pypi.org", "registry.npmjs.org", "download.pytorch.org"}


def test_no_file_holds_a_path_of_a_machine():
    places = {str(ROOT), str(Path.home()), sys.prefix} - {"/", "/root"}
    wrong = []
    for name in FILES:
        text = text_of(name)
        found = MACHINE_PATH.search(text)
        wrong += [(name, found[0])] if found else []
        wrong += [(name, place) for place in places if place in text]
    assert wrong == []


def test_no_file_names_the_registry_that_this_machine_installs_from():
    hosts = registry_hosts()
    assert [(name, host) for name in FILES for host in hosts if host in text_of(name)] == []


def test_locks_do_not_say_where_packages_were_fetched():
    locks = [name for name in FILES if name.endswith(("package-lock.json", "package.json"))]
    hosts = {host for name in locks for host in re.findall(r'"resolved":\s*"(https?://[^/"]+)', text_of(name))}
    assert hosts <= {"https://registry.npmjs.org"}


def test_requirements_name_no_index_and_no_torchvision():
    for name in FILES:
        if name.endswith(("pyproject.toml", "requirements.txt", "requirements-dev.txt")):
            text = re.sub(r"#.*", "", text_of(name))
            assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links|-f)\b", text, re.MULTILINE), name
            assert "torchvision" not in text, name
