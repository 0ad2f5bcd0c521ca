"""The kinds of meaning, one line each: what its values look like, which check they pass, which columns are named so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address

from core.models.types import Family
from core.profile.meaning import checksums, inside, lists
from core.profile.meaning.inside import LETTERS
from core.words import Msg, msg

TEXT: tuple[Family, ...] = ("text",)
CODE: tuple[Family, ...] = ("text", "integer", "decimal", "float")
NUMBER: tuple[Family, ...] = ("integer", "decimal", "float")
WORDS: tuple[Family, ...] = ("text", "json", "nested", "blob")


USUAL = 0.9
"""The share of the filled rows that must be of a kind, but for kinds that are told by fewer."""

HINTED = 0.3
"""The share of the values looked at that must give a hint: of persons so many have a name that is common somewhere, of things few (an assumption)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of meaning.

    `pattern` matches a whole value (a regular expression that Python and RE2 read alike); `check` is asked of a value that matches.
    `names` are words (whole ones) of the column's name; with `named` they have to be found, as the values alone say too little. A
    column whose name holds a word of `unlike` is not of the kind, whatever its values look like. `luck` is the share of arbitrary values of
    this shape that would pass: 0.1 for one check digit, 1 where every value of the shape does. `least` is the share of the filled rows that
    must pass; `hint`, where there is one, is asked of the values looked at, of which `HINTED` must pass. `personal` values

    belong to a person. A `sparse` kind is taken beside others where any value passes, half of those of its shape at least.
    """

    name: str
    label: Msg
    pattern: str
    families: tuple[Family, ...] = TEXT
    check: Callable[[str], bool] | None = None
    names: str = ""
    unlike: str = ""
    named: bool = False
    luck: float = 0.0
    least: float = USUAL
    personal: bool = False
    sparse: bool = False
    because: Msg | None = None
    hint: Callable[[str], bool] | None = None
    fits: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fits", re.compile(self.pattern))

    def passes(self, value: str) -> bool:
        """Whether one value is of this kind."""
        return self.fits.fullmatch(value) is not None and (self.check is None or self.check(value))

    def is_hinted(self, values: Sequence[str]) -> bool:
        """Whether so many of the values say what all of them are."""
        return self.hint is None or sum(map(self.hint, values)) >= HINTED * len(values)

    def is_named(self, column: str) -> bool:
        """Whether the column is named so: `eMail_addr` reads as `e mail addr`."""
        return _says(self.names, column)

    def is_unlike(self, column: str) -> bool:
        """Whether the name speaks against the kind: `phone_calls` are no telephone numbers."""
        return _says(self.unlike, column)


def _says(words: str, column: str) -> bool:
    return bool(words) and any(re.search(rf"(?:^| )(?:{words})(?: |$)", name) for name in _names(column))


@lru_cache(maxsize=4_096)
def _names(column: str) -> tuple[str, ...]:
    """A column's name by its words, and once more without the numbers at their ends: `phone2` is a phone too. Asked by every kind."""
    found = worded(column)
    return tuple(dict.fromkeys((found, re.sub(r"(?<=[^\W\d_])(\d{1,2})(?= |$)", r" \1", found))))


def worded(column: str) -> str:
    """The words of a column's name, in small letters with single spaces."""
    apart = re.sub(r"([a-zа-яё0-9])([A-ZА-ЯЁ])", r"\1 \2", column)
    return re.sub(r"[\W_]+", " ", apart).strip().casefold()


def _digits(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda value: check(re.sub(r"\D", "", value))


def _iban(value: str) -> bool:
    return checksums.iban(value.replace(" ", "").upper())


def _among(known: Callable[[], frozenset[str]]) -> Callable[[str], bool]:
    return lambda value: value.strip().casefold().replace("_", "-") in known()


def _between(low: float, high: float) -> Callable[[str], bool]:
    def inside(value: str) -> bool:
        return low <= float(value.replace(",", ".")) <= high

    return inside


def _addressed(value: str) -> bool:
    """Whether four numbers are more than a version: one of a network for private use or of the machine itself, or with a number that is large."""
    parts = [int(part) for part in re.findall(r"\d+", value)[:4]]
    return parts[0] in (10, 127) or max(parts) > 40


def _ipv6(value: str) -> bool:
    try:
        return ip_address(value).version == 6
    except ValueError:
        return False


def _json(value: str) -> bool:
    try:
        return isinstance(json.loads(value), (dict, list))
    except ValueError:
        return False


def _language(value: str) -> bool:
    """A name or a code of a language, with a country or without: `pt-BR`."""
    code, _, region = value.strip().casefold().replace("_", "-").partition("-")
    known = lists.languages()
    return value.strip().casefold().replace("_", "-") in known or (code in known and region in lists.countries())


def _parts_of_name(value: str) -> list[str]:
    return [word.casefold() for word in re.split(r"[\s.,-]+", value) if word]


def _no_thing(value: str) -> bool:
    return lists.NO_PERSONS.isdisjoint(_parts_of_name(value))


def _common_name(value: str) -> bool:
    return any(word in lists.FIRST_NAMES for word in _parts_of_name(value))


def _person(value: str) -> bool:
    words = _parts_of_name(value)
    if not lists.NO_PERSONS.isdisjoint(words):
        return False
    return any(word in lists.FIRST_NAMES or (len(word) > 3 and word.endswith(lists.RUSSIAN_ENDINGS)) for word in words)


CHECKED = msg("The check digits are right")
MISCHECKED = msg("The check digits of most are wrong: the values have the shape, and the column the name")
SHAPED = msg("The values have the shape, and the column the name")
SOME = msg("Some values of the column: those of this shape pass the check")
LISTED = msg("The values stand in the list of the standard")

_UP, _ANY = "A-ZÀ-ÖØ-ÞĀ-ſА-ЯЁ", "A-Za-zÀ-ÖØ-öø-ſА-Яа-яЁё"
_WORD = rf"[{_UP}][{_ANY}’'`-]+"
_INITIALS = rf"(?:[{_UP}]\.[ -]?){{0,2}}[{_UP}]\.?"
_PERSON = rf"{_WORD}(?:,? +(?:{_WORD}|{_INITIALS}|van|von|der|den|de|da|di|del|la|le|bin|al|el|оглы|кызы)){{1,5}}|(?:[{_UP}]\.[ -]?){{1,3}}{_WORD}(?: {_WORD})?"
_FULL_NAMES = "full ?name|fio|фио|(?:customer|client|patient|passenger|employee|emp|staff|driver|manager|owner|contact|person|member|cardholder|holder) name|cardholder|фамилия имя"
_PERSON_NAMES = f"{_FULL_NAMES}|persons?|employees?|contacts?|authors?|passengers?|patients?"
_GIVEN_NAMES = "(?:first|last|given|family|middle|maiden) ?name|[flm]name|surname|forename|имя|фамилия|отчество|(?:vor|nach|familien) ?name|pr[eé]nom|apellidos?|cognome|nazwisko|imi[eę]"
_ROLES = "emp|staff|worker|manager|owner|agent|seller|salesman|driver|doctor|teacher|student|users?|clients?|customers?|members?|сотрудники?|клиенты?|менеджер|водитель|врач|учитель|студент|автор|покупатель|заказчик|пациент|ответственный|исполнитель"
_PLACES = "city|town|country|state|region|district|county|street|station|stop|airport|road|river|park|school|hotel|venue|site|event|course|song|album|movie|film|book|game|project|task|job|город\\w*|страна|регион|район|улица|станция"
_THINGS = "file|product|item|brand|table|column|host|domain|company|shop|store|файла|товара|компании|организации|магазина|бренда"

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IP = rf"(?:{_OCTET}\.){{3}}{_OCTET}(?::\d{{1,5}})?"
_CARD = r"(?:4\d{3}|5[0-8]\d{2}|2[2-7]\d{2}|3[0-9]\d{2}|6\d{3})(?:[ -]?\d{4}){2}[ -]?\d{1,7}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5}"

_RU_PHONE = r"(?:\+7|8)[ -]?\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}|79\d{9}|(?:\(\d{3}\) ?|\d{3}[ -])\d{3}[ -]\d{2}[ -]\d{2}"
_US_PHONE = r"(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?:,? ?(?:x|ext\.?) ?\d{1,6})?"
_EU_PHONE = r"00[1-9]\d{0,2}[ (/-][\d ()/-]{5,14}\d|\(?0\d{1,4}\)?[ /-]{1,2}\d{3,4}(?:[ -]?\d{2,4}){1,2}"
_PHONE = rf"{_RU_PHONE}|{_US_PHONE}|{_EU_PHONE}|(?:tel:)?\+[1-9][\d ()./-]{{7,18}}\d"
_ANY_PHONE = r"(?i)(?:tel|тел|моб)?[.: ]*[\d()+./ ,–-]{7,24}(?:[ ,;]*(?:x|ext|доб|#)[. ]*\d{1,6})?"
_PHONE_NAMES = r"(?:home|cell|mobile|work|office|tele|c|o|s)?phones?(?: ?n\w*)?|phonen\w*|tel|mobile|mob|cell|fax|msisdn|whatsapp|телефон\w*|тел|моб\w*|сотов\w*|факс"
_COUNTED = "hits?|counts?|clicks?|views?|visits?|calls?|users?|sales?|orders?|amount|total|sum|share|rate|score|usage|cost|price|minutes|seconds|bytes|id|date|time|at|число|количество|сумма"
_GROUPS = "types?|kind|class|category|status|role|level|counts?|department|title|group|team|position|reason|method|channel|тип|вид|статус|роль|должность|отдел"
_VERSIONS = "section|chapter|clause|paragraph|wbs|пункт|раздел|глава|versions?|ver|release|build|firmware|oid|версия|релиз|сборка"

_UNITS = "kg|g|mg|t|lb|oz|km|m|cm|mm|mi|ft|in|l|ml|m²|m2|м²|м2|кг|г|мг|т|км|м|см|мм|л|мл|шт|ч|мин|га|%|°C|kWh|кВт·ч|kB|MB|GB|TB"
_MONTHS = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|янв(?:арь)?|фев(?:раль)?|март?|апр(?:ель)?|май|июнь?|июль?|авг(?:уст)?|сен(?:тябрь)?|окт(?:ябрь)?|ноя(?:брь)?|дек(?:абрь)?"

_PIECE = rf"[0-9{_ANY}_ .-]"

KINDS: tuple[Kind, ...] = (
    Kind("email", msg("e-mail address"), r"[^@\s<>(),;:\"]+@(?:[^@\s.,;:\"]+\.)+[^@\s.,;:\"\d]{2,24}", personal=True),
    Kind("url", msg("web address"), r"(?i)(?:https?|ftp)://\S+|www\.[a-z0-9-]+\.\S+"),
    Kind("uuid", msg("UUID"), r"(?i)\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?", ("text", "uuid")),
    Kind("ipv4", msg("IPv4 address"), rf"{_IP}(?:/\d{{1,2}})?(?:, ?{_IP}){{0,8}}", unlike=_VERSIONS, hint=_addressed, personal=True),
    Kind("ipv6", msg("IPv6 address"), r"[0-9a-fA-F:.]{3,45}", check=_ipv6, personal=True),
    Kind("mac", msg("MAC address"), r"(?i)[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}", personal=True),
    Kind("iban", msg("IBAN"), r"(?i)[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?", check=_iban, names=r"\w*iban", luck=0.01, personal=True, because=CHECKED),
    Kind("card", msg("payment card"), _CARD, CODE, _digits(lambda digits: 12 <= len(digits) <= 19 and checksums.luhn(digits)), names=r"\w*card|cards?|card ?n\w*|cardn\w*|pan|карт\w*", unlike="id|hash", luck=0.1, personal=True, because=CHECKED),
    Kind("snils", msg("СНИЛС"), r"\d{3}-?\d{3}-?\d{3}[ -]?\d{2}", CODE, _digits(checksums.snils), names="snils|снилс", luck=0.01, personal=True, because=CHECKED),
    Kind("ssn", msg("US Social Security number"), r"\d{3}-\d{2}-\d{4}", check=_digits(checksums.ssn), names=r"ssn|social security(?: n\w*)?", luck=0.1, personal=True),
    Kind("ssn", msg("US Social Security number"), r"\d{3}[ -]?\d{2}[ -]?\d{4}|\d{7,8}", CODE, names=r"ssn|social security(?: n\w*)?", named=True, luck=1, personal=True),
    Kind("inn10", msg("ИНН of an organisation"), r"\d{10}", CODE, checksums.inn_organisation, names="inn|инн", luck=0.1, because=CHECKED),
    Kind("inn12", msg("ИНН of a person"), r"\d{12}", CODE, checksums.inn_person, names="inn|инн", luck=0.01, personal=True, because=CHECKED),
    Kind("ogrn", msg("ОГРН"), r"[15]\d{12}", CODE, checksums.ogrn, names="ogrn|огрн", luck=0.1, because=CHECKED),
    Kind("ogrnip", msg("ОГРНИП"), r"3\d{14}", CODE, checksums.ogrn, names="ogrnip|огрнип", luck=0.1, personal=True, because=CHECKED),
    Kind("kpp", msg("КПП"), r"\d{4}[\dA-Z]{2}\d{3}", CODE, names="kpp|кпп", named=True, luck=1),
    Kind("bik", msg("БИК"), r"04\d{7}", CODE, names="bik|бик", named=True, luck=0.01),
    Kind("oktmo", msg("ОКТМО"), r"\d{8}|\d{11}", CODE, names="oktmo|октмо", named=True, luck=1),
    Kind("cadastral", msg("cadastral number"), r"\d{1,2}:\d{1,2}:\d{6,7}:\d{1,10}"),
    Kind("ru_passport", msg("Russian passport"), r"\d{2} ?\d{2} ?(?:№ ?)?\d{6}", CODE, names=r"passports?(?: ?n\w*)?|паспорт\w*", named=True, luck=1, personal=True),
    Kind("phone", msg("telephone number"), _PHONE, CODE, names=_PHONE_NAMES, unlike=_COUNTED, luck=0.02, personal=True),
    Kind("phone", msg("telephone number"), _ANY_PHONE, CODE, names=_PHONE_NAMES, unlike=_COUNTED, named=True, luck=1, personal=True),
    Kind("latitude", msg("latitude"), r"-?\d{1,2}(?:[.,]\d+)?", (*NUMBER, "text"), _between(-90, 90), names="lat|latitude|широта|geo lat", named=True, luck=1),
    Kind("longitude", msg("longitude"), r"-?\d{1,3}(?:[.,]\d+)?", (*NUMBER, "text"), _between(-180, 180), names="lon|lng|long|longitude|долгота|geo lon", named=True, luck=1),
    Kind("coordinates", msg("pair of coordinates"), r"\(?-?\d{1,2}\.\d{3,}[,; ]+-?\d{1,3}\.\d{3,}\)?"),
    Kind("colour", msg("colour"), r"(?i)#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})|rgba?\([\d., %]+\)"),
    Kind("md5", msg("hash of 128 bits (MD5)"), r"(?i)[0-9a-f]{32}", names=".*(?:md5|hash|sum).*"),
    Kind("sha1", msg("hash of 160 bits (SHA-1)"), r"(?i)[0-9a-f]{40}"),
    Kind("sha256", msg("hash of 256 bits (SHA-256)"), r"(?i)[0-9a-f]{64}"),
    Kind("json", msg("JSON in text"), r"(?s)\s*[\[{].*[\]}]\s*", check=_json),
    Kind("path", msg("file path"), rf"(?:[A-Za-z]:\\|\\\\|/|~/|\./)[^\x00<>|*?]*[^\x00<>|*?\s]|{_PIECE}*(?:/{_PIECE}+)+\.[A-Za-z0-9]{{1,5}}"),
    Kind("units", msg("number with a unit"), rf"[-+]?\d[\d  ]*(?:[.,]\d+)? ?(?:{_UNITS})"),
    Kind("country", msg("country"), r"[^\d]{2,60}", check=_among(lists.countries), names=r"\w*country|nation(?:ality)?|citizenship|стран\w*|гражданство", luck=0.4, because=LISTED),
    Kind("currency", msg("currency"), r"[A-Za-z]{3}", check=_among(lists.currencies), names=r"\w*currency|curr|ccy|валюта", luck=0.02, because=LISTED),
    Kind("language", msg("language"), r"[^\d]{2,30}", check=_language, names=r"langs?|languages?|locale|язык\w*", luck=0.4, because=LISTED),
    Kind("postcode", msg("postcode"), r"\d{5}(?:-\d{4})?|\d{6}|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d|\d{2}-\d{3}|\d{4} ?[A-Z]{2}", CODE, names=r"zip\w*|\w*post ?code|postal(?:code)?|plz|индекс\w*", named=True, luck=1),
    Kind("year", msg("year"), r"(?:1[5-9]|20|21)\d\d", CODE, names=r"\w*year|yr|год", named=True, luck=1),
    Kind("month", msg("month"), rf"(?i)0?[1-9]|1[0-2]|{_MONTHS}", CODE, names=r"\w*month|mon|месяц", named=True, luck=1),
    Kind("quarter", msg("quarter"), r"[Qq]?[1-4]", CODE, names="quarter|qtr|квартал", named=True, luck=1),
    Kind("weekday", msg("day of the week"), r"(?i)[0-7]|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье", CODE, names="week ?day|dow|day of week|день недели", named=True, luck=1),
    Kind("person", msg("name of a person"), _PERSON, check=_person, names=_PERSON_NAMES, unlike=f"{_THINGS}|{_GROUPS}", least=0.6, luck=0.3, personal=True),
    Kind("person", msg("name of a person"), rf"[{_ANY}][{_ANY}.’'`-]*(?:[ ,.]+[{_ANY}.’'`-]+)+", names=_FULL_NAMES, unlike=_THINGS, named=True, luck=1, least=0.6, personal=True),
    Kind("person", msg("name of a person"), _PERSON, check=_person, unlike=_GROUPS, luck=0.3, personal=True),
    Kind("person", msg("name of a person"), _PERSON, check=_no_thing, hint=_common_name, names=f"{_PERSON_NAMES}|{_ROLES}|names?", unlike=f"{_THINGS}|{_GROUPS}|{_PLACES}", named=True, luck=1, least=0.6, personal=True),
    Kind("given_name", msg("given name or surname of a person"), rf"[{_ANY}][{_ANY}’'`-]+", check=_common_name, names=f"{_PERSON_NAMES}|{_ROLES}|names?", unlike=f"{_THINGS}|{_GROUPS}|{_PLACES}", named=True, luck=1, least=0.5, personal=True),
    Kind("given_name", msg("given name or surname of a person"), rf"[{_ANY}][{_ANY}.’'`-]+(?: [{_ANY}.’'`-]+){{0,3}}", names=_GIVEN_NAMES, unlike=_THINGS, named=True, luck=1, personal=True),
    Kind("address", msg("postal address"), rf"(?s)[^{LETTERS}]*[{LETTERS}]\S*\s\D*\d.*|\D*\d\S*\s[^{LETTERS}]*[{LETTERS}].*", names=r".*(?:address|addr|street|адрес|улица|anschrift|adresse|straße|strasse)(?: line)?(?: ?\d)?", named=True, luck=1, least=0.6, personal=True),
    Kind("birth_date", msg("date of birth"), r"\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}.*", ("text", "date", "timestamp"), names=r"birth\w*|born|dob|bd|bday|dateofbirth|geboren|geburt\w*|geb|naissance|nacimiento|nascita|urodzenia|рожд\w*|др", named=True, luck=1, personal=True),
    Kind("contacts", msg("text with contact data"), inside.CONTACTS, WORDS, least=0.0, personal=True, sparse=True),
    Kind("codes", msg("text with codes of persons"), inside.CODES, WORDS, inside.holds_code, least=0.0, personal=True, sparse=True),
)  # fmt: skip
"""In the order in which they are preferred where several fit."""


def stands_for(kind: str, text: str) -> bool:
    """Whether a text that elsewhere stands for nothing is a code of a closed list: `NA` among countries is Namibia."""
    return any(one.name == kind and one.because is LISTED and one.passes(text) for one in KINDS)


WITHIN = Kind("within", msg("values with personal data in them"), r".*", ("nested", "json", "text"), named=True, personal=True)
"""Nested values, or JSON in texts, of which a field is of a personal kind: it is recognised by its fields, not by its pattern."""
