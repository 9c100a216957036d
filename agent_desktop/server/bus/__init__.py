"""How the nodes of a router hear of one another: in memory for one node, PostgreSQL for more."""
