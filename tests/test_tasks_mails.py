"""Mails that ask people for what is theirs to do: one each, and never one that may have gone out already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from offboard.domain.capabilities import Unclear
from offboard.engine.asking import send_mails
from offboard.errors import Rejected, SystemFault, Unreachable
from offboard.wiring import open_firm
from tests.tasks_company import NUMBER, begin, task

if TYPE_CHECKING:
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace


def test_people_are_asked_and_reminded_by_mail_each_once(small: Workplace, smtp_sink: SmtpSink) -> None:
    begin(small)
    assert "no mail to send" in small.run("tasks", "remind")
    small.run("apply", NUMBER)
    assert small.run("tasks", "remind").count("request sent") == 4
    assert "no mail to send" in small.run("tasks", "remind")
    (mail,) = smtp_sink.to("bob@corp.test")
    read = message_from_bytes(mail if isinstance(mail, bytes) else mail.content, policy=policy.default)
    assert read["Subject"] == f"Alice Archer leaves: your task {task('keys')}"
    body = read.get_body(("plain",)).get_content()
    assert "Collect the keys" in body
    assert f"offboard tasks confirm {task('keys')} --as bob@corp.test" in " ".join(body.split())

    firm = open_firm(small.folder / "offboard.toml", now=lambda: datetime.now(UTC) + timedelta(hours=23, minutes=10))
    sent = send_mails(firm.office, firm.task_mails)
    assert [(mail.task.target, mail.reminder) for mail in sent] == [("keys", True)]
    assert send_mails(firm.office, firm.task_mails) == []
    firm.close()
    assert len(smtp_sink.to("bob@corp.test")) == 2


@pytest.mark.parametrize(
    ("fault", "again", "raised"),
    [
        (Unclear("the answer never came"), 0, None),
        (Rejected("no such mailbox", system="outbox"), 0, SystemFault),
        (Unreachable("no answer", system="outbox"), 4, SystemFault),
    ],
)
def test_a_mail_that_may_have_gone_out_is_never_sent_again(
    small: Workplace, monkeypatch: pytest.MonkeyPatch, fault: Exception, again: int, raised: type[Exception] | None
) -> None:
    begin(small)
    small.run("apply", NUMBER)
    firm = small.firm()

    def refuse(*_: object, **__: object) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr("offboard.connectors.smtp.Connection.send", refuse)
        if raised:
            with pytest.raises(raised):
                send_mails(firm.office, firm.task_mails)
        else:
            send_mails(firm.office, firm.task_mails)
    assert len(send_mails(firm.office, firm.task_mails)) == again
    firm.close()


def test_stopped_means_no_mail_either(small: Workplace) -> None:
    begin(small)
    small.run("apply", NUMBER)
    small.run("stop", "--as", "dave@corp.test")
    assert "no mail to send" in small.run("tasks", "remind")
