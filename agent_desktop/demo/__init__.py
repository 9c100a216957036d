"""A whole contact centre on one computer, with simulated customers over real SIP, SMTP and HTTP."""
