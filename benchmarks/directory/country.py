"""A made-up directory of the whole United States, of any size, the same at every run.

Services cluster where people live, sites share buildings, needs follow Zipf's law, and what is hard in a real directory
is there in measure: confidential and virtual places, services without any place, hours not said, points on both sides of
the 180th meridian. No name, address or number in it is real.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import zipcodes

from resources_db.geo.timezones import zone_at
from resources_db.taxonomy.needs import load_needs

#: The moment all of it is as of, and at which the benchmarks ask: a Tuesday, 10:30 in Sacramento.
NOW = datetime(2026, 11, 24, 18, 30, tzinfo=timezone.utc)

Value = str | int | float | None
Rows = dict[str, list[tuple[Value, ...]]]

#: The columns that are filled, table by table, parents first; all others stay empty.
COLUMNS = {
    table: tuple(columns.split())
    for table, columns in {
        "taxonomy": "id name description",
        "taxonomy_term": "id code name taxonomy taxonomy_id language",
        "organization": "id name description website is_sample",
        "location": "id location_type organization_id name latitude longitude confidential public_note timezone",
        "service": "id organization_id name description url status application_process minimum_age maximum_age"
        " assured_date last_modified",
        "service_at_location": "id service_id location_id",
        "address": "id location_id address_1 city region state_province postal_code country address_type",
        "phone": "id location_id service_id organization_id number extension type",
        "schedule": "id service_id service_at_location_id freq interval byday bymonthday opens_at closes_at description",
        "language": "id service_id location_id name code",
        "service_area": "id service_id name extent extent_type",
        "accessibility": "id location_id description",
        "required_document": "id service_id document",
        "cost_option": "id service_id option amount_description",
        "attribute": "id link_id taxonomy_term_id link_type link_entity value",
        "verification": "id resource_type resource_id verified_at verified_by method result",
        "translation": "id resource_type resource_id field_name language value method",
        "service_need": "service_id code",
    }.items()
}

#: About one in 2,000 services is for this need, and a dozen in the whole country for that one.
RARE, RAREST = "visitation", "respite"
RAREST_SERVICES = 12
COMMON = "food"

_ACCESS = ("walk_in", "phone", "appointment", "application", "referral", "waiting_list", "online")
_ACCESS_SHARES = (34, 24, 17, 9, 7, 5, 4)
_ELIGIBILITY = ("low_income", "parents", "women", "residents_only", "youth", "child_welfare", "men", "pregnant")
_ELIGIBILITY_SHARES = (34, 20, 13, 11, 9, 6, 4, 3)
_LANGUAGES = {"en": "English", "es": "Spanish", "vi": "Vietnamese", "zh": "Chinese", "tl": "Tagalog", "ko": "Korean"}
_AGES = ((0, 5), (0, 18), (5, 12), (13, 18), (18, None), (18, 24), (60, None), (0, 0.5), (16, 24), (0, 3))

_WORKDAYS, _EVERY_DAY = "MO,TU,WE,TH,FR", "MO,TU,WE,TH,FR,SA,SU"
#: (share, rules): the weeks that the listings keep. A rule is (freq, interval, byday, bymonthday, opens, closes, text).
_WEEKS = (
    (18, (("WEEKLY", 1, _WORKDAYS, None, "09:00", "17:00", None),)),
    (11, (("WEEKLY", 1, _WORKDAYS, None, "08:00", "16:30", None),)),
    (8, (("WEEKLY", 1, "MO,WE,FR", None, "09:00", "12:00", None),)),
    (7, (("WEEKLY", 1, "TU,TH", None, "13:00", "18:00", None), ("WEEKLY", 1, "SA", None, "10:00", "14:00", None))),
    (6, (("WEEKLY", 1, "SA", None, "09:00", "12:00", None),)),
    (6, (("WEEKLY", 1, _EVERY_DAY, None, "00:00", "24:00", None),)),
    (5, (("WEEKLY", 1, _WORKDAYS, None, "08:30", "12:00", None), ("WEEKLY", 1, _WORKDAYS, None, "13:00", "17:30", None))),
    (4, (("WEEKLY", 1, "WE", None, "16:00", "19:00", None),)),
    (4, (("MONTHLY", 1, "2SA,4SA", None, "10:00", "12:00", None),)),
    (3, (("WEEKLY", 1, _EVERY_DAY, None, "18:00", "07:00", None),)),
    (3, (("MONTHLY", 1, "1TU", None, "17:00", "19:30", None),)),
    (3, (("WEEKLY", 1, "MO,TU,WE,TH", None, "10:00", "20:00", None), ("WEEKLY", 1, "FR", None, "10:00", "15:00", None))),
    (2, (("WEEKLY", 1, "SU", None, "12:00", "15:00", None),)),
    (2, (("WEEKLY", 2, "TH", None, "14:00", "17:00", None),)),
    (1, (("MONTHLY", 1, None, "15", "09:00", "11:00", None),)),
    (5, ((None, None, None, None, None, None, "By appointment, call first."),)),
    (12, ()),
)

#: Places that a search around them finds hard: remote, on islands, on either side of the 180th meridian.
EDGES = (
    ("Adak", "AK", 51.880, -176.650), ("Attu", "AK", 52.902, 172.909), ("Shemya", "AK", 52.713, 174.113),
    ("Semisopochnoi", "AK", 51.950, 179.610), ("Amatignak", "AK", 51.262, -179.110), ("Utqiagvik", "AK", 71.290, -156.788),
    ("Nome", "AK", 64.501, -165.406), ("Bethel", "AK", 60.792, -161.755), ("Hagatna", "GU", 13.475, 144.750),
    ("Saipan", "MP", 15.190, 145.750), ("Pago Pago", "AS", -14.279, -170.701), ("Honolulu", "HI", 21.307, -157.858),
    ("Hilo", "HI", 19.724, -155.087), ("San Juan", "PR", 18.466, -66.106), ("Mayaguez", "PR", 18.201, -67.140),
    ("Charlotte Amalie", "VI", 18.342, -64.931),
)  # fmt: skip
_AT_THE_EDGES = 0.01
_AREA_CODES = {"AK": "907", "GU": "671", "MP": "670", "AS": "684", "HI": "808", "PR": "787", "VI": "340"}

# What the texts are made of. A share of 1 is "in every listing of the need"; smaller ones make words rare.
_THINGS = {
    "food": ("groceries", "hot meals", "fresh fruit", "canned food", "milk and eggs", "a box of food"),
    "shelter": ("a bed for the night", "emergency shelter", "a family room", "a warm place"),
    "housing": ("apartment search", "housing navigation", "affordable units", "move-in help"),
    "financial": ("rent help", "utility bills", "a deposit", "gas vouchers"),
    "goods": ("clothes", "car seats", "school supplies", "cribs", "hygiene kits"),
    "health": ("checkups", "vaccines", "dental care", "a clinic visit"),
    "mental_health": ("counseling", "family therapy", "grief groups", "trauma care"),
    "treatment": ("recovery groups", "outpatient treatment", "sober support"),
    "childcare": ("infant care", "preschool", "after school care", "care while you work"),
    "parenting": ("parenting classes", "home visits", "toddler play groups"),
    "legal": ("legal advice", "court forms", "a lawyer for parents"),
    "transport": ("bus passes", "rides to visits", "car repair"),
    "jobs": ("job search", "resume help", "work boots", "training"),
    "education": ("GED classes", "English lessons", "tutoring"),
    "benefits": ("SNAP applications", "WIC", "Medicaid forms"),
}
_ANYTHING = ("help with forms", "a friendly talk", "referrals", "information", "support")
_FOR_WHOM = ("families", "parents", "caregivers", "kin caregivers", "teens", "newcomers", "grandparents", "children")
_HOW = ("at no cost", "on a sliding scale", "in a welcoming place", "without judgment", "close to the bus line")
#: Words by how rare they are, on top: (share of services, words, the same in Spanish).
EXTRA_WORDS = (
    (0.0005, "baby formula", "fórmula para bebé"),
    (0.005, "diapers", "pañales"),
    (0.18, "wheelchair access", "acceso para silla de ruedas"),
)
_NAMES = ("Lantern", "Meadow", "Harbor", "Juniper", "Willow", "Kestrel", "Copper", "Marigold", "Bluebird", "Sequoia", "Prairie",
          "Cedar", "Starling", "Granite", "Foxglove", "Lupine", "Heron", "Orchard", "Summit", "Clover")  # fmt: skip
_KINDS = (
    "Family Center",
    "Neighbors",
    "Hands",
    "House",
    "Community Services",
    "Alliance",
    "Table",
    "Bridge",
    "Project",
    "Circle",
)


class Spot(NamedTuple):
    """A ZIP code's middle, or one of EDGES."""

    city: str
    state: str
    county: str
    zip: str
    latitude: float
    longitude: float
    area_code: str
    spread: float
    """How far around it, in degrees of latitude, its places lie (one standard deviation)."""


@cache
def spots() -> tuple[list[Spot], list[float]]:
    """Every ZIP code people live in, and running totals of how likely a service is there."""
    rows = [
        row
        for row in zipcodes.list_all()
        if row["active"]
        and row["zip_code_type"] in ("STANDARD", "PO BOX")
        and row["area_codes"]
        and row["lat"]
        and (row["lat"], row["long"]) != ("0", "0")
    ]
    size = Counter((row["city"], row["state"]) for row in rows)
    found, weights = [], []
    for row in sorted(rows, key=lambda row: row["zip_code"]):
        zips = size[row["city"], row["state"]]
        spread = 0.015 if zips > 3 else 0.04
        point = float(row["lat"]), float(row["long"])
        found.append(Spot(row["city"], row["state"], row["county"], row["zip_code"], *point, row["area_codes"][0], spread))
        # More people in a ZIP code of a city than in one of a village; few services at a post office box.
        weights.append(zips**0.5 * (1.0 if row["zip_code_type"] == "STANDARD" else 0.1))
    return found, list(accumulate(weights))


def edges() -> list[Spot]:
    return [Spot(city, state, "", "", lat, lon, _AREA_CODES[state], 0.3) for city, state, lat, lon in EDGES]


@cache
def _need_shares() -> tuple[tuple[str, ...], tuple[float, ...]]:
    codes = [code for code in load_needs() if code not in (RARE, RAREST)]
    codes.sort(key=lambda code: code != COMMON)
    return tuple(codes), tuple(accumulate(1 / rank for rank in range(1, len(codes) + 1)))


def batches(size: int, seed: int = 3, at_once: int = 2_000) -> Iterator[Rows]:
    """The rows of a directory with exactly `size` service_at_locations, about `at_once` of those at a time.

    A table's rows are tuples in the order of its COLUMNS. Parents come before, or in the same batch as, their children.
    """
    country = _Country(size, seed)
    yield country.taxonomies()
    while country.sites < size:
        rows: Rows = defaultdict(list)
        until = min(size, country.sites + at_once)
        while country.sites < until:
            country.organization(rows)
        yield rows


class _Country:
    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.sites = self.services = 0
        self._random = random.Random(seed)
        self._terms: dict[tuple[str, str], str] = {}
        self._buildings: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._rarest_given = 0

    def taxonomies(self) -> Rows:
        rows: Rows = defaultdict(list)
        for kind, codes in (("needs", tuple(load_needs())), ("access", _ACCESS), ("eligibility", _ELIGIBILITY)):
            taxonomy = self._id()
            rows["taxonomy"].append((taxonomy, f"homeward-{kind}", "Codes of the benchmark's directory."))
            for code in codes:
                term = self._terms[kind, code] = self._id()
                name = code.replace("_", " ").capitalize()
                rows["taxonomy_term"].append((term, code, name, f"homeward-{kind}", taxonomy, "en"))
        return rows

    def organization(self, rows: Rows) -> None:
        """One organization with its places and services, in one city."""
        rnd = self._random
        home = self._spot()
        organization, name = self._id(), f"{rnd.choice(_NAMES)} {rnd.choice(_NAMES)} {rnd.choice(_KINDS)}"
        website = f"https://{organization[:8]}.example.org/" if rnd.random() < 0.7 else None
        rows["organization"].append((organization, name, f"{name} works for families in {home.city}.", website, 1))
        if rnd.random() < 0.6:
            self._phone(rows, home, organization=organization)
        places = [self._location(rows, home, organization, name) for _ in range(_some(rnd, 2.6))]
        for _ in range(_some(rnd, 3.5)):
            if self.sites == self.size:
                return
            service = self._service(rows, home, organization)
            if rnd.random() < 0.01:  # by phone, from no place at all
                self._area(rows, service, home, "state")
                continue
            chosen = rnd.sample(places, min(len(places), _some(rnd, 1.7), self.size - self.sites))
            for location in chosen:
                self._site(rows, service, location)

    def _location(self, rows: Rows, home: Spot, organization: str, name: str) -> str:
        rnd, location = self._random, self._id()
        kind = rnd.random()
        zone = zone_at(home.state, home.latitude, home.longitude) if rnd.random() < 0.6 else None
        if kind < 0.03:
            rows["location"].append((location, "virtual", organization, f"{name} online", None, None, 0, None, zone))
            return location
        if kind < 0.035:
            note = "Call for the address."
            rows["location"].append((location, "physical", organization, f"{name} safe house", None, None, 1, note, zone))
            return location
        latitude, longitude = self._building(home)
        rows["location"].append((location, "physical", organization, f"{name}, {home.city}", latitude, longitude, 0, None, zone))
        street = f"{rnd.randrange(1, 9900)} {rnd.choice(_NAMES)} Street"
        address = (self._id(), location, street, home.city, home.county or None, home.state, home.zip or None, "US", "physical")
        rows["address"].append(address)
        if rnd.random() < 0.3:
            self._phone(rows, home, location=location)
        if rnd.random() < 0.25:
            rows["accessibility"].append((self._id(), location, "Ramp at the side door."))
        return location

    def _building(self, home: Spot) -> tuple[float, float]:
        """A quarter of all places are in a building where another one is."""
        rnd, known = self._random, self._buildings[home.zip or home.city]
        if known and rnd.random() < 0.25:
            return rnd.choice(known)
        latitude = home.latitude + rnd.gauss(0, home.spread)
        east = rnd.gauss(0, home.spread) / math.cos(math.radians(home.latitude))
        point = round(latitude, 6), round((home.longitude + east + 180) % 360 - 180, 6)
        if len(known) < 20:
            known.append(point)
        return point

    def _service(self, rows: Rows, home: Spot, organization: str) -> str:
        rnd, service = self._random, self._id()
        self.services += 1
        needs = self._needs()
        english, spanish = self._words(needs)
        what = needs[0].replace("_", " ").capitalize()
        low, high = rnd.choice(_AGES) if rnd.random() < 0.3 else (None, None)
        status = rnd.choices(("active", "temporarily closed", "inactive"), (96, 1, 3))[0]
        checked = NOW.date() - timedelta(days=int(rnd.expovariate(1 / 200))) if rnd.random() < 0.7 else None
        apply = "Just walk in." if rnd.random() < 0.4 else None
        url = f"https://{service[:8]}.example.org/" if rnd.random() < 0.3 else None
        values = (f"{rnd.choice(_NAMES)} {what}", english, url, status, apply, low, high, _day(checked), _moment(checked))
        rows["service"].append((service, organization, *values))
        for code in needs:
            rows["service_need"].append((service, code))
            self._term(rows, service, "needs", "need", code)
        self._facts(rows, home, service)
        if checked and rnd.random() < 0.8:
            how = rnd.choice(("call", "visit", "email", "site", "provider"))
            made = (self._id(), "service", service, _moment(checked), "checks@example.org", how, "confirmed")
            rows["verification"].append(made)
        if rnd.random() < 0.15:
            for field, text in (("name", f"{what} ({rnd.choice(_NAMES)})"), ("description", spanish)):
                rows["translation"].append((self._id(), "service", service, field, "es", text, "person"))
        return service

    def _facts(self, rows: Rows, home: Spot, service: str) -> None:
        rnd = self._random
        if rnd.random() < 0.8:
            self._phone(rows, home, service=service)
        if rnd.random() < 0.55:
            kind = rnd.choices(("county", "state", "postal_code", "nation"), (60, 25, 10, 5))[0]
            self._area(rows, service, home, kind)
        if rnd.random() < 0.45:
            spoken = {"en", rnd.choices(tuple(_LANGUAGES), (30, 50, 6, 6, 4, 4))[0]}
            for code in sorted(spoken):
                rows["language"].append((self._id(), service, None, _LANGUAGES[code], code))
        if rnd.random() < 0.7:
            self._term(rows, service, "access", "access", rnd.choices(_ACCESS, _ACCESS_SHARES)[0])
        if rnd.random() < 0.25:
            self._term(rows, service, "eligibility", "eligibility", rnd.choices(_ELIGIBILITY, _ELIGIBILITY_SHARES)[0])
        if rnd.random() < 0.6:
            self._week(rows, service=service)
        if rnd.random() < 0.2:
            rows["required_document"].append((self._id(), service, "A letter with your address."))
        if rnd.random() < 0.25:
            rows["cost_option"].append((self._id(), service, "Free", "Free."))

    def _site(self, rows: Rows, service: str, location: str) -> None:
        site = self._id()
        self.sites += 1
        rows["service_at_location"].append((site, service, location))
        if self._random.random() < 0.25:
            self._week(rows, site=site)

    def _needs(self) -> list[str]:
        # The rarest need goes to the first service after each twelfth of the directory.
        if self.sites * RAREST_SERVICES >= self._rarest_given * self.size and self._rarest_given < RAREST_SERVICES:
            self._rarest_given += 1
            return [RAREST]
        if self.services % 2_000 == 1_000:
            return [RARE]
        codes, shares = _need_shares()
        count = 2 if self._random.random() < 0.35 else 1
        return list(dict.fromkeys(self._random.choices(codes, cum_weights=shares, k=count)))

    def _words(self, needs: list[str]) -> tuple[str, str]:
        rnd = self._random
        things = _THINGS.get(needs[0], _ANYTHING)
        offer, more = rnd.choice(things), rnd.choice(_ANYTHING)
        extra = [words for share, *words in EXTRA_WORDS if rnd.random() < share]
        english = f"We offer {offer} and {more} for {rnd.choice(_FOR_WHOM)}, {rnd.choice(_HOW)}."
        spanish = f"Ofrecemos ayuda para familias: {rnd.choice(('comida', 'apoyo', 'orientación', 'clases', 'ropa'))}."
        for in_english, in_spanish in extra:
            english += f" We have {in_english}."
            spanish += f" Tenemos {in_spanish}."
        return english, spanish

    def _area(self, rows: Rows, service: str, home: Spot, kind: str) -> None:
        extents = {
            "county": f"{home.state}/{home.county}" if home.county else home.state,
            "state": home.state,
            "postal_code": home.zip or home.state,
            "nation": "US",
        }
        extent = extents[kind]
        kind = "state" if extent == home.state else kind
        rows["service_area"].append((self._id(), service, extent.rpartition("/")[2], extent, kind))

    def _week(self, rows: Rows, service: str | None = None, site: str | None = None) -> None:
        for rule in self._random.choices([rules for _, rules in _WEEKS], [share for share, _ in _WEEKS])[0]:
            rows["schedule"].append((self._id(), service, site, *rule))

    def _phone(
        self, rows: Rows, home: Spot, location: str | None = None, service: str | None = None, organization: str | None = None
    ) -> None:
        number = f"+1{home.area_code}55501{self._random.randrange(100):02}"
        extension = f"{self._random.randrange(1000)}" if self._random.random() < 0.1 else None
        rows["phone"].append((self._id(), location, service, organization, number, extension, "voice"))

    def _term(self, rows: Rows, service: str, taxonomy: str, link_type: str, code: str) -> None:
        rows["attribute"].append((self._id(), service, self._terms[taxonomy, code], link_type, "service", code))

    def _spot(self) -> Spot:
        if self._random.random() < _AT_THE_EDGES:
            return self._random.choice(edges())
        found, totals = spots()
        return self._random.choices(found, cum_weights=totals)[0]

    def _id(self) -> str:
        text = f"{self._random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _some(rnd: random.Random, mean: float) -> int:
    """One or more, on average `mean`, seldom many."""
    return 1 + min(20, int(rnd.expovariate(1 / (mean - 0.6))))


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(day: date | None) -> str | None:
    return f"{day.isoformat()} 12:00:00.000000" if day else None
