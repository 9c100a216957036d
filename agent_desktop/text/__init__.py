"""The desktop as lines in a terminal, one event a line, over the same view-models as the window."""
