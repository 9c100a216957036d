"""The window: thin PySide6 widgets over the view-models, and the only place that knows the toolkit."""
