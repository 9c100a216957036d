"""The text mode: append-only lines for terminals, screen readers, braille displays and scripts."""
