"""Mail fetched from somebody else's server: IMAP4rev1 (RFC 3501) with IDLE (RFC 2177).

One thread per mailbox holds the connection, waits in IDLE, fetches what is new, and marks it seen only
after the router has committed it.  A mail is known by account, UIDVALIDITY and UID, so that one that was
committed but not yet marked is not taken twice.

Rules of the file: a lost connection is made again, each time after a longer wait; a mail that cannot be
kept is left unseen and tried again; a mail that cannot be read is kept and marked like any other.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from agent_desktop.domain.centre import Mailbox

log = logging.getLogger(__name__)

CONNECT_S, READ_S = 15.0, 60.0
# Renewed long before the 29 minutes of RFC 2177: a dead path shows itself at the renewal.
IDLE_S = 240.0
POLL_S = 15.0  # for servers without IDLE
WAKE_S = 1.0
BACK_OFF_S: Sequence[float] = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
REFUSED_S = 300.0  # after a wrong password: more often looks like an attack
MAX_BYTES = 64 * 1024 * 1024
AT_ONCE = 50
KEEP_S = 120.0  # the longest that a commit may take

# Commits one mail and returns; raises when it was not committed.
Keep = Callable[[str, bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the mailbox lies; `password` is read from its file before."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    folder: str = "INBOX"
    starttls: bool = False  # with `tls` off: TLS is begun before the password is said, or nothing is

    @property
    def name(self) -> str:
        """The account as it stands in the keys of its mails."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


def account_of(mailbox: Mailbox, password: str) -> Account:
    """The account of a mailbox."""
    return Account(
        host=mailbox.imap_host,
        port=mailbox.imap_port,
        tls=mailbox.imap_tls,
        user=mailbox.imap_user,
        password=password,
        folder=mailbox.imap_folder,
        starttls=mailbox.imap_starttls,
    )


def key(account: Account, uid_validity: int, uid: int) -> str:
    """The key of one mail: never given twice by a server."""
    return f"imap:{account.name}:{uid_validity}:{uid}"


class ImapWorker:
    """The thread of one mailbox.  `state` says in words how it stands."""

    def __init__(
        self,
        account: Account,
        keep: Keep,
        *,
        tls_context: ssl.SSLContext | None = None,
        back_off_s: Sequence[float] = BACK_OFF_S,
    ) -> None:
        self._account = account
        self._keep = keep
        self._tls_context = tls_context
        self._back_off_s = back_off_s
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._client: IMAPClient | None = None
        self._seen_uid = 0  # the highest UID taken on this connection
        self.state, self.trouble = "not started", ""  # how it stands; why nothing can be read
        self.noticed_at = 0.0  # when the server last told of something (monotonic)
        self.connected = threading.Event()

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name=f"imap-{self._account.user}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell the thread to end; `join` waits for it."""
        self._stopped.set()
        client = self._client
        if client is not None:
            # Wakes the thread out of whatever it waits for.
            with suppress(Exception):
                client.socket().shutdown(socket.SHUT_RDWR)

    def join(self, timeout_s: float) -> None:
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            began = time.monotonic()
            wait_s: float
            try:
                self._session()
                wait_s = 0.0
            except LoginError:
                wait_s = self._failed("the server refused the password", REFUSED_S)
            except Exception as error:  # noqa: BLE001 - sockets, TLS, protocol and store: the answer is the same
                if time.monotonic() - began > self._back_off_s[-1]:
                    failures = 0
                wait_s = self._failed(str(error) or type(error).__name__, self._wait(failures))
                failures += 1
            self._stopped.wait(wait_s)
        self.state = "stopped"

    def _wait(self, failures: int) -> float:
        return self._back_off_s[min(failures, len(self._back_off_s) - 1)]

    def _failed(self, why: str, wait_s: float) -> float:
        self.connected.clear()
        if self._stopped.is_set():
            return 0.0
        self.state, self.trouble = f"not connected: {why}", why
        log.warning("a mailbox cannot be read", extra={"why": why, "again_in_s": wait_s})
        return wait_s

    def _session(self) -> None:
        """One connection, from its beginning to its end; raises when it breaks."""
        account = self._account
        client = IMAPClient(
            account.host,
            port=account.port,
            use_uid=True,
            ssl=account.tls,
            ssl_context=self._context() if account.tls else None,
            timeout=SocketTimeout(CONNECT_S, READ_S),
        )
        self._client = client
        try:
            if account.starttls:
                # It raises when the server does not offer it, so that the password is never said in the open.
                client.starttls(self._context())
            client.login(account.user, account.password)
            chosen = client.select_folder(account.folder)
            uid_validity = int(chosen[b"UIDVALIDITY"])
            self._seen_uid = int(chosen.get(b"UIDNEXT", 1)) - 1
            self.state, self.trouble = "connected", ""
            self.connected.set()
            idles = client.has_capability("IDLE")
            told = False
            while not self._stopped.is_set():
                self._fetch(client, uid_validity, unseen=not told)
                told = idles and self._idle(client)
                if not idles:
                    self._stopped.wait(POLL_S)
                if not told:
                    client.noop()
        finally:
            self._client = None
            self._leave(client)

    def _leave(self, client: IMAPClient) -> None:
        """Say good-bye where somebody still listens, and close the socket in any case."""
        try:
            if self._stopped.is_set():
                client.shutdown()
            else:
                client.logout()
        except Exception:  # noqa: BLE001 - the connection may be broken in any way
            with suppress(Exception):
                client.shutdown()

    def _context(self) -> ssl.SSLContext | None:
        if not (self._account.tls or self._account.starttls):
            return None
        return self._tls_context or ssl.create_default_context()

    def _fetch(self, client: IMAPClient, uid_validity: int, *, unseen: bool) -> None:
        """Take everything that is new: come while we were connected and, if asked for, unseen.

        Right after a notice only what came is asked for: each way there and back is a part of the wait.
        """
        # "n:*" names the last mail also when its UID is below n (RFC 3501, section 6.4.8).
        new = {uid for uid in client.search(["UID", f"{self._seen_uid + 1}:*"]) if uid > self._seen_uid}
        uids = sorted(new.union(client.search(["UNSEEN"])) if unseen else new)
        for place in range(0, len(uids), AT_ONCE):
            sizes = client.fetch(uids[place : place + AT_ONCE], ["RFC822.SIZE"])
            for uid in uids[place : place + AT_ONCE]:
                if self._stopped.is_set():
                    return
                if uid in sizes:
                    self._take(client, uid_validity, uid, int(sizes[uid][b"RFC822.SIZE"]))
                self._seen_uid = max(self._seen_uid, uid)

    def _take(self, client: IMAPClient, uid_validity: int, uid: int, size: int) -> None:
        # PEEK: fetching must not mark it.
        item = "BODY.PEEK[]" if size <= MAX_BYTES else f"BODY.PEEK[]<0.{MAX_BYTES}>"
        fetched = client.fetch([uid], [item]).get(uid, {})
        raw = next((value for name, value in fetched.items() if name.startswith(b"BODY[")), None)
        if raw is None:
            return  # moved or deleted by somebody else in the meantime
        self._keep(key(self._account, uid_validity, uid), bytes(raw))
        client.add_flags([uid], [b"\\Seen"], silent=True)

    def _idle(self, client: IMAPClient) -> bool:
        """Wait until the server tells of mail, or it is time to renew; says whether it told."""
        client.idle()
        until = time.monotonic() + IDLE_S
        try:
            while not self._stopped.is_set() and time.monotonic() < until:
                asked = time.monotonic()
                told = client.idle_check(timeout=WAKE_S)
                # The library says nothing, at once and for ever, when the server has hung up.
                if not told and time.monotonic() - asked < WAKE_S / 2:
                    raise IMAPClientError("the connection was lost")
                if any(len(one) > 1 and one[1] in {b"EXISTS", b"RECENT"} for one in told):
                    self.noticed_at = time.monotonic()
                    return True
                if any(one and one[0] == b"BYE" for one in told):
                    raise IMAPClientError("the server ended the connection")
        finally:
            if not self._stopped.is_set():
                client.idle_done()
        return False
