# SPDX-License-Identifier: Apache-2.0
"""All planted bugs, by name."""

from tests.storm.bugs_of_hearing import HEARING
from tests.storm.bugs_of_trust import TRUST
from tests.storm.bugs_of_writing import WRITING

BUGS = {bug.name: bug for bug in (*WRITING.bugs, *HEARING.bugs, *TRUST.bugs)}
