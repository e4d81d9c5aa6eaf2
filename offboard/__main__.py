"""``python -m offboard`` is the ``offboard`` command."""

from offboard.cli import main

main()
