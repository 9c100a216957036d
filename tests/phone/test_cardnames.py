"""What a person sees of PortAudio's list."""

from __future__ import annotations

from agent_desktop.phone.cardnames import cards_of, infos_of


def device(name, api, inputs=0, outputs=0):
    return {"name": name, "hostapi": api, "max_input_channels": inputs, "max_output_channels": outputs}


def api(name, *devices, default_in=-1, default_out=-1):
    return {
        "name": name,
        "devices": list(devices),
        "default_input_device": default_in,
        "default_output_device": default_out,
    }


WINDOWS_APIS = [api("MME", 0, 1, 2), api("Windows WASAPI", 3, 4, 5, default_in=4, default_out=3)]
WINDOWS = [
    device("Headset (2- Jabra Evolve2 65 MS", 0, inputs=1),
    device("Headphones (2- Jabra Evolve2 65", 0, outputs=2),
    device("Old Modem Speaker", 0, outputs=1),
    device("Headphones (2- Jabra Evolve2 65 MS)", 1, outputs=2),
    device("Headset (2- Jabra Evolve2 65 MS)", 1, inputs=1),
    device("Nothing", 1),
]


def test_windows_shows_each_device_once_and_from_its_best_api():
    found = infos_of(cards_of(WINDOWS, WINDOWS_APIS))
    assert [info.name for info in found] == [
        "Headphones (Jabra Evolve2 65 MS)",
        "Headset (Jabra Evolve2 65 MS)",
        "Old Modem Speaker",
    ]
    assert [info.default for info in found] == [True, True, False]
    assert [info.microphone for info in found] == [False, True, False]


def test_the_two_halves_of_a_headset_with_one_name_are_one_device():
    apis = [api("Core Audio", 0, 1, default_in=0, default_out=1)]
    cards = cards_of([device("EPOS", 0, inputs=1), device("EPOS", 0, outputs=2)], apis)
    assert [card.name for card in cards] == ["EPOS", "EPOS"]
    (info,) = infos_of(cards)
    assert info.microphone
    assert info.speaker


def test_two_headsets_of_one_kind_are_told_apart():
    apis = [api("ALSA", 0, 1)]
    entries = [device("Poly (hw:1,0)", 0, 1, 2), device("Poly (hw:2,0)", 0, 1, 2)]
    assert [card.name for card in cards_of(entries, apis)] == ["Poly", "Poly #2"]


def test_a_computer_without_sound_has_no_devices():
    assert cards_of([], []) == ()
    assert infos_of(()) == ()
