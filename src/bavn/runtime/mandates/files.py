# SPDX-License-Identifier: Apache-2.0
"""The files of a set of policies, read as they are: bounded, and each fault with its file."""

from importlib.resources.abc import Traversable

from bavn.kernel.refusal import BadInput, Problem

SCHEMA, LAW_SETS, ROLES, ACTS = "schema.cedarschema", "law_sets.csv", "roles.csv", "acts.csv"
# What the bases are in Danish; a basis that does not stand in it is shown as it is.
BASES = "bases.csv"
SUFFIX = ".cedar"
# A set of policies that nobody could read is no law; it also bounds what a decision costs, and how
# long others wait while a set is taken (bench/mandates.py). Denmark's own are a fifth of it.
POLICIES_LIMIT, BYTES_LIMIT, FILES_LIMIT = 300, 200_000, 100
_EMPTY = (
    "There is nothing in the folder. Put policies in it (`bavn mandates export` writes those that"
    " hold), or give up policies of one's own with `bavn mandates use --country`."
)


def texts_in(folder: Traversable) -> dict[str, str]:
    """The files of a folder that belong to a set, as they are; raises BadInput."""
    try:
        paths = sorted((each for each in folder.iterdir() if is_of_a_set(each.name)), key=_name)
    except OSError as error:
        raise BadInput(_unreadable(str(folder), error)) from error
    if not paths:
        raise BadInput(Problem(where=str(folder), says=_EMPTY))
    if len(paths) > FILES_LIMIT:
        says = f"There are more than {FILES_LIMIT} files: gather the policies in fewer."
        raise BadInput(Problem(where=str(folder), says=says))
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in paths:
        if not path.name.isascii():
            says = "Its name has letters that not every machine knows: give it another."
            problems.append(Problem(where=ascii(path.name), says=says))
            continue
        try:
            texts[path.name] = _text(path)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(_unreadable(path.name, error))
    if problems:
        raise BadInput(*problems)
    return texts


def is_of_a_set(name: str) -> bool:
    """True for a file that belongs to a set of policies."""
    return name.endswith(SUFFIX) or name in {SCHEMA, LAW_SETS, ROLES, ACTS, BASES}


def _name(path: Traversable) -> str:
    return path.name


def _text(path: Traversable) -> str:
    # A pipe would have us wait for whoever writes in it.
    if not path.is_file():
        raise OSError("it is no file")
    with path.open("rb") as file:
        return file.read(BYTES_LIMIT * 4 + 1).decode("utf-8")


def _unreadable(where: str, error: OSError | UnicodeDecodeError) -> Problem:
    if isinstance(error, UnicodeDecodeError):
        says = "It cannot be read as text: save it as UTF-8."
    else:
        # Without the path, which is of this machine.
        says = f"It cannot be read: {error.strerror or error}. See that the server may read it."
    return Problem(where=where, says=says)
