"""Everything Assay says, as data: a message keeps its English text and its arguments apart until somebody reads it.

A fact, an error or a finding is stored as a `Msg` and said in the reader's language when it is shown, so the same profile
reads in English for one person and in Russian for the next. Catalogues are gettext `.po` files beside this module
(`locale/ru/LC_MESSAGES/assay.po`), read through Babel; English is the source language and needs none.

    say(msg("{n} rows in {table}", n=336776, table="flights"), "en")   # 336,776 rows in flights
"""

from core.words.message import Arg, Msg, clock_time, msg, percent, plural, size
from core.words.say import LANGUAGES, number, say

__all__ = ["LANGUAGES", "Arg", "Msg", "clock_time", "msg", "number", "percent", "plural", "say", "size"]
