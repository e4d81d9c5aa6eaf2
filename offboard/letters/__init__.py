"""Template → one tree → HTML mail, plain text and PDF; every output comes from the one tree."""
