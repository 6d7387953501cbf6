"""Results beside photos are not photos; links that lead nowhere are said; 500 results are compared once each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image as Pil

from plugins import Chain, Host, Recipe
from plugins._core.recipes.batch import Job, find_photos, name_results, plan, run_batch
from plugins._core.recipes.results import MANIFEST, Results, results_among
from sam import Image, SamError


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """photos/ with a.jpg and b.png; the current folder is the one around it."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for name in ("a.jpg", "b.png"):
        Pil.new("RGB", (8, 6), (200, 10, 10)).save(Path("photos") / name)
    return Path("photos")


def chain() -> Chain:
    def negative(image: Image) -> Image:
        """The negative."""
        return 255 - image

    host = Host()
    host.add_tool(negative)
    return Recipe.from_json({"recipe": "x", "steps": [{"tool": "negative"}]}).check(host)


def run(photos, out: Path, **options) -> None:
    assert not [done.error for done in run_batch(chain(), plan(photos, Image, out, **options)) if done.error]


def found(folder: Path) -> tuple[list[str], list[str]]:
    notes: list[str] = []
    return [path.name for path in find_photos([folder], notes.append)], notes


def test_results_beside_their_photos_are_known_to_the_next_run(folder):
    run([folder / "a.jpg"], folder)
    names, notes = found(folder)
    assert names == ["a.jpg", "b.png"]
    assert notes == ["Left out, being results of an earlier run: a.png. Name a file to take it anyway."]
    assert find_photos([folder / "a.png"]) == [folder / "a.png"]
    run(find_photos([folder / "a.jpg"]), folder, overwrite=True)
    assert found(folder)[0] == ["a.jpg", "b.png"]


def test_a_result_that_somebody_changed_is_a_photo(folder):
    run([folder / "a.jpg"], folder)
    Pil.new("RGB", (9, 9)).save(folder / "a.png")
    assert found(folder) == (["a.jpg", "a.png", "b.png"], [])


def test_a_folder_of_results_alone_may_go_through_another_recipe(folder):
    run([folder / "a.jpg", folder / "b.png"], Path("out"))
    assert found(Path("out")) == (["a.png", "b.png"], [])
    run(find_photos(["out"]), Path("again"))
    assert sorted(os.listdir("again")) == ["a.png", "b.png"]


def test_the_list_grows_with_each_run(folder):
    run([folder / "a.jpg"], folder)
    Pil.new("RGB", (8, 6)).save(folder / "c.jpg")
    run([folder / "c.jpg"], folder)
    assert found(folder)[0] == ["a.jpg", "b.png", "c.jpg"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"results": 5}', b'{"results": {"b.png": "x"}}', b"[" * 100_000]
)
def test_a_damaged_list_counts_for_nothing(folder, content):
    (folder / MANIFEST).write_bytes(content)
    assert found(folder) == (["a.jpg", "b.png"], [])
    run([folder / "a.jpg"], folder)
    assert found(folder)[0] == ["a.jpg", "b.png"]


def test_a_list_that_cannot_be_written_is_no_reason_to_fail(folder):
    (folder / MANIFEST).mkdir()
    run([folder / "a.jpg"], folder)
    results = Results(folder)
    results.add(folder / "gone.png")
    results.write()
    assert results_among([folder / "gone.png"]) == set()


def test_a_folder_that_is_gone_is_no_reason_either(tmp_path):
    results = Results(tmp_path / "gone")
    results.add(tmp_path / "gone" / "a.png")
    results.write()


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to a folder"])
def test_what_is_no_file_is_said_and_never_opened(folder, kind):
    there = folder / "c.png"
    if kind == "pipe":
        os.mkfifo(there)
    elif kind == "folder":
        there.mkdir()
    else:
        there.symlink_to(folder.parent)
    assert found(folder) == (["a.jpg", "b.png"], ["Left out, being folders or pipes and no files: c.png."])


@pytest.mark.parametrize("kind", ["dangling", "in circles"])
def test_links_to_nothing_are_said(folder, kind):
    link = folder / "far.png"
    link.symlink_to(link.name if kind == "in circles" else "none.png")
    assert found(folder) == (["a.jpg", "b.png"], ["Left out, being links to what is not there: far.png."])
    (folder / "a.jpg").unlink()
    (folder / "b.png").unlink()
    with pytest.raises(SamError, match=r"no photos in the folder.*links to what is not there: far\.png"):
        find_photos([folder])


def test_a_link_that_is_named_is_said():
    with pytest.raises(SamError, match="is not there"):
        find_photos(["none.png"])


def test_a_named_link_to_nothing(folder):
    Path("to-nothing.png").symlink_to("none.png")
    with pytest.raises(SamError, match="is a link to what is not there"):
        find_photos(["to-nothing.png"])


@pytest.mark.parametrize("other", ["hard", "link", "case", "folder"])
def test_no_result_takes_the_place_of_a_photo_however_it_is_named(folder, other):
    out = folder
    if other == "hard":
        os.link(folder / "b.png", "copy.png")
        job = ([folder / "b.png"], Path("copy.png"))
    elif other == "link":
        Path("to-b.png").symlink_to(folder / "b.png")
        job = ([folder / "b.png"], Path("to-b.png"))
    elif other == "case":
        job = ([folder / "b.png"], folder / "B.PNG")
    else:
        Path("same").symlink_to("photos", target_is_directory=True)
        job, out = ([folder / "b.png"], Path("same")), Path("same")
    before = (folder / "b.png").read_bytes()
    with pytest.raises(SamError, match="take the place of the photo"):
        plan(*[job[0], Image, job[1]], overwrite=True)
    assert (out / "b.png").read_bytes() == before


def test_comparisons_grow_with_the_photos_and_not_with_their_square(folder, monkeypatch):
    looks = []
    real = os.stat

    def count(*args, **options):
        looks.append(args[0])
        return real(*args, **options)

    counted = {}
    for number in (40, 80):
        place = Path(f"{number}")
        (place / "out").mkdir(parents=True)
        photos = [place / f"{i}.png" for i in range(number)]
        for photo in photos:
            photo.touch()
            (place / "out" / photo.name).touch()
        looks.clear()
        with monkeypatch.context() as patch:
            patch.setattr(os, "stat", count)
            patch.setattr(os.path, "samefile", lambda *_: looks.append("two"))
            plan(photos, Image, place / "out", overwrite=True)
        counted[number] = len(looks)
    assert counted[80] <= 2 * counted[40] + 10


def test_many_photos_of_one_name_get_a_name_each():
    photos = [Path(f"{i}/a.png") for i in range(400)]
    names = name_results(photos, ".png")
    assert len(set(names)) == 400
    assert names[:3] == ["a.png.png", "a.png-2.png", "a.png-3.png"]


def test_names_that_would_be_too_long_are_refused_before_the_work(folder):
    long = folder / ("x" * 251 + ".png")
    Pil.new("RGB", (8, 6)).save(long)
    with pytest.raises(SamError, match="too long"):
        plan([long], dict, Path("out"))
    Path("out").mkdir()
    with pytest.raises(SamError, match="too long"):
        plan([long], dict, Path("out"))
    assert plan([long], Image, Path("out")) == [Job(long, Path("out") / long.name)]


@pytest.mark.parametrize(
    ("photos", "out", "words"),
    [
        (["a.png", "b.png"], "-", "Standard output takes one result"),
        (["-"], "folder", "no name. Say where its result goes"),
    ],
)
def test_pipes_that_cannot_be(photos, out, words):
    with pytest.raises(SamError, match=words):
        plan([Path(photo) for photo in photos], Image, Path(out))


def test_a_photo_on_standard_input_comes_alone():
    assert find_photos(["-"]) == [Path("-")]
    with pytest.raises(SamError, match="cannot be one of several"):
        find_photos(["-", "a.png"])
