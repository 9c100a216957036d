"""Which files can run programs: they are kept like any other and never handed out."""

from __future__ import annotations

from typing import Final

# What a double click would run, on any of the systems that agents work on.
_PROGRAMS: Final = frozenset(
    (  # noqa: SIM905 - names read best as words
        "ade adp apk app appx appxbundle application appref-ms bat bin cab chm cmd com command cpl dll dmg "
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


def refused(name: str, media_type: str) -> str:
    """Why a file is not handed out, in words; empty when it may be."""
    stem, dot, ending = name.casefold().rpartition(".")
    if dot and stem and ending.strip() in _PROGRAMS:
        return f"Files that end in .{ending.strip()} can run programs."
    if media_type.casefold() in _PROGRAM_TYPES:
        return "It says that it is a program."
    return ""
