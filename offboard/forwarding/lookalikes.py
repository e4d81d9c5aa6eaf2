"""Characters that are read as a Latin letter: those of Unicode TR 39 that matter in domain names."""

from __future__ import annotations

# Code points, because the characters themselves cannot be told apart here.
# fmt: off
READ_AS = {
    # Cyrillic
    0x0430: "a", 0x0432: "b", 0x0435: "e", 0x043A: "k", 0x043C: "m", 0x043D: "h", 0x043E: "o", 0x0440: "p",
    0x0441: "c", 0x0442: "t", 0x0443: "y", 0x0445: "x", 0x0456: "i", 0x0458: "j", 0x0455: "s", 0x0501: "d",
    0x051B: "q", 0x051D: "w", 0x04BB: "h", 0x04CF: "l",
    # Greek
    0x03B1: "a", 0x03B2: "b", 0x03B3: "y", 0x03B5: "e", 0x03B9: "i", 0x03BA: "k", 0x03BD: "v", 0x03BF: "o",
    0x03C1: "p", 0x03C4: "t", 0x03C5: "u", 0x03C7: "x", 0x03C9: "w",
    # Latin extensions, digits and the bar
    0x0131: "i", 0x0261: "g", 0x0269: "i", 0x0030: "o", 0x0031: "l", 0x0035: "s", 0x007C: "l",
}
# fmt: on
