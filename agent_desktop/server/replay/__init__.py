"""The centre's history run again: the same decisions, and what another configuration had done."""
