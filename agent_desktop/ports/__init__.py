"""What the inside needs from the outside, as protocols: every adapter is checked by one contract suite."""
