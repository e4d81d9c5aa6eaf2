"""``$batch``: up to twenty calls in one, each answered and throttled on its own (the page "JSON batching")."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from offboard.practice.graph.calls import Call, Refused, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = "/$batch"
MOST = 20


def carry_out(call: Call, answer: Callable[[Call], Reply]) -> dict[str, Any]:
    """Answer every part and return the body of the batch's answer; the parts' order is not kept.

    Parts that wait for none run side by side, in no order that one could rely on; a part whose forerunner failed is
    answered 424.

    Raises:
        Refused: the batch as a whole is wrong.
    """
    parts = _read(call.body)
    done: dict[str, Reply] = {}
    waiting = list(parts)
    with ThreadPoolExecutor(max_workers=4) as pool:
        while waiting:
            ready = [part for part in waiting if set(part.get("dependsOn") or []) <= set(done)]
            if not ready:
                raise Refused(400, "BadRequest", "The dependsOn of the batch's requests lead in a circle.")
            running = {part["id"]: pool.submit(_one, part, call, done, answer) for part in ready}
            done = done | {name: each.result() for name, each in running.items()}
            waiting = [part for part in waiting if part["id"] not in done]
    return {"responses": [_written(identity, reply) for identity, reply in reversed(done.items())]}


def _read(body: Any) -> list[dict[str, Any]]:
    parts = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(parts, list) or not parts:
        raise Refused(400, "BadRequest", "Invalid batch payload format.")
    if len(parts) > MOST:
        raise Refused(400, "BadRequest", f"Number of batch request steps exceeds the maximum value of {MOST}.")
    names = [part.get("id") for part in parts]
    if len(set(names)) != len(names) or not all(isinstance(name, str) and name for name in names):
        raise Refused(400, "BadRequest", "Every request of a batch needs an id of its own.")
    for part in parts:
        headers = {name.casefold() for name in part.get("headers") or {}}
        if not isinstance(part.get("method"), str) or not isinstance(part.get("url"), str):
            raise Refused(400, "BadRequest", "Every request of a batch needs a method and a url.")
        if part.get("body") is not None and "content-type" not in headers:
            raise Refused(400, "BadRequest", f"Write request id : {part['id']} does not contain Content-Type header.")
        if unknown := set(part.get("dependsOn") or []) - set(names):
            raise Refused(400, "BadRequest", f"dependsOn names requests that are not there: {sorted(unknown)}.")
    return parts


def _one(part: dict[str, Any], whole: Call, done: dict[str, Reply], answer: Callable[[Call], Reply]) -> Reply:
    if any(done[name].status >= 400 for name in part.get("dependsOn") or []):  # noqa: PLR2004 - HTTP's errors
        text = "The request was not carried out since one that it depends on failed."
        return Reply(424, {"error": {"code": "FailedDependency", "message": text}})
    split = urlsplit(part["url"])
    if split.netloc or split.path.rstrip("/") == PATH:
        return Reply(400, {"error": {"code": "BadRequest", "message": "A url in a batch is relative, and no batch."}})
    path = "/" + split.path.removeprefix("/v1.0").strip("/")
    headers = whole.headers | {name.casefold(): str(value) for name, value in (part.get("headers") or {}).items()}
    body = part.get("body")
    if isinstance(body, str):
        body = json.loads(base64.b64decode(body))
    asked = Call(part["method"].upper(), path, dict(parse_qsl(split.query)), headers, body, in_batch=True)
    asked.at = time.time()
    return answer(asked)


def _written(identity: str, reply: Reply) -> dict[str, Any]:
    headers = reply.headers | ({"Content-Type": "application/json"} if reply.body is not None else {})
    return {"id": identity, "status": reply.status, "headers": headers, "body": reply.body}
