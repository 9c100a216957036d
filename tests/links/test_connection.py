"""What is this computer and what is not."""

from __future__ import annotations

import pytest

from agent_desktop.links.connection import is_loopback


@pytest.mark.parametrize(
    "url",
    ["ws://127.0.0.1:1/", "ws://[::1]:1/", "http://localhost", "ws://127.8.9.1/x", "WS://LOCALHOST:80/"],
)
def test_this_computer_is_never_asked_through_a_proxy(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url", ["https://example.com", "ws://10.0.0.1:1/", "wss://127.0.0.1.example.com/", "", "ws:///x", "::"]
)
def test_everything_else_is_another_computer(url: str) -> None:
    assert not is_loopback(url)
