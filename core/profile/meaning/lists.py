"""Closed lists of codes and names: of ISO by way of Babel (Unicode CLDR), of names by frequency."""

from __future__ import annotations

from functools import cache

LANGUAGES = ("en", "ru")


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1: codes of two and of three letters, and the names in English and Russian, in small letters."""
    found = set(_ALPHA_3.lower().split())
    for language in LANGUAGES:
        territories = _territories(language)
        found |= {name.casefold() for name in territories.values()} | {code.lower() for code in territories}
    return frozenset(found | {"usa", "uk", "россия", "сша"})


@cache
def currencies() -> frozenset[str]:
    """ISO 4217, in small letters."""
    from babel import Locale

    return frozenset(code.lower() for code in Locale.parse("en").currencies) | {"rub"}


@cache
def languages() -> frozenset[str]:
    """ISO 639-1 with or without a country (`pt-BR`), and names in English and Russian, in small letters."""
    from babel import Locale

    found: set[str] = set()
    for language in LANGUAGES:
        names = Locale.parse(language).languages
        found |= {code.replace("_", "-").lower() for code in names} | {name.casefold() for name in names.values()}
    return frozenset(found)


def _territories(language: str) -> dict[str, str]:
    from babel import Locale

    return {code: name for code, name in Locale.parse(language).territories.items() if len(code) == 2 and code.isalpha()}


_ALPHA_3 = """ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA
BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH
ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND
IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG
MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL
PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM
SYC SYR TCA TCD TGO THA TJK TKM TKL TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE"""

_FIRST_NAMES = """james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark donald steven paul andrew
    joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon
    benjamin samuel gregory frank alexander raymond patrick jack dennis jerry peter henry adam oliver harry leo lucas noah liam ethan hans jean pierre
    luis carlos jose juan miguel pedro ali mohamed muhammad ahmed omar chen wei mary patricia jennifer linda elizabeth barbara susan jessica sarah
    karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura
    cynthia kathleen amy angela shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn janet catherine maria
    heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn judith megan andrea cheryl hannah alice julia grace
    sophia ann jane eva elena olga natalia irina tatiana svetlana ivan dmitry sergey alexey vladimir nikolay mikhail igor oleg pavel yuri
    александр сергей дмитрий андрей алексей максим евгений иван михаил николай владимир артём артем денис егор никита роман павел илья кирилл юрий
    виктор игорь олег антон константин вадим василий пётр петр григорий валерий виталий станислав тимур руслан борис леонид геннадий фёдор федор
    степан глеб матвей марк лев арсений даниил георгий анна елена ольга наталья екатерина татьяна ирина светлана мария юлия анастасия людмила марина
    галина надежда валентина виктория дарья ксения алина полина евгения вера любовь александра софья софия алёна алена яна кристина оксана лариса
    тамара нина вероника диана маргарита елизавета валерия жанна инна зоя лидия раиса тимофей ярослав семён семен захар"""

FIRST_NAMES = frozenset(_FIRST_NAMES.split())
"""Given names that are common in English and in Russian: enough that most columns of names hold them, too few to take a word for one."""

_NO_PERSONS = """область край республика район округ город поселок посёлок село деревня улица проспект площадь переулок шоссе набережная бульвар
    ооо оао зао пао ао нао фгуп гуп муп ип банк завод фабрика компания магазин центр школа университет институт больница
    street avenue road boulevard lane drive square county city town beach park island river lake bank inc llc ltd gmbh corp corporation company
    group university college school hospital hotel restaurant club store shop"""

NO_PERSONS = frozenset(_NO_PERSONS.split())
"""Words of places and companies: what is named with one of them is no person, though its adjectives end as surnames do."""

RUSSIAN_ENDINGS = (
    "вич",
    "вна",
    "ична",
    "ов",
    "ова",
    "ев",
    "ева",
    "ёв",
    "ёва",
    "ин",
    "ина",
    "ский",
    "ская",
    "цкий",
    "цкая",
    "енко",
    "чук",
)
"""Endings of Russian patronymics and surnames."""
