# SPDX-License-Identifier: Apache-2.0
"""Bundles between nodes of Lilleland: made to bytes, opened, taken in."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from nacl.signing import SigningKey

from bavn.journal import offer
from bavn.kernel.identity import NodeId
from bavn.runtime.bundle.export import Exported, export_bundle
from bavn.runtime.bundle.form import LABEL_BYTES_LIMIT, MANIFEST, Records, pack, write_label
from bavn.runtime.bundle.gathering import Wanted
from bavn.runtime.bundle.importing import (
    Receiver,
    Report,
    Source,
    import_bundle,
    receiver_of,
)
from bavn.runtime.bundle.sealing import seal, unseal
from tests.journal.courses import OWNERS, SORTS, Country, Tell
from tests.lilleland.nodes import Node, key_of

# Segments as short as these make many records of few facts; a commit group here is shorter.
SHORT_SEGMENT = 16
TELLINGS = 24


def silent(*_: int) -> None:
    """Nobody watches."""


@contextmanager
def busy_country(chance: Random) -> Iterator[Country]:
    """Give a country in which much has happened, and the nodes have heard some of each other."""
    country = Country()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offer, "SEGMENT_FACTS_LIMIT", SHORT_SEGMENT)
        try:
            for at in range(TELLINGS):
                asks = (
                    (chance.choice(OWNERS), chance.choice(SORTS), chance.randrange(20))
                    for _ in range(12)
                )
                country.play([Tell(asks=tuple(asks))])
                if at == TELLINGS // 2:
                    country.exchange()
            yield country
        finally:
            country.close()


@contextmanager
def exported(node: Node, to: NodeId, **wanted: Any) -> Iterator[tuple[Exported, list[bytes]]]:
    """Give what was exported, and the bytes of each file."""
    with TemporaryDirectory() as out, TemporaryDirectory() as work:
        folders = (Path(out), Path(work))
        now = node.settings.clock()
        record, asked = node.journal.record, Wanted(to=to, **wanted)
        made = export_bundle(record, asked, key_of(node.name), folders, now, silent)
        assert sorted(folders[0].iterdir()) == sorted(made.paths)
        assert list(folders[1].iterdir()) == []
        yield made, [path.read_bytes() for path in made.paths]


def bundle(node: Node, to: NodeId, **wanted: Any) -> list[bytes]:
    """Give the bytes of each part of a bundle."""
    with exported(node, to, **wanted) as (_, files):
        return files


def receiver(node: Node, key: SigningKey | None = None) -> Receiver:
    return receiver_of(node.journal.record, key or key_of(node.name))


def taken(node: Node, *files: bytes, key: SigningKey | None = None) -> Report:
    """Give what came of taking in these files at once; each is called by its number."""
    sources = [Source(f"file {n}", BytesIO(raw)) for n, raw in enumerate(files)]
    return import_bundle(node.journal.merge, sources, receiver(node, key), silent)


def opened(raw: bytes, key: SigningKey) -> list[tuple[bytes, bytes]]:
    """Give the sort and the content of each record of a part."""
    found: list[tuple[bytes, bytes]] = []
    stream = BytesIO(raw)
    stream.readline(LABEL_BYTES_LIMIT)
    records = Records(lambda sort, content, _: found.append((sort, content)))
    unseal(key, stream, records.feed)
    assert records.is_between
    assert found[0][0] == MANIFEST
    return found


def sealed(label: Any, to: NodeId, *records: tuple[bytes, bytes]) -> bytes:
    """Give a part made up of any records: anybody can seal to a node."""
    out = BytesIO()
    out.write(write_label(label))
    seal(key_of(to).verify_key, (pack(*each) for each in records), out)
    return out.getvalue()
