from __future__ import annotations

import pytest

from agent_desktop.domain.types import ChannelId
from agent_desktop.server.channels.email import files
from agent_desktop.server.channels.email.parse import parse


@pytest.mark.parametrize(
    "name", ["a.exe", "INVOICE.PDF.EXE", "x.js", "x.lnk", "x.iso", "x.vbs ", "x.ps1", "x.jar"]
)
def test_what_a_double_click_would_run_is_refused_in_words(name: str) -> None:
    assert "can run programs" in files.blocked(name, "application/octet-stream")


def test_what_says_that_it_is_a_program_is_refused_whatever_its_name() -> None:
    assert files.blocked("photo.png", "application/x-msdownload")


@pytest.mark.parametrize(
    "name", ["a.pdf", "exe", "lamp.png", "report.docx", "exe.txt", ".exe", "a.zip", "a.com.pdf"]
)
def test_what_people_send_one_another_is_not_refused(name: str) -> None:
    assert files.blocked(name, "application/octet-stream") == ""


def test_a_refused_file_is_kept_and_says_why() -> None:
    lines = (
        *(
            "From: a@x.example",
            "MIME-Version: 1.0",
            "Content-Type: multipart/mixed; boundary=b",
            "",
            "--b",
            "",
        ),
        *("Hello", "--b", "Content-Type: application/octet-stream"),
        *("Content-Disposition: attachment; filename=run.exe", "", "MZ", "--b--", ""),
    )
    raw = "\r\n".join(lines).encode()
    (file,) = parse(raw, channel=ChannelId("x")).attachments
    assert (file.name, file.data.strip()) == ("run.exe", b"MZ")
    assert file.blocked == "Files that end in .exe can run programs. It is kept with the original mail."


def test_how_much_can_be_sent_is_stated() -> None:
    megabyte = 1024 * 1024
    assert files.too_much([megabyte] * 25) == ""
    assert "26 MB together; at most 25 MB" in files.too_much([megabyte] * 26)
    assert "101 files are too many" in files.too_much([1] * 101)
