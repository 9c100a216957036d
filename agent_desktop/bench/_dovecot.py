"""Dovecot on loopback, in a folder of its own, where the computer has one: the server of `bench mail`."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

PROGRAM: Final = Path("/usr/sbin/dovecot")
PASSWORD: Final = "secret"  # noqa: S105 - of a server that lives for seconds
_UP_S: Final = 20.0
_CONFIG: Final = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


class Dovecot:
    """A running server; every user's password is `PASSWORD`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.folder.chmod(0o755)
        root = os.getuid() == 0
        person = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
        for name in ("mail", "home"):
            (self.folder / name).mkdir()
            os.chown(self.folder / name, person.pw_uid, person.pw_gid)
        self.imap, self.lmtp = _free(), _free()
        config = self.folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                folder=self.folder,
                password=PASSWORD,
                uid=person.pw_uid,
                gid=person.pw_gid,
                internal="dovecot" if root else person.pw_name,
                group="dovecot" if root else grp.getgrgid(person.pw_gid).gr_name,
                login="dovenull" if root else person.pw_name,
                imap=self.imap,
                lmtp=self.lmtp,
            ),
            "utf-8",
        )
        self._process = subprocess.Popen([str(PROGRAM), "-F", "-c", str(config)])  # noqa: S603 - Debian's
        end = time.monotonic() + _UP_S
        while not (_listens(self.imap) and _listens(self.lmtp)):
            if self._process.poll() is not None or time.monotonic() > end:
                self.close()
                raise OSError("Dovecot did not start")
            time.sleep(0.05)

    def deliver(self, user: str, raw: bytes) -> float:
        """Hand a mail to its LMTP; gives when it said that it has it (monotonic)."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail("sender@example.org", [user], raw)
            return time.monotonic()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
