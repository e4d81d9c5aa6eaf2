"""A desk that takes the company's account, and people who sign in with it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from offboard.settings import DeskSection, OidcSection
from tests.desk.conftest import Desk, Forms, Visitor, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.conftest import Company
    from tests.servers.authority import Authority


class AtDesk:
    """A desk that takes the sign-in of one service, and people whose browsers trust both."""

    def __init__(self, desk: Desk, authority: Authority) -> None:
        self.desk, self.trust = desk, ssl.create_default_context(cafile=str(authority.ca_file))

    def visitor(self) -> Visitor:
        visitor = self.desk.visitor(verify=self.trust)
        visitor.open("/")
        assert "Sign in with your company account" in visitor.page
        return visitor

    def sign_in(self, mail: str, visitor: Visitor | None = None, path: str = "/sign-in/company") -> Visitor:
        """Go to the service, answer what it asks, and come back."""
        visitor = visitor or self.visitor()
        visitor.open(path)
        self.answer(mail, visitor)
        return visitor

    def answer(self, mail: str, visitor: Visitor) -> None:
        """Fill in what the service asks: for a password, for a yes, or for nothing."""
        while "/interaction/" in visitor.path:
            (form,) = (action for action in Forms(visitor.page).found if action.startswith("https://localhost"))
            visitor.send(form, login=mail, password="anything")


def at_desk(company: Company, oidc: dict[str, Any], authority: Authority) -> Iterator[AtDesk]:
    company.time = datetime.now(UTC)
    company.firm.settings = company.firm.settings.model_copy(update={"desk": DeskSection(oidc=OidcSection(**oidc))})
    with running(company.firm, company.office) as address:
        desk = Desk(address, company.firm, company.office, company)
        yield AtDesk(desk, authority)
        for client in desk.visitors:
            client.close()
