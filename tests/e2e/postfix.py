"""Postfix as the centre's mail server: an instance of its own in a temporary folder, on loopback.

It hands the mail of `DOMAINS` to Dovecot by LMTP, and returns what it cannot deliver to where it came from
(RFC 3464).  Postfix starts its processes under its own user, so that only root can start it.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .programs import end

DOMAINS = ("centre.example", "outside.example")
REFUSING = "gone.example"  # whose server knows nobody
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.centre.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
recipient_delimiter = +
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = static:known
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
transport_maps = inline:{{ {refusing}=smtp:[127.0.0.1]:{nobody} }}
alias_maps =
alias_database =
local_recipient_maps =
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtputf8_enable = no
in_flow_delay = 0
minimal_backoff_time = 1s
queue_run_delay = 1s
"""
_MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running instance."""

    smtp: int
    folder: Path

    def send(self, raw: bytes, sender: str, *recipients: str) -> None:
        """Hand a mail in, as another mail server does."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=20) as client:
            client.sendmail(sender, list(recipients), raw)

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else "no log"


@contextmanager
def postfix(lmtp: int, nobody: int, free_port: Callable[[], int]) -> Iterator[Postfix]:
    """Postfix before a Dovecot's LMTP; `nobody` is the port of the server that refuses everybody."""
    assert os.geteuid() == 0, "Postfix is started by root alone: run this test as root, as the checks do"
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix", "postfix")
    smtp = free_port()
    values = {"folder": folder, "lmtp": lmtp, "smtp": smtp, "nobody": nobody, "refusing": REFUSING}
    (folder / "etc" / "main.cf").write_text(_MAIN.format(**values, domains=" ".join(DOMAINS)))
    (folder / "etc" / "master.cf").write_text(_MASTER.format(**values))
    made = Postfix(smtp, folder)
    # `postfix check` makes the folders of the queue with their owners.
    subprocess.run(["postfix", "-c", str(folder / "etc"), "check"], check=True, capture_output=True)
    master = subprocess.Popen(
        ["/usr/lib/postfix/sbin/master", "-c", str(folder / "etc"), "-d"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(made, master)
        yield made
    finally:
        end(master)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(made: Postfix, master: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", made.smtp)) == 0:
                return
        assert master.poll() is None, made.log
        assert time.monotonic() < until, made.log
        time.sleep(0.05)
