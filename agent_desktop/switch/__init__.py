"""The embedded telephone exchange: registrar, calls between two legs, prompts, queue music.

A process of its own, so that a restarted router drops no call.
"""
