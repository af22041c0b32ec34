//! The lexical forms of XML Schema's dates and times (XML Schema 1.0 part 2, sections 3.2.7 to 3.2.11), as libxml2 and
//! Xerces take them: 24:00:00, negative and longer years pass; year 0000, second 60 and zones beyond 14:00 do not.

use super::model::Base;

/// Reads from the front of a value.
struct Reader<'v> {
    rest: &'v [u8],
}

impl Reader<'_> {
    fn eat(&mut self, byte: u8) -> bool {
        let here = self.rest.first() == Some(&byte);
        if here {
            self.rest = &self.rest[1..];
        }
        here
    }

    /// Exactly two digits.
    fn two(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(2)?;
        self.rest = rest;
        digits.iter().all(u8::is_ascii_digit).then(|| u32::from(digits[0] - b'0') * 10 + u32::from(digits[1] - b'0'))
    }

    /// `'-'? digit{4,}` without a leading zero beyond four digits, not 0000. Gives what leap years need: the year modulo 400.
    fn year(&mut self) -> Option<u32> {
        self.eat(b'-');
        let len = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(len);
        self.rest = rest;
        let well_formed = len >= 4 && (len == 4 || digits[0] != b'0') && digits.iter().any(|b| *b != b'0');
        well_formed.then(|| digits.iter().fold(0, |year, b| (year * 10 + u32::from(b - b'0')) % 400))
    }

    fn month(&mut self) -> Option<u32> {
        self.two().filter(|month| (1..=12).contains(month))
    }

    fn date(&mut self) -> Option<()> {
        let year = self.year()?;
        let month = self.eat(b'-').then(|| self.month())??;
        let day = self.eat(b'-').then(|| self.two())??;
        (1..=days(year, month)).contains(&day).then_some(())
    }

    /// A date and a time without a fraction, as nearly all are written; nothing is read where it is another one.
    fn usual(&mut self) -> bool {
        let here = self.rest.split_first_chunk().filter(|(front, _)| is_usual(front));
        self.rest = here.map_or(self.rest, |(_, rest)| rest);
        here.is_some()
    }

    /// `('.' digit+)?`: whether it is nothing but zeros.
    fn fraction(&mut self) -> Option<bool> {
        if !self.eat(b'.') {
            return Some(true);
        }
        let len = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(len);
        self.rest = rest;
        (len > 0).then(|| digits.iter().all(|b| *b == b'0'))
    }

    /// `hh ':' mm ':' ss ('.' digit+)?`, or 24:00:00.
    fn time(&mut self) -> Option<()> {
        let hour = self.two()?;
        let minute = self.eat(b':').then(|| self.two())??;
        let second = self.eat(b':').then(|| self.two())??;
        let zero = self.fraction()? && minute == 0 && second == 0;
        (minute < 60 && second < 60 && (hour < 24 || hour == 24 && zero)).then_some(())
    }

    /// `('Z' | ('+' | '-') hh ':' mm)?` up to 14:00, then the end.
    fn zone(&mut self) -> Option<()> {
        if self.eat(b'+') || self.eat(b'-') {
            let hour = self.two()?;
            let minute = self.eat(b':').then(|| self.two())??;
            if !(hour < 14 && minute < 60 || hour == 14 && minute == 0) {
                return None;
            }
        } else {
            self.eat(b'Z');
        }
        self.rest.is_empty().then_some(())
    }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether a value is certainly `YYYY-MM-DDThh:mm:ss`: on a day that every month has, and before 24:00:00.
fn is_usual(value: &[u8; 19]) -> bool {
    let numbers = |from: usize, form| value[from..].first_chunk().and_then(|eight| numbers(*eight, form));
    let parts = (numbers(0, b"0000-00-"), numbers(8, b"00T00:00"), numbers(11, b"00:00:00"));
    let (Some(date), Some([day, ..]), Some([hour, _, _, minute, _, _, second, _])) = parts else { return false };
    let [century, _, year, _, _, month, ..] = date;
    let day = (1..=28).contains(&day) && (1..=12).contains(&month) && (century | year) > 0;
    day && hour < 24 && minute < 60 && second < 60
}

/// At each place the number of two digits that begins there, when all digits and separators are where the form has them. All
/// eight at a time.
#[inline(always)]
fn numbers(eight: [u8; 8], form: &[u8; 8]) -> Option<[u8; 8]> {
    // A digit leaves its value, a separator zero; what is added sets the high bit of anything else.
    let digits = u64::from_le_bytes(eight) ^ u64::from_le_bytes(*form);
    let added = u64::from_le_bytes(form.map(|byte| if byte == b'0' { 0x80 - 10 } else { 0x80 - 1 }));
    let other = (digits.wrapping_add(added) | digits) & (u64::MAX / 0xFF * 0x80);
    (other == 0).then(|| (digits * 10 + (digits >> 8)).to_le_bytes())
}

/// Whether a value, white space collapsed, has the form of a date or time type. Other types: false.
pub fn is(base: Base, value: &str) -> bool {
    let mut reader = Reader { rest: value.as_bytes() };
    let body = match base {
        Base::Date => reader.date(),
        Base::DateTime if reader.usual() => reader.fraction().map(|_| ()),
        Base::DateTime => reader.date().filter(|()| reader.eat(b'T')).and_then(|()| reader.time()),
        Base::Time => reader.time(),
        Base::GYear => reader.year().map(|_| ()),
        Base::GYearMonth => reader.year().filter(|_| reader.eat(b'-')).and_then(|_| reader.month()).map(|_| ()),
        _ => None,
    };
    body.and_then(|()| reader.zone()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times() {
        use Base::{Date, DateTime, GYear, GYearMonth, Time};
        let cases: &[(Base, &str, bool)] = &[
            (Date, "2026-02-28", true),
            (Date, "2024-02-29", true),
            (Date, "2026-02-29", false),
            (Date, "1900-02-29", false),
            (Date, "2000-02-29", true),
            (Date, "2026-13-01", false),
            (Date, "2026-00-01", false),
            (Date, "2026-04-31", false),
            (Date, "2026-1-01", false),
            (Date, "2026-01-01Z", true),
            (Date, "2026-01-01+14:00", true),
            (Date, "2026-01-01+14:01", false),
            (Date, "2026-01-01-13:59", true),
            (Date, "12026-01-01", true),
            (Date, "02026-01-01", false),
            (Date, "-0001-01-01", true),
            (Date, "0000-01-01", false),
            (Date, "2026-01-01T00:00:00", false),
            (Date, "", false),
            (DateTime, "2026-01-01T00:00:00", true),
            (DateTime, "0000-01-01T00:00:00", false),
            (DateTime, "0100-12-28T23:59:59+14:00", true),
            (DateTime, "2026-1:-01T00:00:00", false),
            (DateTime, "2026-01-01T0/:00:00", false),
            (DateTime, "2026-01-01T00-00:00", false),
            (DateTime, "2026-01-01T00:00:0\u{b0}", false),
            (DateTime, "2026-01-01T23:59:59.999+01:00", true),
            (DateTime, "2026-01-01T24:00:00", true),
            (DateTime, "2026-01-01T24:00:00.000Z", true),
            (DateTime, "2026-01-01T24:00:01", false),
            (DateTime, "2026-01-01T24:00:00.001", false),
            (DateTime, "2026-01-01T12:00:60", false),
            (DateTime, "2026-01-01T12:60:00", false),
            (DateTime, "2026-01-01T12:00", false),
            (DateTime, "2026-01-01T12:00:00.", false),
            (DateTime, "2026-01-01 12:00:00", false),
            (DateTime, "2026-01-01T12:00:00z", false),
            (DateTime, "2026-01-01T12:00:00+1:00", false),
            (DateTime, "2026-01-01", false),
            (Time, "12:00:00", true),
            (Time, "12:00:00Z", true),
            (Time, "12:00", false),
            (GYear, "2026", true),
            (GYear, "2026Z", true),
            (GYear, "26", false),
            (GYear, "0000", false),
            (GYearMonth, "2026-12", true),
            (GYearMonth, "2026-13", false),
            (GYearMonth, "2026", false),
        ];
        for (base, value, expected) in cases {
            assert_eq!(is(*base, value), *expected, "{base:?} {value:?}");
        }
    }
}
