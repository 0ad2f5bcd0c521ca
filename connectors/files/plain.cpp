// Rows of a plain CSV to the buffers of Arrow columns, every cell proven on the way.
//
// A cell is taken only in the one spelling that its value is written back in, so reading and checking are one step. Whatever is not plain ends
// the work with NOT_PLAIN, and the caller reads the file in the slower way that knows all the rest: nothing here mends or guesses.
//
// The caller gives whole buffers with PAD zero bytes behind them: a look ahead within a cell stays inside.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace {

enum Kind : int32_t { TEXT, WORDS, WHOLE, DECIMAL, DAY, MOMENT, TRUTH, REAL };
enum Outcome : int32_t { DONE, UNFINISHED, NOT_PLAIN, TOO_MANY_WORDS, TOO_LITTLE_ROOM };

constexpr int MOST_WORDS = 256, SLOTS = 1024;

using Byte = uint8_t;
using At = const Byte *;

struct Slice {
    At start;
    int64_t length;
    bool quoted, doubled;
    At stop() const { return start + length; }
};

}  // namespace

extern "C" {

// `values` holds int64 (WHOLE, DECIMAL, MOMENT), int32 (DAY, and the number of the word), double or a byte for each row. TEXT has `ends`, one
// more than rows, and `bytes`. `valid` is a byte a row, 1 to begin with. `sign` is the point of a decimal, or what stands between day and time.
struct Column {
    int32_t kind, scale, digits, sign;
    void *values;
    int32_t *ends;
    Byte *bytes;
    int64_t room;
    Byte *valid;
    int64_t nulls;
    int32_t words;
    int32_t lengths[MOST_WORDS];
    At starts[MOST_WORDS];
    int32_t slots[SLOTS];
};

struct Csv {
    int32_t delimiter, returns, columns, tokens, inside;  // `inside` turns 1 where the end of a line stands in a cell
    const char *const *token;  // texts that stand for null in a column with a type
};

struct Answer {
    int64_t rows, bytes;
    int32_t outcome, column;
};
}

namespace {

bool digit(Byte sign) { return static_cast<Byte>(sign - '0') < 10; }

// UTF-8 by the table of the Unicode standard (3-7): no overlong forms, no surrogates, nothing beyond U+10FFFF. Zero bytes are refused too.
bool letters(At at, At end) {
    constexpr uint64_t ONES = ~uint64_t{0} / 255, HIGH = ONES << 7;
    while (at < end) {
        // Eight letters of ASCII at once: no high bit, and no zero byte (taking one away borrows into the high bit of a zero only).
        for (uint64_t eight; end - at >= 8; at += 8) {
            memcpy(&eight, at, 8);
            if ((eight | (eight - ONES)) & HIGH) break;
        }
        if (at >= end) break;
        const Byte first = *at++;
        if (first < 0x80) {
            if (!first) return false;
            continue;
        }
        Byte low = 0x80, high = 0xBF;
        int more;
        if (first >= 0xC2 && first <= 0xDF) more = 1;
        else if (first >= 0xE0 && first <= 0xEF) {
            more = 2;
            if (first == 0xE0) low = 0xA0;
            if (first == 0xED) high = 0x9F;
        } else if (first >= 0xF0 && first <= 0xF4) {
            more = 3;
            if (first == 0xF0) low = 0x90;
            if (first == 0xF4) high = 0x8F;
        } else return false;
        for (; more; --more, low = 0x80, high = 0xBF)
            if (at >= end || *at < low || *at++ > high) return false;
    }
    return true;
}

// The first sign from `at` on that may end a cell without quotes; `ascii` turns false where a byte before it is none.
At ended(At at, Byte delimiter, bool &ascii) {
#if defined(__SSE2__)
    const __m128i cut = _mm_set1_epi8(static_cast<char>(delimiter)), feed = _mm_set1_epi8('\n'), back = _mm_set1_epi8('\r'),
                  quote = _mm_set1_epi8('"'), zero = _mm_setzero_si128();
    for (;; at += 16) {
        const __m128i some = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
        const __m128i lines = _mm_or_si128(_mm_cmpeq_epi8(some, feed), _mm_cmpeq_epi8(some, back));
        const __m128i signs = _mm_or_si128(_mm_cmpeq_epi8(some, cut), _mm_cmpeq_epi8(some, quote));
        const int found = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(lines, signs), _mm_cmpeq_epi8(some, zero)));
        const int high = _mm_movemask_epi8(some);
        if (found) {
            const int place = __builtin_ctz(found);
            if (high & ((1 << place) - 1)) ascii = false;
            return at + place;
        }
        if (high) ascii = false;
    }
#else
    for (;; ++at) {
        const Byte sign = *at;
        if (sign == delimiter || sign == '\n' || sign == '\r' || sign == '"' || !sign) return at;
        if (sign >= 0x80) ascii = false;
    }
#endif
}

// The cell at `at`, which moves behind it (not behind the delimiter).
Outcome cell(At &at, At end, Csv &csv, Slice &found) {
    if (*at != '"') {
        bool ascii = true;
        const At stop = ended(at, static_cast<Byte>(csv.delimiter), ascii);
        found = {at, stop - at, false, false};
        if (stop >= end) return UNFINISHED;
        if (!*stop || *stop == '"' || (!ascii && !letters(at, stop))) return NOT_PLAIN;
        at = stop;
        return DONE;
    }
    const At start = at + 1;
    bool doubled = false;
    for (At from = start;;) {
        const At quote = from < end ? static_cast<At>(memchr(from, '"', end - from)) : nullptr;
        if (!quote || quote + 1 >= end) return UNFINISHED;
        if (quote[1] == '"') {
            doubled = true;
            from = quote + 2;
            continue;
        }
        if (!letters(start, quote)) return NOT_PLAIN;
        if (!csv.inside && memchr(start, '\n', quote - start)) csv.inside = 1;
        found = {start, quote - start, true, doubled};
        at = quote + 1;
        return DONE;
    }
}

// Behind the delimiter, or behind the end of the line after the last cell; null where neither is there.
At past(At at, const Csv &csv, bool last) {
    if (!last) return *at == csv.delimiter ? at + 1 : nullptr;
    if (csv.returns && *at++ != '\r') return nullptr;
    return *at == '\n' ? at + 1 : nullptr;
}

// Readers of values: each moves `at` behind what is the value's own spelling, or says that there is none.

// Digits without zeros before them, `least` 1; at most 19, which an unsigned number of 64 bits holds.
bool digits(At &at, uint64_t &value) {
    const At start = at;
    for (value = 0; digit(*at); ++at) {
        if (at - start == 19) return false;
        value = value * 10 + (*at - '0');
    }
    return at > start && (*start != '0' || at - start == 1);
}

bool whole(At &at, int64_t &value) {
    const bool negative = *at == '-';
    uint64_t size;
    if (!digits(at += negative, size) || size > static_cast<uint64_t>(INT64_MAX) || (negative && !size)) return false;
    value = negative ? -static_cast<int64_t>(size) : static_cast<int64_t>(size);
    return true;
}

// Fewer digits behind the point than the scale are as good: zeros at the end carry no value.
bool decimal(At &at, const Column &column, int64_t &value) {
    const bool negative = *at == '-';
    const At start = at += negative;
    uint64_t size;
    if (!digits(at, size) || at - start > column.digits - column.scale) return false;
    int behind = 0;
    if (*at == column.sign && column.scale) {
        for (++at; digit(*at) && behind < column.scale; ++at, ++behind) size = size * 10 + (*at - '0');
        if (!behind || digit(*at)) return false;
    }
    for (; behind < column.scale; ++behind) size *= 10;
    if (negative && !size) return false;
    value = negative ? -static_cast<int64_t>(size) : static_cast<int64_t>(size);
    return true;
}

bool pair(At at, int &value) {
    value = (at[0] - '0') * 10 + at[1] - '0';
    return digit(at[0]) && digit(at[1]);
}

// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, chrono-compatible low-level date algorithms), years 1 to 9999.
bool day(At &at, int64_t &value) {
    static const Byte LENGTHS[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century, year, month, date;
    if (!pair(at, century) || !pair(at + 2, year) || at[4] != '-' || !pair(at + 5, month) || at[7] != '-' || !pair(at + 8, date)) return false;
    year += century * 100;
    if (year < 1 || month < 1 || month > 12) return false;
    const bool leap = year % 4 == 0 && (year % 100 || year % 400 == 0);
    if (date < 1 || date > LENGTHS[month] + (month == 2 && leap)) return false;
    const int from_march = year - (month <= 2), era = from_march / 400, of_era = from_march - era * 400;
    const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + date - 1;
    value = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    at += 10;
    return true;
}

// Microseconds since 1970.
bool moment(At &at, const Column &column, int64_t &value) {
    int hour, minute, second;
    At clock = at;
    if (!day(clock, value) || *clock++ != column.sign) return false;
    if (!pair(clock, hour) || clock[2] != ':' || !pair(clock + 3, minute) || clock[5] != ':' || !pair(clock + 6, second)) return false;
    if (hour > 23 || minute > 59 || second > 59) return false;
    value = ((value * 24 + hour) * 3600 + minute * 60 + second) * 1000000;
    at = clock + 8;
    return true;
}

bool truth(At &at, Byte &value) {
    value = *at == 't';
    const char *word = value ? "true" : "false";
    const size_t length = value ? 4 : 5;
    if (memcmp(at, word, length)) return false;
    at += length;
    return true;
}

// The digits that say something: no point, no zeros before or behind. Returns how many; -1 for more than a double needs.
int significant(At at, At end, Byte *out) {
    int count = 0, kept = 0;
    for (; at < end; ++at) {
        if (*at == '.' || (*at == '0' && !count)) continue;
        if (count == 32) return -1;
        out[count++] = *at;
        if (*at != '0') kept = count;
    }
    return kept;
}

// A double by its shortest text (whatever its exponent), or a longer one that says the same digits. `scale` is whether an exponent may stand there.
bool real(At &at, const Column &column, double &value) {
    const At start = at;
    const bool negative = *at == '-';
    const At first = at += negative;
    while (digit(*at)) ++at;
    const bool point = *at == '.';
    const int64_t before = at - first;
    if (!before || (*first == '0' && before > 1)) return false;
    if (point) {
        const At behind = ++at;
        while (digit(*at)) ++at;
        if (at == behind) return false;
    }
    const At mantissa = at;
    if (*at == 'e' || *at == 'E') {
        if (!column.scale || before != 1 || *first == '0') return false;
        ++at;
        const bool sign = *at == '+' || *at == '-';
        if (!sign && !point) return false;
        const At power = at += sign;
        while (digit(*at)) ++at;
        if (at == power || at - power > 3) return false;
    } else if (!point && before > 15) return false;
    const auto read = std::from_chars(reinterpret_cast<const char *>(start), reinterpret_cast<const char *>(at), value);
    if (read.ec != std::errc() || reinterpret_cast<At>(read.ptr) != at || !std::isfinite(value)) return false;
    Byte said[32], meant[32];
    const int count = significant(first, mantissa, said);
    if (count < 0) return false;
    if (count <= 15 && std::fabs(value) >= 1e-300) return true;  // DBL_DIG: so many digits always survive
    char text[40];
    const auto written = std::to_chars(text, text + sizeof text, std::fabs(value), std::chars_format::scientific);
    const char *power = static_cast<const char *>(memchr(text, 'e', written.ptr - text));
    const int same = significant(reinterpret_cast<At>(text), reinterpret_cast<At>(power), meant);
    return count == same && !memcmp(said, meant, count);
}

bool value(At &at, Column &column, int64_t row) {
    switch (column.kind) {
        case WHOLE: return whole(at, static_cast<int64_t *>(column.values)[row]);
        case DECIMAL: return decimal(at, column, static_cast<int64_t *>(column.values)[row]);
        case MOMENT: return moment(at, column, static_cast<int64_t *>(column.values)[row]);
        case TRUTH: return truth(at, static_cast<Byte *>(column.values)[row]);
        case REAL: return real(at, column, static_cast<double *>(column.values)[row]);
        default: {
            int64_t days;
            if (!day(at, days)) return false;
            static_cast<int32_t *>(column.values)[row] = static_cast<int32_t>(days);
            return true;
        }
    }
}

bool no_value(const Slice &slice, const Csv &csv) {
    for (int number = 0; number < csv.tokens; ++number)
        if (strlen(csv.token[number]) == static_cast<size_t>(slice.length) && !memcmp(csv.token[number], slice.start, slice.length)) return true;
    return false;
}

void put_null(Column &column, int64_t row) {
    column.valid[row] = 0;
    ++column.nulls;
}

Outcome typed(At &at, At end, Csv &csv, Column &column, int64_t row, bool last) {
    At quick = at;
    if (value(quick, column, row) && past(quick, csv, last)) {
        at = quick;
        return DONE;
    }
    Slice slice;
    if (const Outcome outcome = cell(at, end, csv, slice)) return outcome;
    At inside = slice.start;
    if (slice.quoted && value(inside, column, row) && inside == slice.stop()) return DONE;
    if (column.kind == REAL && slice.length == 3 && (!memcmp(slice.start, "NaN", 3) || !memcmp(slice.start, "nan", 3))) {
        static_cast<double *>(column.values)[row] = NAN;
        return DONE;
    }
    if (slice.doubled || !no_value(slice, csv)) return NOT_PLAIN;
    const int64_t width = column.kind == DAY ? 4 : column.kind == TRUTH ? 1 : 8;
    memset(static_cast<Byte *>(column.values) + row * width, 0, width);
    put_null(column, row);
    return DONE;
}

// The number of a word, which is new or not; -1 where there are too many.
int32_t word(Column &column, const Slice &slice) {
    // Of length, first and last eight bytes: enough to tell a few words apart, and what it does not tell apart is compared.
    uint64_t first = 0, final = 0;
    const size_t some = slice.length < 8 ? slice.length : 8;
    memcpy(&first, slice.start, some);
    memcpy(&final, slice.stop() - some, some);
    const uint64_t hash = ((first * 31 + slice.length) ^ (final << 1)) * 0x9E3779B97F4A7C15u;
    for (int slot = static_cast<int>(hash >> 54);; slot = (slot + 1) & (SLOTS - 1)) {
        const int32_t number = column.slots[slot] - 1;
        if (number < 0) {
            if (column.words == MOST_WORDS) return -1;
            column.starts[column.words] = slice.start;
            column.lengths[column.words] = static_cast<int32_t>(slice.length);
            column.slots[slot] = column.words + 1;
            return column.words++;
        }
        if (column.lengths[number] == slice.length && !memcmp(column.starts[number], slice.start, slice.length)) return number;
    }
}

Outcome text(At &at, At end, Csv &csv, Column &column, int64_t row) {
    Slice slice;
    if (const Outcome outcome = cell(at, end, csv, slice)) return outcome;
    const bool null = !slice.quoted && !slice.length;
    if (null) put_null(column, row);
    if (column.kind == WORDS) {
        if (slice.doubled) return TOO_MANY_WORDS;
        const int32_t number = null ? 0 : word(column, slice);
        if (number < 0) return TOO_MANY_WORDS;
        static_cast<int32_t *>(column.values)[row] = number;
        return DONE;
    }
    int32_t end_of = column.ends[row];
    if (end_of + slice.length > column.room) return TOO_LITTLE_ROOM;
    if (!slice.doubled) {
        memcpy(column.bytes + end_of, slice.start, slice.length);
        end_of += static_cast<int32_t>(slice.length);
    } else {
        for (At sign = slice.start; sign < slice.stop(); ++sign) {
            column.bytes[end_of++] = *sign;
            if (*sign == '"') ++sign;
        }
    }
    column.ends[row + 1] = end_of;
    return DONE;
}

}  // namespace

extern "C" {

int32_t plain_version() { return 1; }

// Up to `most` rows of `bytes` of text. Stops behind the last whole row: at the end (UNFINISHED where a row is not), after `most`, or before
// the row in which `column` has a cell that cannot be taken.
void plain_rows(const Byte *start, int64_t bytes, Csv *csv, Column *columns, int64_t most, Answer *answer) {
    const At end = start + bytes;
    At at = start;
    int64_t row = 0;
    int32_t number = 0;
    Outcome outcome = DONE;
    while (row < most && at < end) {
        const At begun = at;
        for (number = 0; number < csv->columns; ++number) {
            Column &column = columns[number];
            const bool last = number + 1 == csv->columns;
            const int64_t nulls = column.nulls;
            outcome = column.kind <= WORDS ? text(at, end, *csv, column, row) : typed(at, end, *csv, column, row, last);
            if (outcome == DONE) {
                const At next = past(at, *csv, last);
                if (next && next <= end) {
                    at = next;
                    continue;
                }
                outcome = end - at <= 1 ? UNFINISHED : NOT_PLAIN;
            }
            // Of the row that is given up no null is counted; what else it left is written over.
            column.nulls = nulls;
            for (int32_t before = 0; before < number; ++before) columns[before].nulls -= !columns[before].valid[row];
            break;
        }
        if (outcome != DONE) {
            at = begun;
            break;
        }
        ++row;
    }
    *answer = {row, at - start, outcome, number};
}
}
