"""The language of a text: a hint for rules, and what is sure enough to be read aloud in it."""

from __future__ import annotations

import pytest

from agent_desktop.domain import tongue


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel? I have been waiting for it.", "en"),
        ("Wo ist mein Paket? Ich warte schon lange und habe nichts gehört.", "de"),
        ("Je n'ai pas reçu mon colis, merci de me dire où il est.", "fr"),
        ("No he recibido el paquete que pedí por la web, gracias.", "es"),
        ("أين طردي؟ لقد انتظرت أسبوعا", "ar"),
        ("Где моя посылка? Я жду уже неделю.", "ru"),
        ("荷物はどこですか", "ja"),
        ("", ""),
        ("48213", ""),
        ("Lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor", ""),
    ],
)
def test_the_language_of_a_text_is_guessed_or_left_open(text: str, language: str) -> None:
    assert tongue.hint(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel? I have been waiting for it, and nobody would tell me.", "en"),
        ("Wo ist mein Paket? Ich warte schon lange und habe nichts gehört.", "de"),
        ("Je n'ai pas reçu mon colis, merci de me dire où il est.", "fr"),
        ("No he recibido el paquete que pedí por la web, y ya está pagado. Gracias.", "es"),
        ("Non ho ricevuto il pacco, e per favore mi dica dove è. Grazie.", "it"),
        ("Ik heb het pakket niet ontvangen, kunt u mij helpen met een nieuwe?", "nl"),
        ("Não recebi a minha encomenda e já está paga com o cartão.", "pt"),
        ("Jag har inte fått mitt paket och det är för sent nu, tack.", "sv"),
        ("Nie otrzymałem paczki i proszę o odpowiedź, czy jest w drodze do mnie.", "pl"),
        ("أين طردي؟ لقد انتظرت أسبوعا", "ar"),
        ("Где моя посылка? Я жду её уже неделю.", "ru"),
        ("Πού είναι το δέμα μου;", "el"),
        ("איפה החבילה שלי?", "he"),
        ("荷物はどこですか", "ja"),
        ("제 소포는 어디에 있나요?", "ko"),
    ],
)
def test_a_sentence_is_surely_in_its_language(text: str, language: str) -> None:
    assert tongue.surely(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "48213",
        "No",
        "OK, la 4",
        "Hallo",
        "Lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor",
        "Det er en god dag som jeg har ventet på, og pakken er her med det samme.",  # Danish
        "Де моя посилка? Я чекаю на неї вже тиждень, це дуже довго.",  # Ukrainian
        "Къде е моят колет? Чакам го от една седмица.",  # Bulgarian  # noqa: RUF001
        "بسته من کجاست؟ یک هفته است که منتظرم",  # Persian
        "No he rebut el paquet que és per a la meva mare, gràcies.",  # Catalan
        "Nedostal jsem balík, prosím řekněte mi, kde je na cestě do Prahy.",  # Czech
    ],
)
def test_what_is_short_or_a_neighbours_is_surely_in_none(text: str) -> None:
    assert tongue.surely(text) == ""


def test_a_long_text_is_judged_by_its_beginning() -> None:
    assert tongue.surely("Ich habe das Paket nicht und " * 100_000) == "de"
