from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import vault
from agent_desktop.media.masterkeys import MasterKeys, WrongKeyError
from agent_desktop.media.vault import ErasedError, VaultError, VaultReader, VaultWriter

WORDS = b"my card number is four one one one "
PIECES = [WORDS * 3, WORDS * 9, b"", WORDS * 2000, b"end"]


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def keys(room: Path) -> MasterKeys:
    return MasterKeys.at(room / "keys" / "recordings.key")


def sealed(path: Path, keys: MasterKeys, pieces: list[bytes] = PIECES, *, ends: bool = True) -> bytes:
    """Write the pieces, a flush after each; gives the plain text."""
    writer = VaultWriter(path, keys)
    for piece in pieces:
        writer.write(piece)
        writer.flush()
    if ends:
        writer.close()
    else:
        writer.abandon()
    return b"".join(pieces)


def fresh(room: Path) -> Path:
    return room / secrets.token_hex(8)


def opened(path: Path, keys: MasterKeys) -> tuple[bytes, bool]:
    with VaultReader(path, keys) as reader:
        return reader.read(), reader.cut_short


def altered(path: Path, data: bytes) -> None:
    path.write_bytes(data)


@given(
    st.lists(st.tuples(st.binary(max_size=200), st.integers(1, 900), st.booleans()), max_size=8),
    st.integers(0, 400_000),
    st.integers(0, 200_000),
)
def test_any_part_of_what_was_written_is_read_back(
    room: Path, keys: MasterKeys, writes: list[tuple[bytes, int, bool]], start: int, count: int
) -> None:
    path, plain = fresh(room), b""
    writer = VaultWriter(path, keys)
    for piece, times, flushes in writes:
        writer.write(piece * times)
        plain += piece * times
        if flushes:
            writer.flush()
    writer.close()
    with VaultReader(path, keys) as reader:
        assert (reader.read(), reader.size, reader.cut_short) == (plain, len(plain), False)
        assert reader.read(start, count) == plain[start : start + count]
        reader.verify()
    assert writer.written_bytes == len(plain)


def test_nothing_readable_is_on_the_disk(room: Path, keys: MasterKeys) -> None:
    path = fresh(room)
    sealed(path, keys)
    for file in room.rglob(path.name + "*"):
        assert WORDS[:8] not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def example(room: Path, keys: MasterKeys) -> tuple[Path, bytes, bytes]:
    path = room / "example"
    plain = sealed(path, keys, [WORDS, WORDS * 2, b"", WORDS * 3, b"end"])
    return path, path.read_bytes(), plain


@given(st.integers(0, 10**6), st.integers(0, 7))
def test_no_changed_bit_goes_unseen(
    example: tuple[Path, bytes, bytes], keys: MasterKeys, place: int, bit: int
) -> None:
    path, whole, _ = example
    data = bytearray(whole)
    data[place % len(data)] ^= 1 << bit
    altered(path, bytes(data))
    with pytest.raises((VaultError, WrongKeyError)):
        opened(path, keys)
    altered(path, whole)


def test_no_changed_bit_of_the_key_goes_unseen(example: tuple[Path, bytes, bytes], keys: MasterKeys) -> None:
    path, _, plain = example
    beside = vault.key_path(path)
    whole = beside.read_bytes()
    for place in range(len(whole)):
        for bit in range(8):
            data = bytearray(whole)
            data[place] ^= 1 << bit
            beside.write_bytes(data)
            with pytest.raises(WrongKeyError):
                opened(path, keys)
    beside.write_bytes(whole)
    assert opened(path, keys) == (plain, False)


def test_a_cut_at_any_byte_is_said_and_all_before_it_plays(
    example: tuple[Path, bytes, bytes], keys: MasterKeys
) -> None:
    path, whole, plain = example
    longest = 0
    for cut in range(len(whole)):
        altered(path, whole[:cut])
        try:
            read, short = opened(path, keys)
        except VaultError:
            assert cut < 24  # not even the header is there
            continue
        assert short
        assert plain.startswith(read)
        assert len(read) >= longest
        longest = len(read)
    assert longest == len(plain)
    altered(path, whole)


def test_room_that_the_system_made_but_never_filled_is_a_cut(
    example: tuple[Path, bytes, bytes], keys: MasterKeys
) -> None:
    path, whole, plain = example
    altered(path, whole[: 24 + 8 + len(WORDS) + 16] + bytes(4096))
    assert opened(path, keys) == (plain[: len(WORDS)], True)
    altered(path, whole)


@given(st.binary(min_size=1, max_size=50))
def test_bytes_after_the_end_are_refused(
    example: tuple[Path, bytes, bytes], keys: MasterKeys, more: bytes
) -> None:
    path, whole, _ = example
    altered(path, whole + more)
    with pytest.raises(VaultError, match="follow its end"):
        opened(path, keys)
    altered(path, whole)


def chunks_of(whole: bytes) -> list[bytes]:
    found, at = [], 24
    while at < len(whole):
        size = 8 + (int.from_bytes(whole[at : at + 4], "big") & 0x7FFFFFFF)
        found.append(whole[at : at + size])
        at += size
    return found


@given(st.permutations(range(5)))
def test_chunks_in_another_order_are_refused(
    example: tuple[Path, bytes, bytes], keys: MasterKeys, order: list[int]
) -> None:
    path, whole, plain = example
    chunks = chunks_of(whole)
    assert len(chunks) == 5
    altered(path, whole[:24] + b"".join(chunks[n] for n in order))
    if order == sorted(order):
        assert opened(path, keys) == (plain, False)
    else:
        with pytest.raises(VaultError):
            opened(path, keys)
    altered(path, whole)


def test_a_forged_mark_does_not_make_an_end(example: tuple[Path, bytes, bytes], keys: MasterKeys) -> None:
    path, whole, _ = example
    first = chunks_of(whole)[0]
    mark = vault._mark(whole[:24], 0, len(first) - 8, last=True)
    altered(path, whole[:24] + mark + first[8:])
    with pytest.raises(VaultError, match="damaged"):
        opened(path, keys)
    altered(path, whole)


def test_chunks_and_keys_of_another_file_are_refused(room: Path, keys: MasterKeys) -> None:
    one, other = fresh(room), fresh(room)
    plain = sealed(one, keys)
    sealed(other, keys)
    mine, theirs = one.read_bytes(), other.read_bytes()
    chunks, foreign = chunks_of(mine), chunks_of(theirs)
    altered(one, mine[:24] + b"".join([foreign[0], *chunks[1:]]))
    with pytest.raises(VaultError):
        opened(one, keys)
    altered(one, theirs)
    with pytest.raises(WrongKeyError):
        opened(one, keys)
    altered(one, mine)
    assert opened(one, keys) == (plain, False)
    vault.key_path(one).write_bytes(vault.key_path(other).read_bytes())
    with pytest.raises(WrongKeyError, match="does not open"):
        opened(one, keys)


def test_the_master_key_of_another_computer_does_not_open_it(
    room: Path, keys: MasterKeys, tmp_path: Path
) -> None:
    path = fresh(room)
    sealed(path, keys)
    with pytest.raises(WrongKeyError, match="Put back the key file"):
        opened(path, MasterKeys.at(tmp_path / "other.key"))


def test_a_new_master_key_takes_over_and_the_old_one_can_go(tmp_path: Path) -> None:
    place = tmp_path / "recordings.key"
    keys = MasterKeys.at(place)
    path, late = tmp_path / "call", tmp_path / "late"
    plain = sealed(path, keys)
    sealed(late, keys)
    before = path.read_bytes()
    assert keys.rotate() == 2
    assert opened(path, keys) == (plain, False)
    vault.rewrap(path, keys)
    assert path.read_bytes() == before
    with pytest.raises(ValueError, match="rotate first"):
        keys.retire(2)
    keys.retire(1)
    again = MasterKeys.at(place)
    assert again.numbers == (2,)
    assert opened(path, again) == (plain, False)
    with pytest.raises(WrongKeyError):
        opened(late, again)


def test_an_erased_recording_cannot_be_read_even_from_a_copy(room: Path, keys: MasterKeys) -> None:
    path = fresh(room)
    sealed(path, keys)
    copy = path.read_bytes()
    vault.destroy(path)
    assert not path.exists()
    altered(path, copy)
    with pytest.raises(ErasedError, match="its key is gone"):
        opened(path, keys)
    vault.destroy(path)
    vault.destroy(path)  # twice does no harm


def test_a_file_is_never_written_over(room: Path, keys: MasterKeys) -> None:
    path = fresh(room)
    plain = sealed(path, keys)
    with pytest.raises(FileExistsError):
        VaultWriter(path, keys)
    assert opened(path, keys) == (plain, False)


def test_what_is_still_being_written_plays_up_to_the_last_flush(room: Path, keys: MasterKeys) -> None:
    path = fresh(room)
    writer = VaultWriter(path, keys)
    writer.write(b"one second")
    writer.flush()
    writer.write(b"not yet")
    assert opened(path, keys) == (b"one second", True)
    writer.close()
    assert opened(path, keys) == (b"one secondnot yet", False)


def test_a_folder_that_refuses_the_key_leaves_no_open_file(room: Path, tmp_path: Path) -> None:
    class Broken(MasterKeys):
        def wrapped(self, key: bytes, file_id: bytes) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        VaultWriter(tmp_path / "call", Broken(tmp_path / "key", {1: bytes(32)}))


def test_another_file_is_no_recording(room: Path, keys: MasterKeys) -> None:
    path = fresh(room)
    altered(path, b"OggS" + bytes(100))
    with pytest.raises(VaultError, match="no sealed recording"):
        opened(path, keys)
