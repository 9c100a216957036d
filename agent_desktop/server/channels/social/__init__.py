"""Social services: one adapter per service."""
