"""A complete small company on loopback, for trying things out. Everybody in it is made up."""
