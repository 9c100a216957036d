"""Mail: it comes by SMTP, LMTP or IMAP, is read part by part, and goes out by SMTP."""
