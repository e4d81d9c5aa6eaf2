"""``$batch``: up to 1,000 requests in one ``multipart/mixed``, in their order; a change set is whole or not at all.

Source: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api
"""

from __future__ import annotations

import email.parser
import email.policy
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from offboard.practice.graph.calls import Call, Refused, Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

MOST: Final = 1000
PATH: Final = "/$batch"
_PHRASES: Final = {200: "OK", 204: "No Content"}
_END: Final = "\r\n"


def carry_out(
    raw: bytes,
    headers: dict[str, str],
    root: str,
    answer: Callable[[Call], Reply],
    together: Callable[[], AbstractContextManager[None]],
) -> Reply:
    """Answer every part of a batch; without ``odata.continue-on-error`` nothing is done after the first failure."""
    parts = _parts(raw, headers.get("content-type", ""))
    if sum(len(part) for part, _ in parts) > MOST:
        raise Refused(400, "0x80060888", f"The batch holds more than {MOST} requests.")
    goes_on = "odata.continue-on-error" in headers.get("prefer", "")
    told, failed = [], False
    for calls, whole in parts:
        if failed and not goes_on:
            break
        prepared = [_call(text, content_id, headers, root) for text, content_id in calls]
        if not whole:
            reply = answer(prepared[0])
            told.append(_http(reply))
            failed = failed or reply.status >= 400  # noqa: PLR2004 - HTTP's errors
            continue
        done, refused = _change_set(prepared, answer, together)
        failed = failed or refused is not None
        told.append(_http(refused) if refused else _set_of(done))
    body = "".join(f"--batchresponse{_END}{part}{_END}" for part in told) + f"--batchresponse--{_END}"
    return Reply(200, body.encode(), {"X-Content": "multipart/mixed; boundary=batchresponse"})


def _change_set(
    calls: list[Call], answer: Callable[[Call], Reply], together: Callable[[], AbstractContextManager[None]]
) -> tuple[list[tuple[str, Reply]], Reply | None]:
    done: list[tuple[str, Reply]] = []
    try:
        with together():
            for call in calls:
                if call.method == "GET":
                    raise Refused(400, "0x80060888", "A change set may hold no GET.")  # noqa: TRY301 - undoes the set
                reply = answer(call)
                if reply.status >= 400:  # noqa: PLR2004 - HTTP's errors
                    error = reply.body["error"]
                    refused = Refused(reply.status, error["code"], error["message"])
                    refused.headers = dict(reply.headers)
                    raise refused
                done.append((call.headers.get("content-id", ""), reply))
    except Refused as refused:
        body = {"error": {"code": refused.code, "message": refused.message}}
        return [], Reply(refused.status, body, refused.headers)
    return done, None


def _parts(raw: bytes, content_type: str) -> list[tuple[list[tuple[str, str]], bool]]:
    """Return the requests of a batch, each with its Content-ID; those of a change set together."""
    found = []
    for part in _message(raw.decode(), content_type):
        whole = part.get_content_type() == "multipart/mixed"
        inner = part.get_payload() if whole else [part]
        found.append(([(str(each.get_payload()), str(each.get("Content-ID", ""))) for each in inner], whole))
    return found


def _message(text: str, content_type: str) -> list[Any]:
    parser = email.parser.Parser(policy=email.policy.compat32)
    message = parser.parsestr(f"Content-Type: {content_type}\n\n{text}")
    if not message.is_multipart():
        raise Refused(400, "0x80060888", "The message is no multipart/mixed batch.")
    return list(message.get_payload())


def _call(text: str, content_id: str, outer: dict[str, str], root: str) -> Call:
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    line, *rest = head.strip().split("\n")
    method, target, _ = line.split(" ", 2)
    own = {name.casefold(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
    split = urlsplit(target)
    if split.path.endswith(PATH):
        raise Refused(400, "0x80060888", "A batch may hold no other batch.")
    headers = {"authorization": outer.get("authorization", ""), "content-id": content_id} | own
    if body.strip() and "content-type" not in own:
        raise Refused(400, "0x80060888", "A request of a batch that has a body needs a Content-Type.")
    return Call(method, unquote(split.path).removeprefix(root), dict(parse_qsl(split.query)), headers,
                json.loads(body) if body.strip() else None, in_batch=True)  # fmt: skip


def _http(reply: Reply, content_id: str = "") -> str:
    headers = {"Content-Type": "application/json; odata.metadata=minimal", "OData-Version": "4.0"} | reply.headers
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {content_id}"] if content_id else []
    lines += ["", f"HTTP/1.1 {reply.status} {_PHRASES.get(reply.status, 'Error')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["", json.dumps(reply.body) if reply.body is not None else ""]
    return _END.join(lines)


def _set_of(done: list[tuple[str, Reply]]) -> str:
    inner = "".join(f"--changesetresponse{_END}{_http(reply, content_id)}{_END}" for content_id, reply in done)
    return f"Content-Type: multipart/mixed; boundary=changesetresponse{_END}{_END}{inner}--changesetresponse--{_END}"
