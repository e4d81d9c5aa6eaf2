"""SCIM 2.0 over HTTPS (RFC 7644): one request, one answer, and every way in which that can go wrong."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from offboard.connectors._bounded import within_limits
from offboard.connectors._scim_faults import BROKEN, fault_of_answer, fault_of_exception, strange
from offboard.errors import NotFound, Untrusted

if TYPE_CHECKING:
    from pathlib import Path


USERS, GROUPS = "Users", "Groups"

_MEDIA: Final = "application/scim+json"
_ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
_PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

Resource = dict[str, Any]
"""A SCIM resource as it came."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is and how long we wait for it, in seconds."""

    system: str
    url: str
    ca_file: Path | None
    connect_timeout: float
    timeout: float


class Api:
    """One connection to a SCIM server; ``secret`` never appears in a message. ``tls`` is the version in use."""

    def __init__(self, address: Address, authorization: str, secret: str) -> None:
        self.system = address.system
        self.url = address.url.rstrip("/")
        self.tls = "not reached" if self.url.startswith("https:") else "none, loopback only"
        self._timeout = address.timeout
        self._secret = secret
        try:
            trust = ssl.create_default_context(cafile=address.ca_file)
        except (OSError, ssl.SSLError) as error:
            text = f"{self.system}: ca_file {address.ca_file} cannot be used ({error.strerror})"
            raise Untrusted(text, system=self.system) from error
        self._client = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            verify=trust,
            timeout=httpx.Timeout(address.timeout, connect=address.connect_timeout),
            headers={"Authorization": authorization, "Accept": f"{_MEDIA}, application/json"},
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def get(self, path: str, *, doing: str, **query: str | int) -> Resource:
        """Return one resource or list."""
        return self._ask("GET", path, doing=doing, query=query)

    def one(self, kind: str, resource_id: str, *, doing: str) -> Resource | None:
        """Return one resource by its id, ``None`` when there is none."""
        try:
            found = self.get(self._path(kind, resource_id), doing=doing)
        except NotFound:
            return None
        if found.get("id") != resource_id:
            raise strange(self.system, self.url, doing)
        return found

    def patch(self, kind: str, resource_id: str, operation: Resource, *, doing: str, version: str = "") -> None:
        """Change one thing in place (RFC 7644 §3.5.2), only while the resource is at ``version``."""
        body = {"schemas": [_PATCH], "Operations": [operation]}
        self._ask("PATCH", self._path(kind, resource_id), doing=doing, body=body, version=version)

    def put(self, kind: str, resource: Resource, *, doing: str, version: str) -> None:
        """Write a whole resource (RFC 7644 §3.5.1), only while it is at ``version``."""
        self._ask("PUT", self._path(kind, resource["id"]), doing=doing, body=resource, version=version)

    def _path(self, kind: str, resource_id: str) -> str:
        if not resource_id.strip("."):
            raise NotFound(f"{self.system}: {resource_id!r} is no id", system=self.system)
        return f"{kind}/{quote(resource_id, safe='')}"

    def _ask(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        query: dict[str, str | int] | None = None,
        body: Resource | None = None,
        version: str = "",
    ) -> Resource:
        headers = ({"Content-Type": _MEDIA} if body else {}) | ({"If-Match": version} if version else {})
        content = json.dumps(body).encode() if body else None
        try:
            with self._client.stream(
                method, f"{self.url}/{path}", params=query, content=content, headers=headers
            ) as response:
                stream = response.extensions["network_stream"].get_extra_info("ssl_object")
                self.tls = stream.version() if stream else self.tls
                data = within_limits(response, self.system, f"cannot {doing}", self._timeout)
        except BROKEN as error:
            raise fault_of_exception(self.system, self.url, doing, error) from error
        told = _object(data)
        if not response.is_success:
            if response.status_code == httpx.codes.NOT_FOUND and told is None and data.strip():
                raise strange(self.system, self.url, doing)
            right = f"{'read' if method == 'GET' else 'write'} {path.partition('/')[0].casefold()}"
            refusal = {**(told or {})}
            if self._secret and self._secret in str(refusal.get("detail")):
                refusal["detail"] = ""
            raise fault_of_answer(self.system, doing, right, response.status_code, response.headers, refusal)
        if told is None and (method == "GET" or data.strip()):
            raise strange(self.system, self.url, doing)
        if told and _ERROR in str(told.get("schemas")):
            # A refusal under a status that says success.
            status = int(told["status"]) if str(told.get("status")).isdigit() else httpx.codes.BAD_REQUEST
            raise fault_of_answer(self.system, doing, "", status, response.headers, told)
        return self._with_version(told or {}, response)

    @staticmethod
    def _with_version(resource: Resource, response: httpx.Response) -> Resource:
        """Let ``meta.version`` say the version, also where only the header does (RFC 7644 §3.14)."""
        version = response.headers.get("ETag")
        if version and isinstance(resource.get("meta", {}), dict) and not resource.get("meta", {}).get("version"):
            return resource | {"meta": resource.get("meta", {}) | {"version": version}}
        return resource


def version_of(resource: Resource) -> str:
    """Return the version of a resource, empty where the server gives none."""
    meta = resource.get("meta")
    return str(meta.get("version") or "") if isinstance(meta, dict) else ""


def _object(data: bytes) -> Resource | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
