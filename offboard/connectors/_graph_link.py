"""Microsoft Graph as connectors use it: objects, collections over all their pages, and batches of twenty.

Facts: https://learn.microsoft.com/graph/json-batching and https://learn.microsoft.com/graph/paging.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._graph_faults import ALREADY_THERE, Answer, fault_of_answer
from offboard.connectors._graph_paths import Path, deletable
from offboard.connectors._graph_seen import seen_by
from offboard.connectors._graph_wire import AT_ONCE, LATER, REPEATABLE, TRIES, Ask, Wire, may_repeat, pause_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from offboard.connectors._graph_tokens import Account
    from offboard.errors import Rejected

BATCH: Final = 20
"""The most requests that one ``$batch`` takes."""

GONE: Final = 404

MOST_PAGES: Final = 10_000


class Graph:
    """One connection to Microsoft Graph; ``right_for`` names the least right that a call needs, by the table."""

    def __init__(self, url: str, account: Account, right_for: Callable[[str, str], str]) -> None:
        self.wire = Wire(url, account)
        self.system = account.system
        self.seen = seen_by(account)
        self._right_for = right_for

    def close(self) -> None:
        """Give the connection back; never raises."""
        self.wire.close()

    def ask(self, ask: Ask) -> Answer:
        """Send one request and return the answer, whatever it says; what may be repeated is, a few times.

        Raises:
            Throttled: told to come back later than we wait here.
            Unreachable: no answer, or the service fails.
            Untrusted: its certificate is not one we trust.
            Denied: Entra gives us no token.
        """
        if ask.method == "DELETE":
            deletable(ask.path)
        return self.wire.repeat(ask, self.wire.url + ask.url)

    def do(self, ask: Ask) -> Any:
        """Send one request and return what it answers; anything but success is raised."""
        return self.good(ask, self.ask(ask)).body

    def good(self, ask: Ask, answer: Answer) -> Answer:
        """Return the answer if it is a success, else raise what it says."""
        if answer.ok:
            return answer
        right = ask.right or self._right_for(ask.method, ask.path.template)
        raise fault_of_answer(answer, self.system, ask.doing, right)

    def get(self, path: Path, doing: str, **query: str) -> dict[str, Any]:
        """Return one object; query options are given without their ``$``."""
        body = self.do(Ask("GET", path, doing, _options(query)))
        if not isinstance(body, dict):
            raise self.strange(doing)
        return body

    def all(self, path: Path, doing: str, **query: str) -> list[dict[str, Any]]:
        """Return every object of a collection, over all of its pages."""
        ask = Ask("GET", path, doing, _options(query))
        return list(self.pages(ask, self.ask(ask)))

    def pages(self, ask: Ask, answer: Answer) -> Iterator[dict[str, Any]]:
        """Yield the objects of a first page and of all that follow it; a page may be empty and have a next one.

        Raises:
            Untrusted: a next page is on another host, which gets no token of ours.
        """
        seen: set[str] = set()
        while True:
            body = self.good(ask, answer).body
            values = body.get("value") if isinstance(body, dict) else None
            if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
                raise self.strange(ask.doing)
            yield from values
            following = body.get("@odata.nextLink")
            if not following:
                return
            if following in seen or len(seen) >= MOST_PAGES:
                raise self.strange(ask.doing)
            seen.add(following)
            answer = self.wire.repeat(ask, self.wire.ours(following))

    def batch(self, asks: Sequence[Ask]) -> list[Answer]:
        """Send requests twenty at a time and return their answers in the same order.

        Each part is throttled by itself, so only those parts that were, and may be repeated, are sent again.
        """
        answers: dict[int, Answer] = {}
        for ask in asks:
            if ask.method == "DELETE":
                deletable(ask.path)
        for attempt in range(TRIES):
            waiting = [place for place in range(len(asks)) if place not in answers]
            wait = 0.0
            for start in range(0, len(waiting), BATCH):
                part = waiting[start : start + BATCH]
                for place, answer in self._batch(asks, part).items():
                    again = answer.status in LATER and may_repeat(asks[place].method, answer.status)
                    if again and attempt + 1 < TRIES:
                        wait = max(wait, pause_of(attempt, answer))
                    else:
                        answers[place] = answer
            if len(answers) == len(asks):
                break
            self.wire.rest(asks[0], wait)
        return [answers[place] for place in range(len(asks))]

    def lists(self, asks: Sequence[Ask]) -> list[list[dict[str, Any]]]:
        """Return several collections whole, asked for together."""
        return [list(self.pages(ask, answer)) for ask, answer in zip(asks, self.batch(asks), strict=True)]

    def each(self, asks: Sequence[Ask]) -> list[dict[str, Any] | None]:
        """Return several single objects, asked for together; ``None`` for one that is not there, or not for us."""
        answers = self.batch(asks) if asks else []
        return [answer.body if answer.ok and isinstance(answer.body, dict) else None for answer in answers]

    def holds(self, right: str) -> bool:
        """Say whether our token has this right by name."""
        return right in (self.wire.tokens.claims().get("roles") or ())

    def add(self, ask: Ask) -> None:
        """Send a request that adds something; that it is there already is no fault."""
        answer = self.ask(ask)
        if not answer.says(ALREADY_THERE):
            self.good(ask, answer)

    def take_away(self, ask: Ask) -> None:
        """Delete; what is not there (any more) is no fault, since whoever wants to be sure looks afterwards."""
        answer = self.ask(ask)
        if answer.status != GONE:
            self.good(ask, answer)

    def strange(self, doing: str) -> Rejected:
        """Return the error for an answer that has another shape than Graph's."""
        return self.wire.strange(doing)

    def _batch(self, asks: Sequence[Ask], part: list[int]) -> dict[int, Answer]:
        requests = []
        for place in part:
            ask = asks[place]
            request: dict[str, Any] = {"id": str(place), "method": ask.method, "url": ask.url}
            headers = dict(ask.headers or {})
            if ask.body is not None:
                request["body"] = ask.body
                headers["Content-Type"] = "application/json"
            requests.append(request | ({"headers": headers} if headers else {}))
        every = all(asks[place].method in REPEATABLE for place in part)
        alone = asks[part[0]].path.service
        service = f"{alone} in a batch" if f"{alone} in a batch" in AT_ONCE else alone
        whole = Ask("POST", asks[part[0]].path, asks[part[0]].doing, body={"requests": requests})
        answer = self.wire.repeat(whole, f"{self.wire.url}/$batch", repeatable=every, service=service)
        answers = {}
        try:
            for one in self.good(whole, answer).body["responses"]:
                headers = {str(key).casefold(): str(value) for key, value in (one.get("headers") or {}).items()}
                headers.setdefault("request-id", answer.request_id)
                answers[int(one["id"])] = Answer(int(one["status"]), one.get("body"), headers, answer.client_request_id)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise self.strange(whole.doing) from error
        if set(answers) != set(part):
            raise self.strange(whole.doing)
        return answers


def _options(query: Mapping[str, str]) -> dict[str, str]:
    return {f"${key}": value for key, value in query.items()}
