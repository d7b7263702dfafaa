# SPDX-License-Identifier: Apache-2.0
"""What the journal keeps beside facts and entries.

Its channels, what waits, what was noticed, what has been done.

These are not views: they cannot be rebuilt from the facts, or are what the facts are read by.
"""

from bavn.journal.table import Column, Sort, Table

_NUMBER = Sort.INTEGER

META = Table(name="meta", columns=(Column("name"), Column("value")), key=("name",))

CHANNEL = Table(
    name="channel",
    columns=(
        Column("channel", _NUMBER),
        Column("node"),
        Column("incarnation", _NUMBER),
        Column("audience"),
        # The highest signed number heard of; beyond the head it is a gap that is known and shown.
        Column("announced", _NUMBER),
        # Why nothing more is taken from the channel; empty while all is well.
        Column("stopped"),
    ),
    key=("channel",),
)

# Segments that prove themselves but whose predecessors have not been heard.
WAITING = Table(
    name="waiting",
    columns=(Column("channel", _NUMBER), Column("first", _NUMBER), Column("raw", Sort.BYTES)),
    key=("channel", "first"),
)

# What a person has to look at: forks, contradictions, a clock astray. Never removed by the program.
EVIDENCE = Table(
    name="evidence",
    columns=(
        Column("id"),
        Column("sort"),
        Column("channel"),
        Column("sequence", _NUMBER),
        Column("says"),
        Column("raw", Sort.BYTES, optional=True),
        Column("noticed_at_ms", _NUMBER),
        # The fact by which a person settled it.
        Column("settled_by", optional=True),
    ),
    key=("id",),
)

# Facts that are kept and passed on, but in no view: not understood yet, or told by a node that does
# not host the owner.
SET_ASIDE = Table(
    name="set_aside",
    columns=(Column("position", _NUMBER), Column("sort"), Column("says")),
    key=("position",),
)

# Timers that have fired, by the hash of which timer it was.
FIRED = Table(
    name="fired", columns=(Column("timer"), Column("fired_at_ms", _NUMBER)), key=("timer",)
)

# The vault's ciphertexts; the keys are kept apart.
SEALED = Table(
    name="sealed",
    columns=(Column("sealed"), Column("key"), Column("ciphertext", Sort.BYTES)),
    key=("sealed",),
)

# Keys whose erasure is on record. The key is destroyed after the commit, and once more at each
# start.
ERASED = Table(name="erased", columns=(Column("key"),), key=("key",))

# Where the facts about trust stand in their channels: the roster is folded from them at each start.
TRUST = Table(
    name="trust",
    columns=(Column("channel", _NUMBER), Column("sequence", _NUMBER), Column("position", _NUMBER)),
    key=("channel", "sequence"),
)

# Facts about keys and texts that were heard, until the vault has acted on them.
ARRIVED = Table(name="arrived", columns=(Column("position", _NUMBER),), key=("position",))

# The wrapping key that each node offers now.
WRAP_KEY = Table(
    name="wrap_key", columns=(Column("node"), Column("wrap_key"), Column("told_at")), key=("node",)
)

# To whom the keys of texts were given, here or by us: an organisation, and the node where it reads.
SHARED = Table(
    name="shared",
    columns=(
        Column("key"),
        Column("organisation"),
        Column("node"),
        # The wrapping key that it was last sealed for; empty while its node has offered none.
        Column("wrap_key"),
        # One while the node has to be given the key, or given it anew.
        Column("waits", _NUMBER),
        # One when what it was shared for is over.
        Column("ended", _NUMBER),
    ),
    key=("key", "organisation", "node"),
    indexes=(("waits",), ("node", "ended")),
)

# How far a stand-in was told what was open when it was named: past which subject; `~` for all.
HANDED = Table(
    name="handed",
    columns=(Column("owner"), Column("organisation"), Column("node"), Column("reached")),
    key=("owner", "organisation", "node"),
)

# Where the ciphertexts stand that other nodes have shared with this one.
RECEIVED = Table(
    name="received",
    columns=(Column("sealed"), Column("key"), Column("position", _NUMBER)),
    key=("sealed",),
)

KEPT = (
    META,
    CHANNEL,
    WAITING,
    EVIDENCE,
    SET_ASIDE,
    FIRED,
    SEALED,
    ERASED,
    TRUST,
    ARRIVED,
    WRAP_KEY,
    SHARED,
    HANDED,
    RECEIVED,
)
