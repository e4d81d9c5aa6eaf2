"""What ``make bench`` measures, each figure beside the bare thing in the same run."""
