from __future__ import annotations

import datetime as dt
import hashlib
import ssl
import stat
from pathlib import Path

import pytest

from agent_desktop.errors import ConfigError
from agent_desktop.switch.certificate import FILE, of_centre, of_switch

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def test_a_switch_makes_its_certificate_once(tmp_path: Path) -> None:
    made = of_switch(tmp_path, ["127.0.0.1", "::1", "localhost"], NOW)
    assert made.file == made.key_file == tmp_path / FILE
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert of_switch(tmp_path, ["127.0.0.1"], NOW + dt.timedelta(days=1000)) == made
    pem = made.file.read_text()
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])
    assert made.fingerprint == hashlib.sha256(der).hexdigest()


def test_the_certificate_serves_tls(tmp_path: Path) -> None:
    made = of_switch(tmp_path, ["127.0.0.1"], NOW)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.file, made.key_file)


@pytest.mark.parametrize("later", [dt.timedelta(days=3640), dt.timedelta(days=-2)])
def test_a_certificate_that_is_out_of_date_is_made_anew(tmp_path: Path, later: dt.timedelta) -> None:
    first = of_switch(tmp_path, ["127.0.0.1"], NOW)
    assert of_switch(tmp_path, ["127.0.0.1"], NOW + later).fingerprint != first.fingerprint


def test_a_certificate_that_cannot_be_read_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_text("rubbish")
    assert of_switch(tmp_path, ["127.0.0.1"], NOW).fingerprint
    assert "made anew" in caplog.text


def test_a_centre_may_have_a_certificate_of_its_own(tmp_path: Path) -> None:
    made = of_switch(tmp_path, ["127.0.0.1"], NOW)
    both = of_centre(str(made.file), "")
    assert (both.fingerprint, both.key_file) == (made.fingerprint, made.file)
    assert of_centre(str(made.file), "/key.pem").key_file == Path("/key.pem")
    with pytest.raises(ConfigError, match="cannot be read"):
        of_centre(str(tmp_path / "none.pem"), "")
