"""The desktop without a screen: links, store, the one writer, the table of actions, drafts."""
