# SPDX-License-Identifier: Apache-2.0
"""What a page links to of the built front-end."""

import pytest

from bavn.runtime.web import assets


def test_a_page_has_the_styles_of_what_its_script_imports() -> None:
    """The map is shared by pages, and so is its sheet: without it, its buttons lie below it."""
    own, others = assets.styles("src/situation.ts"), assets.styles("src/main.ts")
    shared = assets._manifest()["src/situation.ts"].imports
    needed = [f"/static/{each}" for name in shared for each in assets._manifest()[name].css]
    assert set(needed) <= set(own)
    assert len(own) == len(set(own))
    assert own != others


def test_each_sheet_comes_once_and_after_what_it_builds_on(monkeypatch: pytest.MonkeyPatch) -> None:
    built = {
        "page": assets._Built("page.js", ["page.css"], ["map", "list"]),
        "list": assets._Built("list.js", ["list.css"], ["map"]),
        # Two that import each other end.
        "map": assets._Built("map.js", ["map.css"], ["list", "gone"]),
    }
    monkeypatch.setattr(assets, "_manifest", lambda: built)
    assert assets.styles("page") == ["/static/list.css", "/static/map.css", "/static/page.css"]
    assert assets.styles("nothing") == []
