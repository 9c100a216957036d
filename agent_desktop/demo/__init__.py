"""A whole contact centre on one computer: sample data, simulated customers, one command."""
