"""The router: it takes interactions from every channel, decides who gets them, and keeps the record."""
