"""Which files that come with a mail may be fetched, and how much may be sent.

A refused file is kept like any other: its bytes are part of the original.  It is only not handed to the
agent's computer, and the words say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MAX_FILES: Final = 100
MAX_SENT_BYTES: Final = 25 * 1024 * 1024  # what most mail servers take, before base64

# What a double click would run, on any of the systems that agents work on.
_PROGRAMS: Final = frozenset(
    (  # noqa: SIM905 - names read best as words
        "ade adp apk app appx appxbundle application appref-ms bat bin chm cmd com command cpl dll dmg "
        "exe gadget hta inf ins ipa isp iso img jar jnlp js jse ksh lib library-ms lnk mad maf mam maq "
        "mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msi msix msixbundle "
        "msp mst nsh ocx osd pif pkg plg prf prg ps1 ps1xml ps2 ps2xml psc1 psc2 pst reg run scf scr sct "
        "service settingcontent-ms sh shb shs sys terminal theme tool udl url vb vbe vbp vbs vhd vhdx "
        "vsmacros vsw vxd webloc workflow ws wsc wsf wsh xbap xll xnk"
    ).split()
)
_PROGRAM_TYPES: Final = frozenset(
    (
        *("application/x-msdownload", "application/x-msdos-program", "application/x-executable"),
        *("application/x-sharedlib", "application/x-sh", "application/x-bat", "application/hta"),
        *("application/java-archive", "application/x-ms-shortcut", "application/x-msi"),
        *("application/vnd.microsoft.portable-executable", "application/x-ms-installer"),
    )
)


def blocked(name: str, media_type: str) -> str:
    """Why a file may not be fetched, in words; empty when it may."""
    stem, dot, ending = name.casefold().rpartition(".")
    if dot and stem and ending.strip() in _PROGRAMS:
        return f"Files that end in .{ending.strip()} can run programs. It is kept with the original mail."
    if media_type.casefold() in _PROGRAM_TYPES:
        return "It says that it is a program. It is kept with the original mail."
    return ""


def too_much(sizes: Sequence[int]) -> str:
    """Why so many files cannot be sent, in words; empty when they can."""
    if len(sizes) > MAX_FILES:
        return f"{len(sizes)} files are too many for one mail; at most {MAX_FILES} can be sent."
    if sum(sizes) > MAX_SENT_BYTES:
        megabytes = sum(sizes) / 1024 / 1024
        return (
            f"The files are {megabytes:.0f} MB together; at most {MAX_SENT_BYTES // 1024 // 1024} MB can be "
            "sent. Send fewer, or a link."
        )
    return ""
