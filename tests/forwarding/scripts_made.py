"""Sieve scripts made at random: of commands that every server takes, written in every way that the grammar allows."""

from __future__ import annotations

from hypothesis import strategies as st

BLANKS = st.sampled_from(
    [" ", "  ", "\t", "\n", "\r\n", "\r\n\t", "\n\n", " # note\r\n", " /* note; */ ", "\n# rule:[A]\n"]
)
# Text that no server alters, and none refuses: no NUL, no half of a pair, no variable.
CHARACTERS = st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\r\n$")
TEXTS = st.text(CHARACTERS, max_size=12)
LINES = st.lists(st.text(CHARACTERS, max_size=10), max_size=4)
ENDINGS = st.sampled_from(["\n", "\r\n"])


@st.composite
def scripts(draw: st.DrawFn) -> bytes:
    """Draw a script as bytes, which may begin with a comment and end without an end of line."""
    head = draw(st.sampled_from(["", "# Grüße, € 🎉\r\n", "/* first\n\n * line */"]))
    require = draw(_spaced("require", '["fileinto", "copy", "vacation", "imap4flags", "envelope"]', ";"))
    body = draw(st.lists(_commands(2), max_size=4))
    tail = draw(st.sampled_from(["", "\n", "\r\n", "# end", "\n\n  \n", "/* end */"]))
    return f"{head}{require}{''.join(body)}{tail}".encode()


def _spaced(*words: str) -> st.SearchStrategy[str]:
    return st.tuples(*(BLANKS for _ in words)).map(
        lambda blanks: "".join(f"{word}{blank}" for word, blank in zip(words, blanks, strict=True))
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@st.composite
def _strings(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        return _quoted(draw(TEXTS))
    end = draw(ENDINGS)
    lines = [f".{line}" if line.startswith(".") else line for line in draw(LINES)]
    return f"text:{end}{''.join(line + end for line in lines)}.{end}"


@st.composite
def _tests(draw: st.DrawFn, depth: int) -> str:
    if depth and draw(st.booleans()):
        kind = draw(st.sampled_from(["allof", "anyof"]))
        inner = draw(st.lists(_tests(depth - 1), min_size=1, max_size=3))
        return f"{kind}{draw(BLANKS)}({', '.join(inner)}){draw(BLANKS)}"
    match = draw(st.sampled_from([":is", ":contains", ":matches", ""]))
    negated = draw(st.sampled_from(["", "not "]))
    what = draw(st.sampled_from(['header {} "subject" {}', 'address {} "from" {}', 'header {} ["to", "cc"] {}']))
    return negated + what.format(match, _quoted(draw(TEXTS))) + draw(BLANKS)


@st.composite
def _commands(draw: st.DrawFn, depth: int) -> str:
    kinds = [
        "keep",
        "stop",
        "discard",
        "redirect",
        "copy",
        "fileinto",
        "flag",
        "vacation",
        *(["if", "if"] if depth else []),
    ]
    kind = draw(st.sampled_from(kinds))
    blank = draw(BLANKS)
    address = draw(st.sampled_from(["joe@corp.test", "x@partner.example", "ann.lee+tag@gmail.com"]))
    if kind == "if":
        block = "".join(draw(st.lists(_commands(depth - 1), max_size=3)))
        other = draw(st.sampled_from(["", "else {keep;}", "elsif true { stop; }"]))
        return f"if{blank}{draw(_tests(depth))}{{{draw(BLANKS)}{block}}}{draw(BLANKS)}{other}{draw(BLANKS)}"
    return {
        "redirect": f'redirect{blank}"{address}"{draw(BLANKS)};',
        "copy": f'redirect :copy{blank}"{address}";',
        "fileinto": f'fileinto{blank}"Folder ü";',
        "flag": f'addflag{blank}["\\\\Seen", "$work"];',
        "vacation": f"vacation{blank}:days 3 :handle {_quoted(draw(TEXTS))} {draw(_strings())};",
    }.get(kind, f"{kind}{blank};") + draw(BLANKS)
