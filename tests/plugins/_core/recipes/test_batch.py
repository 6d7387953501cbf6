"""Which photos, where results go, and that no photo is ever written over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from plugins import Chain, Host, Recipe, RecipeError, Step
from plugins._core.recipes.batch import Job, find_photos, plan, run_batch
from sam import Cutout, Image, Masks, ModelUnavailable, SamError


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """photos/ with b.png, A.JPG, notes.txt, .hidden.png and a folder; the current folder is the one around it."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "photos"
    (place / "more.png").mkdir(parents=True)
    for name in ("b.png", "A.JPG", ".hidden.png"):
        Pil.new("RGB", (8, 6), (200, 10, 10)).save(place / name)
    (place / "notes.txt").write_text("no photo")
    return Path("photos")


RECIPE = Recipe.from_json({"recipe": "x", "steps": [{"tool": "negative"}]})


def names(found: list[Path]) -> list[str]:
    return [path.name for path in found]


def test_photos_of_a_folder_and_files_that_are_named_each_once(folder):
    assert names(find_photos([folder])) == ["A.JPG", "b.png"]
    again = find_photos([folder / "notes.txt", folder / "b.png", folder, folder.resolve()])
    assert names(again) == ["notes.txt", "b.png", "A.JPG"]


@pytest.mark.parametrize(
    ("place", "words"), [("photos/more.png", "no photos in the folder"), ("gone.png", "gone.png is not there")]
)
def test_places_without_photos(folder, place, words):
    with pytest.raises(SamError, match=words):
        find_photos([place])


@pytest.mark.parametrize(
    ("photos", "kind", "expected"),
    [
        (["a.jpg", "b.png"], Image, ["a.png", "b.png"]),
        (["a.jpg"], Masks, ["a.json"]),
        (["a.jpg"], str, ["a.txt"]),
        (["a.jpg", "A.png", "b.jpg"], Cutout, ["a.jpg.png", "A.png.png", "b.png"]),
        (["x/a.jpg", "y/a.jpg"], Image, ["a.jpg.png", "a.jpg-2.png"]),
    ],
)
def test_results_get_the_photos_names(tmp_path, photos, kind, expected):
    jobs = plan([tmp_path / photo for photo in photos], kind, tmp_path / "out")
    assert [job.out.relative_to(tmp_path / "out").as_posix() for job in jobs] == expected


def test_one_photo_may_go_to_a_file(folder):
    (job,) = plan([folder / "b.png"], Image, Path("result.jpg"))
    assert job.out == Path("result.jpg")


@pytest.mark.parametrize(
    ("photos", "out", "options", "words"),
    [
        (["b.png"], "photos", {}, "take the place of the photo"),
        (["b.png"], "photos/b.png", {}, "take the place of the photo"),
        (["b.png"], "photos", {"overwrite": True}, "take the place of the photo"),
        (["A.JPG", "b.png"], "photos/more.png/../../photos", {"overwrite": True}, "take the place of the photo"),
        (["A.JPG", "b.png"], "one.png", {}, "one.png is one file, and there are 2 photos"),
        (["b.png"], "photos/notes.txt/x", {}, "not"),
        (["b.png"], "link", {"overwrite": True}, "take the place of the photo"),
        (["b.png"], "there", {}, r"there.b\.png is there already.*--overwrite"),
        (["b.png"], "out", {"picture": "gif"}, "ends in"),
        (["b.png"], "nowhere/result.png", {}, "nowhere does not exist"),
        (["b.png"], "file", {}, "file is a file"),
    ],
)
def test_places_that_results_may_not_go_to(folder, photos, out, options, words):
    Path("link").symlink_to("photos", target_is_directory=True)
    Path("there").mkdir()
    Path("there/b.png").write_text("of an earlier run")
    Path("file").write_text("a file")
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    if out == "photos/notes.txt/x":
        (failed,) = run_batch(chain(), plan([folder / "b.png"], Image, Path(out)))
        assert "Error" in failed.error
    else:
        with pytest.raises(SamError, match=words):
            plan([folder / photo for photo in photos], Image, Path(out), **options)
    assert before == {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_earlier_results_are_replaced_when_that_is_wanted(folder):
    Path("out").mkdir()
    Path("out/b.png").write_text("of an earlier run")
    (job,) = plan([folder / "b.png"], Image, Path("out"), overwrite=True)
    assert job == Job(folder / "b.png", Path("out/b.png"))


def chain(raises: Exception | None = None) -> Chain:
    """Photo -> its negative; a photo 1 pixel wide makes the tool raise."""

    def negative(image: Image) -> Image:
        """The negative."""
        if raises is not None and image.shape[1] == 1:
            raise raises
        return 255 - image

    host = Host()
    host.add_tool(negative)
    return RECIPE.check(host)


@pytest.mark.parametrize(
    ("raises", "words"),
    [
        (SamError("Too thin."), "Too thin."),
        (ZeroDivisionError("oh"), "The recipe failed (ZeroDivisionError: oh)"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_one_bad_photo_does_not_stop_the_others(folder, raises, words):
    Pil.new("RGB", (1, 6)).save(folder / "bad.png")
    (folder / "cut.png").write_bytes((folder / "b.png").read_bytes()[:40])
    jobs = plan(find_photos([folder]), Image, Path("out"))
    done = {result.job.photo.name: result for result in run_batch(chain(raises), jobs)}
    assert [name for name, result in done.items() if result.error] == ["bad.png", "cut.png"]
    assert words in done["bad.png"].error
    assert "cut.png" in done["cut.png"].error
    assert sorted(path.name for path in Path("out").iterdir()) == ["A.png", "b.png"]
    assert np.asarray(Pil.open("out/b.png"))[0, 0].tolist() == [55, 245, 245]


def test_the_chain_is_made_once_however_many_photos(folder, monkeypatch):
    made: list[Chain] = []
    monkeypatch.setattr(Chain, "__post_init__", _counting(Chain.__post_init__, made))
    Pil.new("RGB", (4, 6)).save(folder / "c.png")
    jobs = plan(find_photos([folder]), Image, Path("out"))
    assert not [done.error for done in run_batch(chain(), jobs) if done.error]
    assert (len(jobs), len(made)) == (3, 1)
    made.clear()
    host = Host()
    host.add_tool(copy_of)
    value, kind = Recipe("x", (Step("copy_of"),)).run(host, {"image": np.zeros((4, 4, 3), np.uint8)})
    assert (value.shape, kind, len(made)) == ((4, 4, 3), Image, 1)


def copy_of(image: Image) -> Image:
    """The same."""
    return image.copy()


def _counting(make, made: list[Chain]):
    def counting(self: Chain) -> None:
        made.append(self)
        make(self)

    return counting


def test_what_is_wrong_for_all_is_said_once(folder):
    Pil.new("RGB", (1, 6)).save(folder / "bad.png")
    jobs = plan([folder / "bad.png"], Image, Path("out"))
    with pytest.raises(ModelUnavailable):
        list(run_batch(chain(ModelUnavailable("Not here.")), jobs))
    with pytest.raises(RecipeError, match="no such tool"):
        RECIPE.check(Host())


def test_results_keep_their_photos_colour_profiles(folder):
    from tests.sam.pictures import display_p3

    profile = display_p3()
    Pil.new("RGB", (8, 6), (200, 10, 10)).save(folder / "wide.png", icc_profile=profile)
    list(run_batch(chain(), plan([folder / "wide.png", folder / "b.png"], Image, Path("out"))))
    for name, expected in (("wide", profile), ("b", None)):
        with Pil.open(f"out/{name}.png") as picture:
            assert picture.info.get("icc_profile") == expected
