"""Sans-I/O SIP (RFC 3261), used by the agent's phone and by the switch alike.

Bytes and times go in; bytes, deadlines and events come out.  `session.UserAgent` is the door;
`transport` alone has sockets.
"""
