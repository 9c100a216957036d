"""What the router keeps: schema, queries and migrations, behind the storage port."""
