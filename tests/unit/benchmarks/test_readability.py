"""Syllables are counted as people count them, and the formulas give what their authors say."""

from __future__ import annotations

import pytest

from benchmarks.readability import (
    band,
    english_syllables,
    fernandez_huerta,
    flesch_kincaid,
    level,
    sentences,
    spanish_syllables,
    words_of,
)

ENGLISH = """
    the 1  kids 1  baby 2  worker 2  food 1  needed 2  asked 1  wanted 2  called 1  places 2  changes 2  table 2  little 2
    people 2  apple 2  center 2  family 3  children 2  anything 3  information 4  another 3  appointment 3  messages 3
    message 2  housing 2  counseling 3  caring 2  ride 1  rides 1  phone 1  phones 1  number 2  used 1  closed 1  erased 2
    deleted 3  emergency 4  ambulance 3  police 2  fire 1  hour 1  hours 1  area 3  create 2  science 2  being 2  safe 1
    safer 2  house 1  houses 2  once 1  since 1  office 2  offices 3  choices 2  judge 1  judges 2  notices 3  sometimes 2
    before 2  there 1  here 1  more 1  care 1  sure 1  are 1  were 1  please 1  these 1  you're 1  don't 1  they'll 1
    won't 1  it's 1  let's 1  we've 1  couldn't 2  didn't 2  violence 3  relapse 2  treatment 2  recovery 4  special 2
    station 2  question 2  million 2  previous 3  serious 3  parents 2  language 2  quiet 2  guess 1  building 2  school 1
    anybody 4  everyone 3  agencies 3  eligible 4  available 4  situation 4  confidential 4  voluntary 4  insurance 3
    medical 3  medicine 3  prescription 3  utilities 4  electricity 5  apply 2  applied 2  tried 1  worries 2  cities 2
    moved 1  texted 2  typed 1  type 1  tapped 1  free 1  three 1  agree 2  money 2  key 1  they 1  buy 1  eye 1  real 1
    really 2  idea 3  video 3  radio 3  period 3  experience 4  social 2  usual 3  manual 3  individual 5  january 4
    february 4  actually 4  going 2  doing 2  saying 2  client 2  able 2  reunited 4  naloxone 3  someone 2  done 1  gone 1
    come 1  comes 1  home 1  homes 1  lunches 2  boxes 2  diapers 3  crisis 2  caseworker 3  safely 2  whole 1  while 1
    rule 1  rules 1  file 1  files 1  title 2  circle 2  handle 2  handled 2  settled 2  troubled 2
"""
SPANISH = """
    comida 3  ayuda 3  aquí 2  guía 2  quiero 2  agua 2  días 2  día 2  ciudad 2  país 2  leer 2  caos 2  aéreo 4  niño 2
    niños 2  cuidado 3  familia 3  teléfono 4  policía 4  emergencia 4  reunión 2  averiguar 4  pingüino 3  guerra 2  muy 1
    hay 1  hoy 1  ley 1  leyes 2  mayo 2  yo 1  y 1  oír 2  oído 3  maíz 2  baúl 2  bueno 2  cien 1  viuda 2  buey 1
    uruguay 3  peor 2  real 2  teatro 3  poeta 3  creer 2  trabajador 4  social 2  escribir 3  escribe 3  mensaje 3  código 3
    postal 2  también 2  después 2  estás 2  tuyo 2  ahora 3  ahí 2  búho 2  vehículo 4  cooperar 4  alcohol 3  prohíbe 3
    huella 2  hielo 2  deuda 2  europa 3  auto 2  cuota 2  gratuito 3  seis 1  veintiuno 3  continúa 4  actúa 3  gracias 2
    servicio 3  necesitas 4  dirección 3  información 4  contestar 3  llamar 2  llamaste 3  allá 2  ya 1  soy 1  estoy 2
    ansiedad 3  ruido 2  juicio 2  juez 1  cual 1  quien 1  guardería 4  energía 4  vacío 3  río 2  frío 2  mío 2  tío 2
    sean 2  crea 2  idea 3  línea 3
"""


def counted(table: str) -> list[tuple[str, int]]:
    words = table.split()
    return [(word, int(count)) for word, count in zip(words[::2], words[1::2], strict=True)]


def test_syllables_of_english_words() -> None:
    assert [(word, english_syllables(word)) for word, _ in counted(ENGLISH)] == counted(ENGLISH)


def test_syllables_of_spanish_words() -> None:
    assert [(word, spanish_syllables(word)) for word, _ in counted(SPANISH)] == counted(SPANISH)


def test_flesch_kincaid_is_what_its_authors_print() -> None:
    # a sentence of 20 words with 30 syllables: 0.39 * 20 + 11.8 * 1.5 - 15.59
    assert flesch_kincaid(20, 30) == pytest.approx(9.91)


def test_fernandez_huerta_is_what_its_author_prints() -> None:
    # 20 words with 38 syllables: 206.84 - 60 * 1.9 - 1.02 * 20
    assert fernandez_huerta(20, 38) == pytest.approx(72.44)
    assert [band(score) for score in (95, 85, 72.44, 65, 55, 40, 10)] == [4, 5, 6, 8, 11, 13, 16]


def test_a_sentence_ends_with_its_sign_or_its_line_and_a_number_or_an_abbreviation_does_not_end_it() -> None:
    assert sentences("Call 211. It's free!\n• Food at 9.30 am\n\n¿Y tú?") == [
        "Call 211.",
        "It's free!",
        "• Food at 9.30 am",
        "¿Y tú?",
    ]


def test_links_are_no_words_and_a_number_is_one() -> None:
    assert words_of("Call 1-800-799-7233 or see https://help.example.org/c/abc, don't wait") == [
        "Call",
        "1-800-799-7233",
        "or",
        "see",
        "don't",
        "wait",
    ]


def test_short_words_in_a_short_sentence_are_easier_than_long_words_in_a_long_one() -> None:
    easy, hard = (
        "We can help you find food.",
        "Applicants must demonstrate eligibility prior to receiving nutritional assistance.",
    )
    assert level(easy, "en").grade < 2 < 12 < level(hard, "en").grade
    facil, dificil = "Te ayudo a hallar comida.", "Los solicitantes demostrarán previamente su elegibilidad nutricional."
    assert level(facil, "es").grade <= 6 < 11 <= level(dificil, "es").grade
