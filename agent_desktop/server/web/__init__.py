"""Pages and doors for people outside: the chat widget, the help centre; later forms, surveys, webhooks."""
