"""``offboard.toml`` and the environment → typed settings. Secrets only by reference."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from offboard.domain.people import Role, fold
from offboard.errors import BadSettings
from offboard.letter_settings import LetterContent, LettersSection

if TYPE_CHECKING:
    from collections.abc import Iterable


class Section(BaseModel):
    """A table of the settings: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretRef(Section):
    """Where a secret stands; it is read at first use and never kept."""

    env: str = ""
    file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _never_plain(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError('a secret in plain text is refused; write { env = "NAME" } or { file = "PATH" }')  # noqa: TRY004
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.env) == bool(self.file):
            raise ValueError("give exactly one of env and file")
        return self

    def resolve(self, key: str) -> str:
        """Return the secret; ``key`` names the setting in the error.

        Raises:
            BadSettings: the variable is not set, or the file cannot be read.
        """
        if self.env:
            value = os.environ.get(self.env)
            if value is None:
                raise BadSettings(f"{key}: the environment variable {self.env} is not set", hint=f"Set {self.env}.")
            return value
        try:
            return Path(str(self.file)).read_text(encoding="utf-8").strip("\r\n")
        except OSError as error:
            raise BadSettings(f"{key}: {self.file} cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise BadSettings(f"{key}: {self.file} is no text in UTF-8") from error


def _zone(name: str) -> str:
    if name not in available_timezones():
        near = difflib.get_close_matches(name, available_timezones(), n=1)
        raise ValueError(f"{name!r} is no IANA time zone" + (f"; did you mean {near[0]!r}?" if near else ""))
    return name


def _origin(url: str) -> str:
    if url and not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]+)?/?", url):
        raise ValueError("write it like https://desk.acme.example; without encryption the desk is on loopback only")
    return url.rstrip("/").casefold()


def _issuer(url: str) -> str:
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?", url):
        raise ValueError("write it like https://login.acme.example/tenant, as its discovery document does")
    if re.search(r"/(common|organizations|consumers)(/|$)", url):
        raise ValueError("it must name your own tenant; with this one anybody's tenant could vouch for your people")
    return url


class CompanySection(LetterContent, Section):
    """``[company]``: who we are, and what letters say of us."""

    name: str = Field(min_length=1)
    domains: list[str] = Field(min_length=1)
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    languages: list[str] = Field(default=["en"], min_length=1)
    owner_name: str = ""
    owner_title: str = ""
    owner_phone: str = ""
    letterhead: Path | None = None
    templates: Path | None = None
    playbooks: Path | None = None
    shared_credentials: Path | None = None  # CSV: name, system, known_by, owner; who knows which shared login


class StoreSection(Section):
    """``[store]``: where departures and evidence are kept."""

    url: str = "sqlite:///offboard.db"
    key: SecretRef | None = None


class PeopleSection(Section):
    """``[people]``: who may do what, by mail address."""

    hr: list[str] = []
    it: list[str] = []
    owner: list[str] = []
    auditor: list[str] = []

    def roles(self, mail: str) -> frozenset[Role]:
        """Return the roles of this address; empty when it is not listed."""
        lists = {Role.HR: self.hr, Role.IT: self.it, Role.OWNER: self.owner, Role.AUDITOR: self.auditor}
        return frozenset(role for role, mails in lists.items() if fold(mail) in map(fold, mails))


class GuardsSection(Section):
    """``[guards]``: the brakes."""

    protected: list[str] = ["administrator", "root", "admin"]
    max_departures_per_hour: int = Field(default=5, ge=1)
    max_share_of_staff: float = Field(default=0.01, gt=0, le=1)


class ClientsSection(Section):
    """``[clients]``: whom the owner calls before a letter goes out, and when somebody asks how it goes."""

    call_first: int = Field(default=0, ge=0, le=1000)  # so many of a leaver's most valuable clients; 0: nobody
    follow_up_days: list[Annotated[int, Field(ge=1, le=366)]] = Field(default=[7, 30, 60, 90], max_length=12)


class PrefectSection(Section):
    """``[prefect]``: where Prefect's pages are, for links in messages."""

    ui_url: str = ""


class OidcSection(Section):
    """``[desk.oidc]``: the OpenID Connect service whose sign-in the desk takes, by the issuer of its ID tokens."""

    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: str = Field(min_length=1)
    client_secret: SecretRef | None = None
    certificate: SecretRef | None = None  # the private key and the certificate, both as PEM
    mail_claim: str = Field(default="email", min_length=1)
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if (self.client_secret is None) == (self.certificate is None):
            raise ValueError("give exactly one of client_secret and certificate")
        return self


class DeskSection(Section):
    """``[desk]``: where people find the web page, when something that speaks https stands before it."""

    url: Annotated[str, AfterValidator(_origin)] = ""
    oidc: OidcSection | None = None


class Settings(BaseSettings):
    """Everything that ``offboard.toml`` may say; ``systems`` holds one table per connected system, read by its kind."""

    model_config = SettingsConfigDict(env_prefix="OFFBOARD_", env_nested_delimiter="__", extra="forbid", frozen=True)

    company: CompanySection
    store: StoreSection = StoreSection()
    people: PeopleSection = PeopleSection()
    guards: GuardsSection = GuardsSection()
    clients: ClientsSection = ClientsSection()
    prefect: PrefectSection = PrefectSection()
    desk: DeskSection = DeskSection()
    letters: LettersSection = LettersSection()
    systems: dict[str, dict[str, Any]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


JSON_HINT = """Write lists and tables as JSON, such as '["hr@acme.example"]'."""


def settings_file(given: Path | None) -> Path:
    """Return the settings file: ``--config``, else ``OFFBOARD_CONFIG``, else ``./offboard.toml``."""
    return given or Path(os.environ.get("OFFBOARD_CONFIG", "offboard.toml"))


def load_settings(given: Path | None = None) -> tuple[Settings, Path]:
    """Read the settings and return them with the folder that relative paths in them are meant from.

    Raises:
        BadSettings: the file is missing or wrong; ``faults`` names every wrong key, and the nearest known one.
    """
    path = settings_file(given)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadSettings(
            f"{path}: cannot be read ({error.strerror})",
            hint="Name the file with --config FILE or OFFBOARD_CONFIG; README shows what goes in.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: {error}", hint="Correct the TOML at that place.") from error
    unknown = _unknown_variables()
    try:
        settings = Settings(**data)
    except ValidationError as error:
        faults = [*explain(error, Settings), *unknown]
        raise BadSettings(f"{path}: the settings are wrong", faults=faults) from error
    except SettingsError as error:
        section = next((name for name in Settings.model_fields if f'"{name}"' in str(error)), "")
        named = ", ".join(sorted(name for name in os.environ if name.upper().startswith(f"OFFBOARD_{section.upper()}")))
        raise BadSettings(f"the environment: not all of {named} can be read", hint=JSON_HINT) from error
    if unknown:
        raise BadSettings("the environment: unknown settings", faults=unknown)
    return settings, path.resolve().parent


def _unknown_variables() -> list[str]:
    """Name each OFFBOARD_<SECTION>__<KEY> whose section does not exist; pydantic passes these by."""
    known = sorted(Settings.model_fields)
    faults = []
    for name in sorted(os.environ):
        section = name.upper().removeprefix("OFFBOARD_").partition("__")[0].lower()
        if name.upper().startswith("OFFBOARD_") and "__" in name and section not in known:
            near = difflib.get_close_matches(section, known, n=1, cutoff=0.5)
            faults.append(f"{name}: unknown section" + (f"; did you mean {near[0]!r}?" if near else ""))
    return faults


def explain(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[str]:
    """Turn pydantic's complaints into one sentence each, naming the key and, for an unknown one, the nearest known."""
    return [
        _sentence(item["loc"], item["type"], item["msg"], model, prefix)
        for item in error.errors(include_url=False, include_input=False)
    ]


def _sentence(loc: Iterable[int | str], kind: str, message: str, model: type[BaseModel], prefix: str) -> str:
    parts = [str(part) for part in loc]
    where = ".".join([prefix, *parts] if prefix else parts) or "settings"
    if kind != "extra_forbidden":
        return f"{where}: {message.removeprefix('Value error, ')}"
    known = _known(model, parts[:-1])
    near = difflib.get_close_matches(parts[-1], known, n=1, cutoff=0.5)
    return f"{where}: unknown key" + (f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}")


def _known(model: type[BaseModel], path: list[str]) -> list[str]:
    for part in path:
        field = model.model_fields.get(part)
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return sorted(model.model_fields)
