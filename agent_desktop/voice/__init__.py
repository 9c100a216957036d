"""Where SDP meets sound: what a leg offers, and what its media session does once both sides agreed.

Shared by the phone and the switch; `sip` and `media` do not know each other.
"""
