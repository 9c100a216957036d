"""Text messages: one adapter per way to a carrier (a provider over HTTP, or SMPP)."""
