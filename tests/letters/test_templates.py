"""A template can fill in facts, and nothing else."""

from __future__ import annotations

import pytest
from jinja2 import TemplateError

from offboard.errors import BadInput
from offboard.letters.templates import _BODIES, Fact, load

KNOWN = {"client.name", "contact.name", "successor.phone", "reference"}
FACTS = {"client.name": "Nord", "contact.name": "", "successor.phone": "", "reference": "L-1"}


@pytest.fixture
def fill(tmp_path):
    def run(text: str, facts=FACTS, *, with_subject: bool = False):
        path = tmp_path / "handover.en.md.j2"
        path.write_text(text, encoding="utf-8")
        return load(path, KNOWN, with_subject=with_subject).fill(facts)

    return run


def test_a_letter_reads_like_a_mail(fill):
    subject, body = fill(
        "Subject: News for {{ client.name }}\n\nDear team,\n\nyours {{ reference }}\n", with_subject=True
    )
    assert (subject, body) == ("News for Nord", "\nDear team,\n\nyours L-1\n".lstrip("\n"))


def test_a_paragraph_whose_fact_is_missing_is_not_there(fill):
    body = fill(
        "one\n\n{% if contact.name %}\nDear {{ contact.name }}\n{% endif %}\n\n"
        "two{% if successor.phone %} on{% endif %}.\nthree\n"
    )[1]
    assert body == "one\n\ntwo.\nthree\n"


def test_a_line_of_tags_leaves_no_line_behind(fill):
    body = fill(
        "> a\n{% if reference %}\n> {{ reference }}\n{% endif %}  {# why #}\n> b\n"
        "{%- if contact.name -%}\nx\n{%- endif %}\n"
    )[1]
    assert body == "> a\n> L-1\n> b\n"


def test_the_subject_is_text_and_the_body_is_markdown(fill):
    assert fill("Subject: {{ client.name }}\n\n{{ client.name }}", FACTS | {"client.name": "*A*"}) == (
        "*A*",
        "\\*A\\*\n",
    )


def test_data_is_never_a_template(fill):
    assert fill("{{ client.name }} x", FACTS | {"client.name": "{{ 7*7 }} {% raw %}"})[1] == "{{ 7\\*7 }} {% raw %} x\n"


DANGEROUS = [
    "{{ ''.__class__.__mro__ }}",
    "{{ client.__class__ }}",
    "{{ client.name.__class__ }}",
    "{{ client.name.__class__.__name__ }}",
    "{{ client.name|attr('format') }}",
    "{{ client.name.format(x=1) }}",
    "{{ 'x'.format_map({}) }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum() }}",
    "{{ range(10**9) }}",
    "{{ self }}",
    "{{ 'a' * 10**8 }}",
    "{{ 2 ** 100 }}",
    "{{ -reference }}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
]
UNNEEDED = [
    "{{ client.name.name }}",
    "{{ client['name'] }}",
    "{{ 'a' ~ 'b' }}",
    "{{ [1] }}",
    "{{ {'a': 1} }}",
    "{% block x %}{% endblock %}",
    "{% macro m() %}{{ m() }}{% endmacro %}",
    "{% for c in client.name %}x{% endfor %}",
    "{% set x = 1 %}",
    "{% with x = 1 %}{% endwith %}",
    "{% filter upper %}x{% endfilter %}",
    "{% autoescape true %}{% endautoescape %}",
    "{{ client.name|safe }}",
    "{{ client.name|map('upper') }}",
    "{{ client.name is defined }}",
    "{{ client }}",
    "{{ nobody }}",
    "{% if client.name %}",
    "{{ " + "(" * 3000,
    "[page](https://a.example/{{ reference }})",
]


@pytest.mark.parametrize("text", DANGEROUS + UNNEEDED)
def test_a_template_that_wants_more_is_refused_with_its_line(fill, text):
    with pytest.raises(BadInput) as refused:
        fill("one\ntwo\n" + text)
    assert refused.value.faults
    assert all(fault.startswith("handover.en.md.j2 line ") for fault in refused.value.faults)


@pytest.mark.parametrize("text", DANGEROUS)
def test_the_sandbox_refuses_it_too(text):
    """The first fence is the walk through the template; the second must hold without it."""
    facts = {"client": {"name": Fact("Nord", "client.name")}, "reference": Fact("L-1", "reference")}
    with pytest.raises((TemplateError, TypeError)):
        _BODIES.from_string(text).render(facts)


def test_an_unknown_fact_is_named_with_the_nearest_known(fill):
    with pytest.raises(BadInput) as refused:
        fill("\n\n{{ sucessor.phone }}\n\n{{ client.nam }}")
    assert refused.value.faults == [
        "handover.en.md.j2 line 3: sucessor.phone is unknown; did you mean successor.phone?",
        "handover.en.md.j2 line 5: client.nam is unknown; did you mean client.name?",
    ]


@pytest.mark.parametrize(
    "printed", ["{{ contact.name }}", "{{ contact.name|upper }}", "{{ contact.name or successor.phone }}"]
)
def test_an_empty_fact_is_never_printed(fill, printed):
    with pytest.raises(BadInput) as refused:
        fill("Subject: x\n\n{% if client.name %}\n\nDear " + printed + "\n{% endif %}")
    assert len(refused.value.faults) == 1
    assert refused.value.faults[0].startswith("handover.en.md.j2 line 5: ")
    assert ".name is not known" in refused.value.faults[0] or ".phone is not known" in refused.value.faults[0]


def test_a_choice_between_facts(fill):
    assert fill("Dear {{ contact.name or client.name }}, {{ 'yes' if reference else 'no' }}")[1] == "Dear Nord, yes\n"


@pytest.mark.parametrize("text", ["Dear team", "Subject:\n\nDear team", "Betreff: x\n\nDear team"])
def test_a_letter_without_a_subject_is_refused(fill, text):
    with pytest.raises(BadInput) as refused:
        fill(text, with_subject=True)
    assert "line 1: a letter begins with its subject" in refused.value.faults[0]


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "handover.en.md.j2"
    path.write_bytes(b"Subject: \xff\xfe")
    with pytest.raises(BadInput, match="cannot be read"):
        load(path, KNOWN, with_subject=True)
    path.write_text("Subject: x\n" + "y" * 60_000)
    with pytest.raises(BadInput, match="characters"):
        load(path, KNOWN, with_subject=True)


def test_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path):
    path = tmp_path / "handover.en.md.j2"
    path.write_bytes("\ufeffSubject: x\r\n\r\nDear\r\n{% if reference %}\r\nyou\r\n{% endif %}\r\n".encode())
    assert load(path, KNOWN, with_subject=True).fill(FACTS) == ("x", "Dear\nyou\n")
