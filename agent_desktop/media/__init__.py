"""Sound on its way: packets, codecs, concealment, mixing, and the clock that paces them.

numpy; no SIP, no asyncio.
"""
