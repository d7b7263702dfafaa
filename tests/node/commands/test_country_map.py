# SPDX-License-Identifier: Apache-2.0
"""`bavn map`: what it does with a data folder, and what it says of whose borders are in use."""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from bavn.engines.utm import Zone
from bavn.node.commands.country_map import map_command, map_options
from bavn.node.terminal import Terminal
from bavn.runtime.folder import Folder
from bavn.runtime.halt import Halt
from bavn.runtime.map_files import MUNICIPALITIES, country_layer, maps_folder, shape_of
from bavn.runtime.texts import LANGUAGES, Texts
from tests.runtime import borders as b
from tests.runtime.folders import founded
from tests.runtime.test_maps import DENMARK
from tools.tree import matching, text

Capture = pytest.CaptureFixture[str]
Run = Callable[..., str]


@pytest.fixture(params=LANGUAGES)
def run(request: pytest.FixtureRequest, tmp_path: Path, capsys: Capture) -> Run:
    """A function that gives the command and what it said, in each language."""
    folder = founded(tmp_path / "data")
    texts = Texts(request.param)

    def given(*words: object) -> str:
        parser = argparse.ArgumentParser()
        map_options(parser.add_argument_group(), texts)
        options = parser.parse_args([*map(str, words)], argparse.Namespace(data=folder))
        assert map_command(options, Terminal(texts)) == 0
        return capsys.readouterr().out

    return given


def denmark(path: Path) -> Path:
    """Write the whole country as a GeoPackage in metres: the built-in guess stands in for truth."""
    layer = country_layer(DENMARK, MUNICIPALITIES)
    shapes = {
        str(each.properties["code"]): shapely.transform(shape_of(each.polygons), Zone(32).to_metres)
        for each in layer.features
    }
    return b.geopackage(path, b.rows(shapes))


def test_borders_are_taken_in_shown_taken_off_and_put_back(run: Run, tmp_path: Path) -> None:
    built_in = run("show")
    said = run("import", denmark(tmp_path / "kommuner.gpkg"), "--date", "2026-09")
    assert "98" in said
    assert "Indeholder data fra Klimadatastyrelsen, DAGI, 2026-09" in said
    assert "--source" in said
    in_use = run("show")
    assert in_use != built_in
    assert "CC BY 4.0" in in_use
    kept = maps_folder(tmp_path / "data") / MUNICIPALITIES
    metadata = json.loads(kept.read_bytes())["metadata"]
    assert (metadata["approximate"], metadata["file"]) == (False, "kommuner.gpkg")
    removed = run("remove")
    assert not kept.exists()
    (former,) = (kept.parent / "former").iterdir()
    assert str(former) in removed
    assert run("show") == built_in
    assert in_use.strip() in run("back")
    assert run("show") == in_use


def test_what_the_map_is_to_say_can_be_given(run: Run, tmp_path: Path) -> None:
    file = denmark(tmp_path / "kommuner.gpkg")
    said = run(
        "import", file, "--source", "Landets kort", "--licence", "CC0", "--date", "2026-09-30"
    )
    assert "Landets kort, 2026-09-30" in said
    assert "CC0" in said
    assert "--source" not in said
    assert "map back" in run("import", file, "--source", "Et andet kort")


def test_there_may_be_nothing_to_take_off(run: Run) -> None:
    assert run("remove")
    assert run("back")


def test_a_refusal_has_words_in_both_languages(run: Run, tmp_path: Path) -> None:
    with pytest.raises(Halt) as halted:
        run("import")
    assert halted.value.refused.code == "map_no_file"
    (tmp_path / "k.zip").write_bytes(b"PK")
    with pytest.raises(Halt) as halted:
        run("import", tmp_path / "k.zip")
    assert halted.value.refused.code == "map_format"


def test_every_refusal_has_words_in_both_languages() -> None:
    source = "".join(
        text(path)
        for path in matching("src/bavn/node/commands/country_map.py", "src/bavn/runtime/*.py")
        if Path(path).stem in {"country_map", "map_import", "map_store", "geopackage_file"}
    )
    codes = set(re.findall(r'"(map_[a-z_]+)",', source))
    assert {"map_overlaps", "map_no_file", "map_layer"} <= codes
    for language in LANGUAGES:
        texts = Texts(language)
        said = {code for code in codes if texts.has(f"refused.{code}.says")}
        assert codes == said


def test_a_folder_without_a_node_is_refused(tmp_path: Path) -> None:
    options = argparse.Namespace(data=Folder(tmp_path), action="show", country="denmark")
    with pytest.raises(Halt, match="no node"):
        map_command(options, Terminal(Texts("en")))
