"""Markdown becomes one tree, and data in it stays data."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offboard.errors import BadInput
from offboard.letters.as_html import to_html
from offboard.letters.as_text import to_text
from offboard.letters.cleaning import one_line
from offboard.letters.tree import LONGEST_BODY, eased, escape, plain, read


def shape(nodes):
    """Return a tree without its words."""
    shapes = []
    for node in nodes:
        inner = node.get("of", [])
        inner = [shape(item) for item in inner] if node["is"] == "list" else shape(inner)
        shapes.append((node["is"], node.get("to"), node.get("first"), inner))
    return shapes


def words(nodes):
    said = []
    for node in nodes:
        if node["is"] == "list":
            said += [words(item) for item in node["of"]]
        elif node["is"] == "card":
            said.append(words(node["of"]))
        elif "of" in node:
            said.append(plain(node["of"]))
    return "\n".join(said)


def test_the_markup_of_a_letter():
    tree = read(
        "# Head\n\nHi **you** and *me*,\nnext line\n\n> **Joe**\n> Sales\n\n- a\n- b\n\n3. c\n\n--\n\n[site](https://a.example)\n"
    )
    assert [node["is"] for node in tree] == ["heading", "paragraph", "card", "list", "list", "sign", "paragraph"]
    assert tree[1]["of"][3] == {"is": "em", "of": [{"is": "text", "text": "me"}]}
    assert tree[1]["of"][5] == {"is": "break"}
    assert (tree[3]["first"], tree[4]["first"]) == (None, 3)
    assert tree[6]["of"][0]["to"] == "https://a.example"


@pytest.mark.parametrize(
    "literal",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "&lt;b&gt; &amp; &#65;",
        "`code`",
        "[click](javascript:alert)",
        "[click](data:text/html,x)",
        "[click](http://plain.example)",
        "[ref]: https://x.example",
        "https://x.example <https://x.example>",
        "---",
        "***",
        "Head\n===",
        "~~~\nfenced\n~~~",
        "| a | b |\n|---|---|",
        "#eval(read(1)) $x$ {{ 7*7 }} {% raw %}",
    ],
)
def test_what_is_no_markup_of_a_letter_stands_as_written(literal):
    tree = read(literal)
    assert [node["is"] for node in tree] == ["paragraph"]
    assert {node["is"] for node in tree[0]["of"]} <= {"text", "break"}
    assert plain(tree[0]["of"]) == literal


def test_an_image_is_no_picture():
    assert "img" not in to_html(
        read("![x](https://t.example/p.png)"), title="t", language="en", colour="#000000", closing=""
    )


def test_on_paper_and_in_text_a_link_shows_where_it_leads():
    tree = read("[our page](https://a.example/x) [me](mailto:me@a.example) [me@a.example](mailto:me@a.example)")
    assert to_text(tree) == "our page (https://a.example/x) me (me@a.example) me@a.example\n"


def test_plain_text_is_set_in_lines():
    body = "word " * 30 + "\n\n1. " + "item " * 20 + "\n2. next\n\n> card\n> line\n\n--\n\nend\n"
    text = to_text(read(body))
    assert max(map(len, text.splitlines())) <= 72
    assert "\n2. next\n" in text
    assert "    card\n    line\n\nend\n" in text


def test_an_endless_letter_is_refused():
    with pytest.raises(BadInput, match="characters"):
        read("x" * (LONGEST_BODY + 1))


def test_deep_nesting_ends():
    assert read("> " * 500 + "deep")
    assert read("- " * 500 + "deep")


PLACES = [
    "{}",
    "{} follows",
    "before {}",
    "Dear {},",
    "**{}**",
    "*{}* and {}",
    "- {}\n- {}",
    "1. {}",
    "> **{}**\n> {}\n> and {}",
    "# {}",
    "## {} head",
    "line\n{}\nline",
    "({}) [{}](https://a.example)",
    "a\n\n{}\n\n{}",
]
NASTY = [
    "*Foo*", "__b__", "_x_", "a_b", "**", "#eval(1)", "# head", "###", "<script>", "{{7*7}}", "{% raw %}",
    "- item", "-", "--", "---", "+", "1. one", "12)", "> quote", "\\", "\\*", "`c`",
    "[x](https://evil.example)", "![x](y)", "]", "](https://evil.example)", "&amp;", "$x$",
    "https://x.example", "~~~", "a\\", "|", "=", "===", "\t- x", "foo #", "!", "1.", "*", "_",
    "<https://x.example>", "a*", "*a",
]  # fmt: skip


def agrees(place: str, value: str) -> None:
    line = one_line(value)
    tree = read(place.replace("{}", escape(line)))
    assert shape(tree) == shape(read(place.replace("{}", "x")))
    assert words(tree) == words(read(place.replace("{}", "\u2603"))).replace("\u2603", line)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", NASTY)
def test_nasty_data_is_read_as_written(place, value):
    agrees(place, value)


@given(
    st.sampled_from(PLACES),
    st.text(min_size=1) | st.text(alphabet="*_#-+>.)1[](\\`<&! aZ~=\"'", min_size=1, max_size=12),
)
@example("**{}**", "*")
def test_any_data_is_read_as_written(place, value):
    if one_line(value):
        agrees(place, value)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (r"am 29\. November 2026, ab 1\) Dezember", "am 29. November 2026, ab 1) Dezember"),
        (r"- Vertrag bis 15\. Januar", "- Vertrag bis 15. Januar"),
        (r"1\. Grazer Pumpenhaus", r"1\. Grazer Pumpenhaus"),
        (r"> 1\. Grazer", r"> 1\. Grazer"),
        (r"- 2026\. Ein", r"- 2026\. Ein"),
        (r"bis 5\\. und \*so\*", r"bis 5\\. und \*so\*"),
        (r"Nr\. 5 und 5\.x", r"Nr\. 5 und 5\.x"),
        ("", ""),
    ],
)
def test_an_owner_reads_no_backslash_where_none_is_needed(line: str, wanted: str) -> None:
    assert eased(line) == wanted
    assert read(eased(line)) == read(line)
