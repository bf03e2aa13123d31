"""What families write, and the place in it. Nobody's real message: each is made up to show one thing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.understanding.places import PlaceFinder
from bot.understanding.reading import location_as_json
from resources_db.geo.gazetteer import Gazetteer
from tests.places_fixture import gazetteer, gazetteer_path

__all__ = ["gazetteer", "gazetteer_path"]


@pytest.fixture(scope="session")
def finder(gazetteer: Gazetteer) -> PlaceFinder:
    return PlaceFinder(gazetteer)


ENGLISH = [
    # ZIPs
    ("I need food near 95814", "95814", "Sacramento, CA 95814"),
    ("i dont need food i need a lawyer 95820", "95820", "Sacramento, CA 95820"),
    ("95814-1234", "95814-1234", "Sacramento, CA 95814"),
    ("my zip is 95823", "95823", "Sacramento, CA 95823"),
    ("zip code 96817 and we need beds", "96817", "Honolulu, HI 96817"),
    ("zip: 95814", "95814", "Sacramento, CA 95814"),
    ("food 95814 for 4 kids", "95814", "Sacramento, CA 95814"),
    ("near 95814, 2 kids", "95814", "Sacramento, CA 95814"),
    ("need help in the 95820 area", "95820", "Sacramento, CA 95820"),
    ("my caseworker's number is 916-555-0199, zip 95838", "95838", "Sacramento, CA 95838"),
    ("Anaheim CA 92805", "Anaheim CA 92805", "Anaheim, CA 92805"),
    ("i live at 1234 K street sacramento ca 95814", "sacramento ca 95814", "Sacramento, CA 95814"),
    ("we live in sacramento but send it to 95820", "95820", "Sacramento, CA 95820"),
    # a town, with whatever speaks for it
    ("rent help santa ana", "santa ana", "Santa Ana, CA"),
    ("somewhere my 3 yr old can go while im at work, honolulu", "honolulu", "Honolulu, HI"),
    ("sacramento", "sacramento", "Sacramento, CA"),
    ("santa ana please", "santa ana", "Santa Ana, CA"),
    ("no, i'm in Anaheim", "Anaheim", "Anaheim, CA"),
    ("no sacramento", "sacramento", "Sacramento, CA"),
    ("Springfield IL", "Springfield IL", "Springfield, IL"),
    ("st louis mo", "st louis mo", "Saint Louis, MO"),
    ("St. Louis", "St. Louis", "Saint Louis, MO"),
    ("hilo hi", "hilo hi", "Hilo, HI"),
    ("Portland OR", "Portland OR", "Portland, OR"),
    ("who hires people with a record in Mobile al", "Mobile al", "Mobile, AL"),
    ("food pantry galt", "galt", "Galt, CA"),
    ("I NEED FOOD IN SACRAMENTO", "SACRAMENTO", "Sacramento, CA"),
    ("any shelters around fullerton tonight", "fullerton", "Fullerton, CA"),
    ("12345 Main St, Sacramento", "Sacramento", "Sacramento, CA"),
    ("closest town is Tonopah NV", "Tonopah NV", "Tonopah, NV"),
    ("what about Davis instead", "Davis", "Davis, CA"),
    ("I'm in Waiʻanae", "Waiʻanae", "Waianae, HI"),
    ("help in vegas", "vegas", "Las Vegas, NV"),
    ("CPS in Sacramento took my kids", "Sacramento", "Sacramento, CA"),
    ("i get out of jail in folsom tomorrow", "folsom", "Folsom, CA"),
    # boroughs, neighborhoods, landmarks, counties, states
    ("need diapers n somewhere 2 stay tonite near the bronx", "the bronx", "Bronx, NY"),
    ("im in east new york but they can come to me", "east new york", "East New York, Brooklyn, NY"),
    ("I live by Sac State", "Sac State", "Sacramento State University, Sacramento, CA"),
    ("in oak park sacramento", "oak park sacramento", "Oak Park, Sacramento, CA"),
    ("oak park in sac", "oak park in sac", "Oak Park, Sacramento, CA"),
    ("food in chinatown, honolulu", "chinatown, honolulu", "Chinatown, Honolulu, HI"),
    ("we in Del Paso Heights", "Del Paso Heights", "Del Paso Heights, Sacramento, CA"),
    ("s sacramento", "s sacramento", "South Sacramento, Sacramento, CA"),
    ("i stay in the tenderloin sf", "the tenderloin sf", "Tenderloin, San Francisco, CA"),
    ("near kapolei courthouse", "kapolei courthouse", "Kapolei Family Courthouse, Kapolei, HI"),
    ("by cal expo", "cal expo", "Cal Expo, Sacramento, CA"),
    ("Elk grove, sacramento county", "Elk grove, sacramento county", "Elk Grove, CA"),
    ("rent assistance in orange county ca", "orange county ca", "Orange County, CA"),
    ("need food OC", "OC", "Orange County, CA"),
    ("in oc", "oc", "Orange County, CA"),
    ("im in LA", "LA", "Los Angeles, CA"),
    ("im in la", "la", "Los Angeles, CA"),
    ("food in L.A. please", "L.A.", "Los Angeles, CA"),
    ("in queens ny", "queens ny", "Queens, New York, NY"),
    ("i live in florida", "florida", "Florida"),
    # a name that is also a word or a child's
    ("Hope, AR", "Hope, AR", "Hope, AR"),
    ("im in Reading PA", "Reading PA", "Reading, PA"),
    ("Paradise, California", "Paradise, California", "Paradise, CA"),
    ("food in austin", "austin", "Austin, TX"),
    ("need rent help brooklyn", "brooklyn", "Brooklyn, NY"),
    ("Brooklyn, need food tonight", "Brooklyn", "Brooklyn, NY"),
    ("madison", "madison", "Madison, WI"),
    ("im in mobile", "mobile", "Mobile, AL"),
    # several places: where the family is, and what was said last
    ("we moved from Fresno to Anaheim", "Anaheim", "Anaheim, CA"),
    ("we moved from Fresno to Austin", "Austin", "Austin, TX"),
    ("not in sacramento, in elk grove", "elk grove", "Elk Grove, CA"),
    ("my kids are in Fresno but im in Sacramento", "Sacramento", "Sacramento, CA"),
    ("used to live in fresno now in elk grove", "elk grove", "Elk Grove, CA"),
    ("im from Texas but live in rancho cordova", "rancho cordova", "Rancho Cordova, CA"),
    ("my ex is in Stockton, we are in Lodi", "Lodi", "Lodi, CA"),
    ("i moved to Ohio but my kids in Indiana", "Ohio", "Ohio"),
    ("i need food in citrus heights for my daughter Madison", "citrus heights", "Citrus Heights, CA"),
    ("my kids are in Fresno", "Fresno", "Fresno, CA"),
    # typing errors, where a place is due
    ("food in sacremento", "sacremento", "Sacramento, CA"),
    ("im near broklyn", "broklyn", "Brooklyn, NY"),
    ("honalulu", "honalulu", "Honolulu, HI"),
    ("diapers in los angelos ca", "los angelos ca", "Los Angeles, CA"),
    # misspelled, without anything that says that a place is due
    ("sacremento food banks", "sacremento", "Sacramento, CA"),
    ("stokton, need a crib and a car seat", "stokton", "Stockton, CA"),
    ("new bedfrod MA, ged classes", "new bedfrod MA", "New Bedford, MA"),
    ("Savanna GA", "Savanna GA", "Savannah, GA"),
    # voice-to-text
    ("my zip is nine oh two one oh", "nine oh two one oh", "Beverly Hills, CA 90210"),
    ("9 5 8 1 4", "9 5 8 1 4", "Sacramento, CA 95814"),
    # whole messages
    ("St. Mary's County", "St. Mary's County", "St. Mary's County, MD"),
    ("in our part of Stockton", "Stockton", "Stockton, CA"),
    ("he moved to texas, im in clovis nm", "clovis nm", "Clovis, NM"),
    ("up in the high desert", "the high desert", "High Desert, CA"),
    ("we r in Mobile and need food", "Mobile", "Mobile, AL"),
    ("i live n memphis", "memphis", "Memphis, TN"),
    ("koreatown la", "koreatown la", "Koreatown, Los Angeles, CA"),
    ("chinatown, LA", "chinatown, LA", "Chinatown, Los Angeles, CA"),
]

SPANISH = [
    ("no tengo comida pa mis hijos, 92701", "92701", "Santa Ana, CA 92701"),
    ("necesito pañales y donde dormir esta noche, 92701", "92701", "Santa Ana, CA 92701"),
    ("código postal 92704", "92704", "Santa Ana, CA 92704"),
    ("mi zip es 95823 y necesito comida", "95823", "Sacramento, CA 95823"),
    ("abogado barato cerca de 92701 por favor", "92701", "Santa Ana, CA 92701"),
    ("cerca de santa ana", "santa ana", "Santa Ana, CA"),
    ("Estoy en Los Ángeles", "Los Ángeles", "Los Angeles, CA"),
    ("necesito ayuda en Nueva York", "Nueva York", "New York, NY"),
    ("vivo en san josé", "san josé", "San Jose, CA"),
    ("filadelfia", "filadelfia", "Philadelphia, PA"),
    ("Estoy por la Santa Ana California", "Santa Ana California", "Santa Ana, CA"),
    ("vivo en Anaheim con mis hijos", "Anaheim", "Anaheim, CA"),
    ("ando por garden grove buscando trabajo", "garden grove", "Garden Grove, CA"),
    ("somos de stanton y necesitamos renta", "stanton", "Stanton, CA"),
    ("ayuda con la renta en el area de stanton", "stanton", "Stanton, CA"),
    ("soy de honolulu", "honolulu", "Honolulu, HI"),
    ("estoy en kalihi con mis niños", "kalihi", "Kalihi, Honolulu, HI"),
    ("tengo 3 hijos y vivo por la florin", "florin", "Florin, Sacramento, CA"),
    ("condado de Kern", "condado de Kern", "Kern County, CA"),
    ("vivo en el condado de orange, california", "condado de orange, california", "Orange County, CA"),
    ("no en anaheim, en santa ana", "santa ana", "Santa Ana, CA"),
    ("ya no vivo en fresno, ahora en stockton", "stockton", "Stockton, CA"),
    ("me mudé de Ponce pa Orlando", "Orlando", "Orlando, FL"),
    ("vivo en Homestead sin carro", "Homestead", "Homestead, FL"),
    ("busco trabajo en Mesa", "Mesa", "Mesa, AZ"),
    ("en el centro de sacramento", "sacramento", "Sacramento, CA"),
    ("cerca del hospital UCI", "UCI", "UC Irvine, Irvine, CA"),
    ("comida en sacremento", "sacremento", "Sacramento, CA"),
    ("municipio de Ponce", "municipio de Ponce", "Ponce Municipio, PR"),
    ("vivo en amarillo", "amarillo", "Amarillo, TX"),
    ("busco en san bernandino", "san bernandino", "San Bernardino, CA"),
]


@pytest.mark.parametrize(("text", "words", "label"), ENGLISH)
def test_a_place_in_an_english_message_is_found(finder: PlaceFinder, text: str, words: str, label: str) -> None:
    _check(finder, text, "en", words, label)


@pytest.mark.parametrize(("text", "words", "label"), SPANISH)
def test_a_place_in_a_spanish_message_is_found(finder: PlaceFinder, text: str, words: str, label: str) -> None:
    _check(finder, text, "es", words, label)


def _check(finder: PlaceFinder, text: str, language: str, words: str, label: str) -> None:
    mention = finder.find(text, language)
    assert mention is not None
    assert mention.text == words == text[mention.start : mention.end]
    assert mention.reading.place is not None, mention.reading
    assert mention.reading.place.label == label


@pytest.mark.parametrize(
    ("text", "language", "words", "first", "also"),
    [
        ("springfield", "en", "springfield", "Springfield, MA", "Springfield, IL"),
        ("need food in springfield", "en", "springfield", "Springfield, MA", "Springfield, OH"),
        ("vivo en el condado de orange", "es", "condado de orange", "Orange County, CA", "Orange County, FL"),
        ("shelters in Orange County", "en", "Orange County", "Orange County, CA", "Orange County, NY"),
        ("i live in orange", "en", "orange", "Orange, CA", "Orange County, CA"),
        ("orange", "en", "orange", "Orange, CA", "Orange, TX"),
        ("in Chinatown", "en", "Chinatown", "Chinatown, Los Angeles, CA", "Chinatown, Honolulu, HI"),
        ("washington", "en", "washington", "Washington State", "Washington, DC"),
        ("midtown", "en", "midtown", "Midtown Sacramento, Sacramento, CA", "Midtown Atlanta, Atlanta, GA"),
        ("cerca de westminster", "es", "westminster", "Westminster, CA", "Westminster, CO"),
        ("oak park ca", "en", "oak park ca", "Oak Park, Sacramento, CA", "Oak Park, CA"),
    ],
)
def test_a_name_that_several_places_have_comes_with_choices(
    finder: PlaceFinder, text: str, language: str, words: str, first: str, also: str
) -> None:
    mention = finder.find(text, language)
    assert mention is not None
    assert mention.text == words
    assert mention.reading.place is None
    labels = [place.label for place in mention.reading.candidates]
    assert labels[0] == first
    assert also in labels


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("near xyzzyville", "en", "xyzzyville"),
        ("i live in xyzzyville and need food", "en", "xyzzyville"),
        ("vivo en xyzzyville", "es", "xyzzyville"),
        ("comida cerca de Villarriba", "es", "Villarriba"),
        ("shelter in Upper Nowhereton please", "en", "Upper Nowhereton"),
        ("near tijuana", "en", "tijuana"),
        ("00000", "en", "00000"),
        ("my zip is 00000", "en", "00000"),
        ("food in 99999", "en", "99999"),
    ],
)
def test_a_place_that_is_not_known_is_reported_as_such(finder: PlaceFinder, text: str, language: str, words: str) -> None:
    mention = finder.find(text, language)
    assert mention is not None
    assert mention.text == words
    assert not mention.reading.found


NO_PLACE_ENGLISH = """
customer service is horrible / i called ice on nobody / na meeting tonight / Brooklyn (she is 4) / Carson turned 3
ask Judge Houston / he is reading now / my mobile died / you are so nice / we get him back in march
my ex lives in texas / she moved to Ohio with my kids / ty ty / transportation vouchers / something wonderful happened
population of ohio / kids near me

I need a lawyer / i hope you can help me / hope / i lost hope in / joy / love / paradise / normal hours / he is not normal
kids came home friday and we got no beds / we need a home / my friend told me / energy bill help / price of formula / help
orange juice / on social media / she is reading / behind in reading / reading classes / early head start / food / rent
why do you need my zip / found needles in the park / near needles / mobile phone / i live in a mobile home / in media class
may 5 / in may / in march / by friday / customer service / i need service / ice took my husband / in spring / in order
my daughter Madison needs diapers / my son austin is 3 / Madison is 2 and Jordan is 4 / my kids Savannah and Paris / in Mexico
my name is Dallas / judge Jackson / my worker Ms. Lincoln / clothes for my daughter Charlotte / my daughter Brooklyn needs a bed
my sister Virginia can watch the kids / Georgia is my daughter / thanks, Jason / Rosa needs a lawyer / it's for savannah / Jesus
in a hurry / in jail / in foster care / in spanish / at the hospital / near my work / near me / close by / living in my car
im in a shelter / im in trouble / im in need / im in pain / im in recovery / living in poverty / i live in fear / i live alone
near a bus stop / near transit / in treatment / in person / in general / in the morning / in two weeks / around noon / at night
to work / from work / from my ex / out of state / somewhere safe / anywhere / in town / in the city / downtown / west side
call 916-555-0123 / call me at 9165550123 / my case 95814 / case number 95814 / $95814 / i owe 10000 dollars / i owe $12345
i make 30000 a year / 12345 street / apt 12345 / po box 95814 / 1/15/2024 / my ssn is 123-45-6789 / my 15 yr old / at 10:30
hi / ok / oh ok / me / no / thanks / hello / pa / more / number 2 / the second one / open now? / start over / kicked me out
what's the weather / who can see this / nobody cares / i want to die / my baby is 8 months / i need a bus pass to get to court
on Fresno street / lincoln high school / at St Mary's church / food bank at St Joseph's / i have corona / asdfgh / homeward
i used to live in texas / aloha / are you real / real person please / i'm in the mood / in the near future / triple p
"""

NO_PLACE_SPANISH = """
un papel amarillo / no puedo con el paso / así de plano, no sé / muebles de madera / de todo, pintura, techo, lo que sea
dos horas de ida / mi papá vive en Ohio

mi casa / la mesa / en la mesa / mesa / media / como estas / que tal / no tengo nada / mi madre / esperanza / buena vista
leche para mi bebe / la señora mercedes / mi hija Mercedes / me cortaron la luz / la luz / en la calle / solo necesito comida
dormimos en la calle / dormimos en el carro / en el centro / vivo en el centro / en español / en inglés por favor / salida
cerca de mi casa / cerca de aquí / vivo en mi carro / estoy en la corte / estoy en un refugio / estoy en problemas / alta
caso 92701 / expediente 92701 / gano 25000 al año / cuesta 12000 dolares / debo 25000 / en mayo / en marzo / el sábado
por la noche / por la mañana / por favor / por teléfono / de la mañana / a la escuela / para mi hija / en casa / en linea
mi hija Carolina tiene 5 años / me llamo Guadalupe / soy Rosario / mi hermano Santiago / gracias / hola / buenos dias
vivo con mi mama / vengo de mexico / mi familia está en Guatemala / en México / en el trabajo / en la cárcel / en efectivo
quién puede ver esto / vivo en pobreza / nos vinimos huyendo de chicago / necesito hilo dental / mi hija me demandó por los nietos
el segundo / no hay bus en mi pueblo / vivo en el pueblo / en el campo / trabajo en restaurante / ola
"""


@pytest.mark.parametrize("text", [text.strip() for text in NO_PLACE_ENGLISH.replace("\n", " / ").split(" / ") if text.strip()])
def test_an_english_message_without_a_place_has_none(finder: PlaceFinder, text: str) -> None:
    assert finder.find(text, "en") is None


@pytest.mark.parametrize("text", [text.strip() for text in NO_PLACE_SPANISH.replace("\n", " / ").split(" / ") if text.strip()])
def test_a_spanish_message_without_a_place_has_none(finder: PlaceFinder, text: str) -> None:
    assert finder.find(text, "es") is None


def test_half_a_character_does_not_hide_the_place(finder: PlaceFinder) -> None:
    mention = finder.find("\ud83d food in santa ana", "en")
    assert mention is not None
    assert mention.text == "santa ana"


def test_what_a_message_said_is_not_remembered_for_the_next(finder: PlaceFinder) -> None:
    assert finder.find("santa ana", "en") is not None
    assert finder.find("rent help", "en") is None


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00\x07", "🙂🙂", "‮abc", "a" * 100_000, "in " * 5_000, "95814 " * 2_000, "/restart", "'; DROP TABLE place;--"],
)
def test_hostile_text_is_read_without_an_error(finder: PlaceFinder, text: str) -> None:
    finder.find(text, "es")


_PIECES = (
    "in near en cerca de la the not no 95814 12345 Santa ana springfield oak park CA hi or , . st. condado county my hope",
    "Austin xyzzy $ # 's",
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    st.text(max_size=80) | st.lists(st.sampled_from(" ".join(_PIECES).split()), max_size=14).map(" ".join),
    st.sampled_from(["en", "es"]),
)
def test_whatever_is_written_a_mention_quotes_the_message(finder: PlaceFinder, text: str, language: str) -> None:
    mention = finder.find(text, language)
    if mention is not None:
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.text == text[mention.start : mention.end]
        assert mention.reading.place is None or mention.reading.candidates == ()


@pytest.mark.parametrize(
    ("text", "words", "military"),
    [
        ("need diapers, 09012", "09012", "APO, AE 09012"),
        ("we get mail at PSC 1 Box 5, APO AE 09012", "09012", "APO, AE 09012"),
        ("my zip is 96349", "96349", "FPO, AP 96349"),
        ("FPO AP", "FPO AP", "FPO, AP"),
        ("estamos en APO AE", "APO AE", "APO, AE"),
    ],
)
def test_a_military_mail_address_is_known_as_one_and_has_no_place(
    finder: PlaceFinder, text: str, words: str, military: str
) -> None:
    mention = finder.find(text, "en")
    assert mention is not None
    assert (mention.text, mention.reading.military, mention.reading.place) == (words, military, None)
    assert location_as_json(mention) == {
        "text": words, "kind": "zip", "latitude": None, "longitude": None, "label": military, "ambiguous": [],
    }  # fmt: skip


def test_where_the_family_is_counts_more_than_where_its_mail_goes(finder: PlaceFinder) -> None:
    mention = finder.find("my husband is at APO AE 09012, i live in sacramento", "en")
    assert mention is not None
    assert mention.reading.place is not None
    assert mention.reading.place.label == "Sacramento, CA"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("🙏" * 400 + " need food in sacramento", "Sacramento, CA"),
        ("need food in sacramento " + "😭" * 400, "Sacramento, CA"),
        ("rent help" + "!?" * 200 + "santa ana", "Santa Ana, CA"),
        ("😭" * 4000, None),
    ],
)
def test_rows_of_emoji_and_signs_hide_no_place(finder: PlaceFinder, text: str, label: str | None) -> None:
    mention = finder.find(text, "en")
    assert (mention and mention.reading.place and mention.reading.place.label) == label
