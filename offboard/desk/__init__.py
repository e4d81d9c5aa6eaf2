"""The desk: the web page where people ask, read and decide. It holds no key to any system: ``serve`` does the rest."""
