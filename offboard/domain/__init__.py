"""What offboard decides about. Pure: no network, no disk, no clock of its own."""
