"""The tables of the store."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData()

departures = Table(
    "departures",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("person", String(255), nullable=False, index=True),
    Column("status", String(16), nullable=False, index=True),
    Column("moment", String(32), nullable=False, index=True),
    Column("requested_at", String(32), nullable=False),
    Column("data", Text, nullable=False),
    Column("clock", Text, nullable=False, default="{}"),
)

open_people = Table(
    "open_people",
    metadata,
    Column("person", String(255), primary_key=True),
    Column("departure", String(32), nullable=False),
)
"""One open departure per person, by the immutable id: the database itself refuses a second one."""

plans = Table(
    "plans",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("departure", String(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("place", Integer, nullable=False),
    Column("voided", Boolean, nullable=False, default=False),
    Column("asked_by", String(255), nullable=False, default=""),
    Column("guards", Text, nullable=False, default="[]"),
    Column("data", LargeBinary, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("departure", String(32), nullable=False, index=True),
    Column("digest", String(64), nullable=False, index=True),
    Column("data", Text, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("change", String(32), primary_key=True),
    Column("departure", String(32), nullable=False, index=True),
    Column("data", Text, nullable=False),
    Column("settled_by", String(255), nullable=False, default=""),
    Column("next_try", String(32), nullable=False, default=""),
)

intents = Table(
    "intents",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("change", String(32), primary_key=True),
    Column("departure", String(32), nullable=False, index=True),
)
"""Changes that were about to be written: one without an outcome is settled by looking."""

evidence = Table(
    "evidence",
    metadata,
    Column("departure", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("line", LargeBinary, nullable=False),
    Column("hash", String(64), nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("departure", String(32), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("approved", String(64), nullable=False, default=""),
    Column("approved_by", String(255), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("data", Text, nullable=False),
    Column("edited_by", String(320), nullable=True),
)

rule_copies = Table(
    "rule_copies",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("system", String(64), nullable=False),
    Column("mailbox", String(255), nullable=False, index=True),
    Column("name", String(255), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("taken_at", String(32), nullable=False),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("system", "mailbox", "name", "sha256", "active"),
)

readings = Table(
    "readings",
    metadata,
    Column("system", String(64), primary_key=True),
    Column("mailbox", String(255), primary_key=True),
    Column("taken_at", String(32), nullable=False),
    Column("scripts", Text, nullable=False),
)
"""When each mailbox was read last, and which scripts it had then."""

sealed = Table(
    "sealed",
    metadata,
    Column("ref", String(255), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("departure", String(32), primary_key=True),
    Column("holder", String(255), nullable=False),
    Column("token", Integer, nullable=False),
    Column("until", String(32), nullable=False),
)

switches = Table(
    "switches",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

people_tasks = Table(
    "people_tasks",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("departure", String(32), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("data", Text, nullable=False),
)

task_mails = Table(
    "task_mails",
    metadata,
    Column("task", String(160), primary_key=True),
    Column("occasion", String(400), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("at", String(32), nullable=False),
)
"""The ledger of mails about tasks: an occasion is marked before its mail goes out, so that it goes at most once."""

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("mail", String(320), nullable=False),
    Column("asked_at", String(32), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("code", String(64), nullable=False),
    Column("until", String(32), nullable=False),
    Column("tries", Integer, nullable=False),
)
"""Codes that were asked for at the desk: only what tells the right one from others, never the code."""

desk_sessions = Table(
    "desk_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person", String(320), nullable=False, index=True),
    Column("began", String(32), nullable=False),
    Column("until", String(32), nullable=False),
    Column("browser", String(120), nullable=False),
    Column("proved", String(32), nullable=True),
)
"""Who is signed in at the desk, by the SHA-256 of what the browser holds."""

departure_requests = Table(
    "departure_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("asked_at", String(32), nullable=False),
    Column("departure", String(32), nullable=False),
    Column("said", Text, nullable=False),
    Column("data", Text, nullable=False),
)

known_people = Table(
    "known_people",
    metadata,
    Column("system", String(64), primary_key=True),
    Column("login", String(255), primary_key=True),
    Column("name", String(320), nullable=False),
    Column("mail", String(320), nullable=False),
    Column("title", String(320), nullable=False),
    Column("folded", Text, nullable=False),
)
"""Whom the desk finds, as the directories named them when they were read last."""

plan_answers = Table(
    "plan_answers",
    metadata,
    Column("departure", String(32), primary_key=True),
    Column("question", String(64), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("person", String(320), nullable=False),
    Column("at", String(32), nullable=False),
    Column("yes", Boolean, nullable=True),
)
"""What people answered to what planning asks, by the question's id; ``answer`` is the reason."""

letters_opened = Table(
    "letters_opened",
    metadata,
    Column("person", String(320), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("departure", String(32), nullable=False),
    Column("at", String(32), nullable=False),
)
"""Who has looked at which letter, as it read then."""

letter_marks = Table(
    "letter_marks",
    metadata,
    Column("letter", String(128), primary_key=True),
    Column("mark", String(16), primary_key=True),
    Column("departure", String(32), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("person", String(320), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("note", Text, nullable=False),
)
"""What happened to a letter beside its state: held, shown to the owner first, mailed, printed, posted."""

letter_gates = Table(
    "letter_gates",
    metadata,
    Column("departure", String(32), primary_key=True),
    Column("gate", String(16), primary_key=True),
    Column("value", String(64), nullable=False),
    Column("person", String(320), nullable=False),
    Column("at", String(32), nullable=False),
)
"""What the letters of a departure wait for: a moment (``embargo``), the owner's word after the first (``canary``)."""
