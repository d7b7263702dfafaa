# SPDX-License-Identifier: Apache-2.0
"""The account of what other systems send, and their numbers; made once for a world that is served.

Runbook, when `feeds.broken` is in the log: this account broke on something. What was sent was taken
or refused as ever, and no alarm has waited; the counts on /feeds miss it. Tell those who make it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.feeds.model.number import means
from bavn.capabilities.feeds.model.tally import Sender, SilenceRule, Tally
from bavn.capabilities.feeds.ports import Around, KeptFeeds
from bavn.capabilities.feeds.views import NUMBERS
from bavn.capabilities.feeds.views.told import Number, SenderNow, SortNow
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.feeds import Fault, FeedSort, KeptFault, Spoken
from bavn.frame.given import Given
from bavn.journal.reader import Query
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId, Subject, is_subject
from bavn.kernel.instants import instant_of, ms_of
from bavn.kernel.refusal import Refused

# More than all systems of a country; one more than that is not counted, and its words are taken.
SENDERS_LIMIT = 500
# What is counted is written down so often at most: it is lost for so long when a process is killed.
SAVE_EVERY_MS = 10_000
# A row that is longer is kept in part, and says so.
RAW_BYTES_LIMIT = 4_096
# One request that is all wrong shows it by its first rows.
FAULTS_AT_ONCE = 100
# A sort that no table knows.
_NO_RULE = SilenceRule(silent_min=24 * 60, spoken_least=1_000, late_min=10)
_decode = msgspec.json.Decoder(Sender).decode


class Room:
    """What is counted is here, in one event loop; what is kept goes through a port."""

    def __init__(self, query: Query, around: Around, kept: KeptFeeds, began_at: datetime) -> None:
        self.around, self.kept = around, kept
        self._query = query
        self._began_at = began_at
        self._senders: dict[str, Sender] = {}
        self._saved_ms: dict[str, int] = {}
        for name, says in kept.senders().items():
            try:
                self._senders[name] = _decode(says)
            except msgspec.MsgspecError as error:
                # Written by another version: counted anew.
                around.broken("senders", error)

    # What comes in

    def heard(self, call: Call, spoken: Spoken) -> None:
        """Count what a system has sent. Never in its way: whatever breaks here is told apart."""
        if call.is_person:
            return
        try:
            sender, now_ms = self._sender(call), ms_of(call.now)
            if sender is not None:
                rule = self._rule(spoken.sort)
                self._tally(sender, spoken.sort).hear(spoken, now_ms, rule.late_min * 60_000)
                self._save(sender, now_ms)
        except Exception as error:  # noqa: BLE001 - an account must not stop an alarm
            self.around.broken("heard", error)

    def faulted(self, call: Call, faults: Sequence[Fault]) -> None:
        """Count what could not be taken, and have it kept as it came."""
        if call.is_person or not faults:
            return
        try:
            sender, now_ms = self._sender(call), ms_of(call.now)
            if sender is None:
                return
            for each in faults:
                self._tally(sender, each.sort).fault(1, now_ms)
            for each in faults[:FAULTS_AT_ONCE]:
                self.kept.note(_kept(each, sender, call))
            self._save(sender, now_ms)
        except Exception as error:  # noqa: BLE001 - same
            self.around.broken("faulted", error)

    def save_all(self) -> None:
        """Have all that is counted kept: the world is closing."""
        for sender in self._senders.values():
            self.kept.save(sender.name, msgspec.json.encode(sender))

    # What is read

    def senders(self, call: Call) -> list[SenderNow]:
        """Those that act for an organisation of the caller's, by name."""
        return [
            self._shown(each, call.now)
            for each in sorted(self._ours(call), key=lambda each: each.name)
        ]

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Who has fallen silent, and which incidents nobody has said the end of. Quietly."""
        found = [each for sender in self._ours(call) for each in self._silences(sender, call)]
        for service in sorted(call.organisations):
            found += self._unfinished(call, service)
        return found

    def known(
        self, call: Call, numbers: Sequence[str], place: tuple[float, float] | None
    ) -> str | None:
        """The incident that a caller's system means by one of these numbers; None for a new one.

        Never in an alarm's way: where this breaks, it is a new one.
        """
        try:
            for number in numbers:
                found = [
                    known
                    for row in self._numbered(call, {"number": number, "system": call.sender})
                    if (known := self.around.incident(call, _id(row))) is not None
                    and means(known, self.around.number_means, call.now, place)
                ]
                if found:
                    return max(found, key=lambda each: (each.is_open, each.reported_at)).id
        except Exception as error:  # noqa: BLE001 - same
            self.around.broken("known", error)
        return None

    def found(self, call: Call, number: str) -> list[str]:
        """All incidents that a caller's systems have called so, the newest first."""
        rows = self._numbered(call, {"number": number.strip()})
        rows.sort(key=lambda row: _whole(row["at_ms"]), reverse=True)
        return list(dict.fromkeys(map(_id, rows)))

    def numbers(self, call: Call, incident: str) -> list[Number]:
        """What systems call an incident, the latest of each first."""
        subject = f"incident:{incident}"
        if not is_subject(subject):
            return []
        rows = self._query.rows(call.reader, NUMBERS, {"subject": subject})
        rows.sort(key=lambda row: (_whole(row["at_ms"]), str(row["last_fact"])), reverse=True)
        seen: set[Value] = set()
        found = []
        for row in rows:
            found.append(
                Number(
                    number=str(row["number"]),
                    system=str(row["system"]),
                    at=instant_of(_whole(row["at_ms"])),
                    is_now=row["system"] not in seen,
                )
            )
            seen.add(row["system"])
        return found

    def has(self, call: Call, incident: str) -> frozenset[str]:
        """What the caller's own system calls an incident, or has called it."""
        return frozenset(
            each.number for each in self.numbers(call, incident) if each.system == call.sender
        )

    async def faults(self, call: Call, sender: str, limit: int) -> list[KeptFault]:
        """Rows that could not be taken, the latest first; that they were looked at is kept."""
        try:
            found = list(await self.kept.faults(sorted(call.organisations), sender, limit))
        except OSError as error:
            raise Refusal(
                Refused(
                    code="faults_not_readable",
                    says="What could not be taken cannot be shown now.",
                    try_instead="Have the node's disk looked at; what is sent is taken meanwhile.",
                )
            ) from error
        if not call.reader.personal:
            return found
        for organisation, name in sorted({(each.organisation, each.sender) for each in found}):
            self.around.read(call, OrganisationId(organisation), name)
        return found

    def is_unfinished(self, call: Call, incident: str) -> bool:
        """True for an incident of another system that is asked about."""
        before = call.now - self.around.asked_after
        return bool(self.numbers(call, incident)) and any(
            self.around.quiet(call, service, before, lambda each: each == incident)
            for service in call.organisations
        )

    # Inside

    def _sender(self, call: Call) -> Sender | None:
        sender = self._senders.get(call.sender)
        if sender is None:
            if len(self._senders) >= SENDERS_LIMIT:
                return None
            sender = Sender(name=call.sender, organisations=tuple(sorted(call.organisations)))
            self._senders[call.sender] = sender
        elif len(sender.organisations) != len(call.organisations):
            sender.organisations = tuple(sorted(call.organisations))
        return sender

    @staticmethod
    def _tally(sender: Sender, sort: FeedSort) -> Tally:
        tally = sender.tallies.get(sort.value)
        if tally is None:
            tally = sender.tallies[sort.value] = Tally()
        return tally

    def _rule(self, sort: str) -> SilenceRule:
        return self.around.rules.get(sort, _NO_RULE)

    def _save(self, sender: Sender, now_ms: int) -> None:
        if abs(now_ms - self._saved_ms.get(sender.name, 0)) >= SAVE_EVERY_MS:
            self._saved_ms[sender.name] = now_ms
            self.kept.save(sender.name, msgspec.json.encode(sender))

    def _ours(self, call: Call) -> list[Sender]:
        gone_ms = ms_of(call.now) - self.kept.kept_days * 86_400_000
        for each in [each for each in self._senders.values() if each.last_at_ms < gone_ms]:
            del self._senders[each.name]
            self.kept.forget(each.name)
        return [
            each
            for each in self._senders.values()
            if not call.organisations.isdisjoint(each.organisations)
        ]

    def _shown(self, sender: Sender, now: datetime) -> SenderNow:
        return SenderNow(
            name=sender.name,
            organisations=sender.organisations,
            last_at=instant_of(sender.last_at_ms),
            sorts=tuple(
                self._sort(sort.value, sender.tallies[sort.value], now)
                for sort in FeedSort
                if sort.value in sender.tallies
            ),
        )

    def _sort(self, sort: str, tally: Tally, now: datetime) -> SortNow:
        rule, last_at = self._rule(sort), instant_of(tally.last_at_ms)
        is_silent = tally.is_silent(rule, now, self._began_at)
        return SortNow(
            sort=sort,
            first_at=instant_of(tally.first_at_ms),
            last_at=last_at,
            hour_count=tally.last_hour(ms_of(now)),
            count=tally.count,
            repeated_count=tally.repeated_count,
            disordered_count=tally.disordered_count,
            late_count=tally.late_count,
            fault_count=tally.fault_count,
            clock=tally.skew(),
            silent_after_s=round(tally.silent_after(rule).total_seconds()),
            silent_since=last_at if is_silent else None,
        )

    def _silences(self, sender: Sender, call: Call) -> list[Attention]:
        ours = sorted(call.organisations.intersection(sender.organisations))
        service = OrganisationId(ours[0])
        found = []
        for sort, tally in sender.tallies.items():
            since = instant_of(tally.last_at_ms)
            is_old = call.now - since > self.around.forgotten_after
            if not is_old and tally.is_silent(self._rule(sort), call.now, self._began_at):
                sent = call.say(f"feeds.sort.{sort}")
                found.append(
                    Attention(
                        id=f"feeds.silent:{sender.name}:{sort}:{tally.last_at_ms}",
                        text="feeds.attention_silent",
                        values={"system": sender.name, "sort": sent},
                        since=since,
                        about=Subject(f"organisation:{service}"),
                        path="/feeds",
                        service=service,
                    )
                )
        return found

    def _unfinished(self, call: Call, service: OrganisationId) -> list[Attention]:
        before = call.now - self.around.asked_after
        return [
            Attention(
                id=f"feeds.unfinished:{incident}",
                text="feeds.attention_unfinished",
                values={"incident": self.around.label(call, incident)},
                since=since,
                about=Subject(f"incident:{incident}"),
                path=f"/incidents/{incident}",
                service=service,
            )
            # Asked only of what another system has: its closing may have been lost on the way.
            for incident, since in self.around.quiet(
                call, service, before, lambda each: bool(self.numbers(call, each))
            )
        ]

    def _numbered(self, call: Call, where: Mapping[str, Value]) -> list[Row]:
        found = self._query.rows(call.reader, NUMBERS, where)
        return [row for row in found if row["owner"] in call.organisations]


def _kept(fault: Fault, sender: Sender, call: Call) -> KeptFault:
    return KeptFault(
        sender=sender.name,
        organisation=call.actor.organisation,
        sort=fault.sort.value,
        where=fault.where,
        says=fault.says,
        code=fault.code,
        raw=fault.raw[:RAW_BYTES_LIMIT],
        is_cut=len(fault.raw) > RAW_BYTES_LIMIT,
        first_at=call.now,
        last_at=call.now,
        count=1,
    )


def _id(row: Row) -> str:
    return str(row["subject"]).partition(":")[2]


def _whole(value: Value) -> int:
    return value if isinstance(value, int) else 0


RoomGiven = Given[Room]
