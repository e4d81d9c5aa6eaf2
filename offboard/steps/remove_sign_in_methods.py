"""Removes what the leaver signs in with besides a password: phones, keys, authenticator apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.holdings import SignInMethods
from offboard.steps.base import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State


class RemoveSignInMethods(Taking[SignInMethods]):
    """Nothing that the leaver owns proves who they are any more.

    The default method comes last, since it is refused as long as there are others. Most methods only their owner can
    register again: those say so. The few that can be registered for somebody else (a phone, say) come back by an undo.
    """

    needs: ClassVar[tuple[type, ...]] = (SignInMethods,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"entra": ("UserAuthenticationMethod.ReadWrite.All",)}
    options: ClassVar[Mapping[str, str]] = {"keep": "names of methods that stay"}
    because: ClassVar[str] = "this proves to a system that somebody is them."

    def held(self, system: SignInMethods, account_id: str) -> dict[str, Membership]:
        """Return the leaver's methods, the default one last."""
        return system.sign_in_methods(account_id)

    def bring(self, system: SignInMethods, account_id: str, thing_id: str, state: State) -> None:
        """Remove the method, or register it again where that can be done for somebody else."""
        system.set_sign_in_method(account_id, thing_id, state)
