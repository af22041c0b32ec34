//! Dates and times near a day, in the forms that XML Schema allows. Must not read any clock.

use super::rng::Rng;
use crate::schema::model::Base;

/// The first day that messages are from: 2024-01-01, in days from 1970-01-01.
pub const FIRST_DAY: i64 = 19_723;

/// How a value ends: nothing, UTC, an offset; of those with a time also with a fraction of a second.
const ENDS: [&str; 4] = ["", "Z", "+01:00", ".250Z"];

/// How many forms the values of a type have.
pub fn forms(base: Base) -> usize {
    match base {
        Base::DateTime | Base::Time => 4,
        _ => 3,
    }
}

/// Year, month and day of a day.
pub fn civil(day: i64) -> (i64, i64, i64) {
    // Years from March on, so that the leap day is the last of a year; eras of 400 years.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_month)
}

/// A date.
pub fn date(day: i64) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A value of a type of dates or times on a day, in one of its forms.
pub fn draw(rng: &mut Rng, base: Base, form: Option<usize>, day: i64) -> String {
    let (year, month, _) = civil(day);
    let time = |rng: &mut Rng| format!("{:02}:{:02}:{:02}", rng.between(6, 20), rng.below(60), rng.below(60));
    let timed = matches!(base, Base::DateTime | Base::Time);
    let usual = if timed { [0, 1, 2, 3][rng.index(4)] } else { 0 };
    let end = ENDS[form.unwrap_or(usual)];
    match base {
        Base::DateTime => format!("{}T{}{end}", date(day), time(rng)),
        Base::Time => format!("{}{end}", time(rng)),
        Base::GYear => format!("{year:04}{end}"),
        Base::GYearMonth => format!("{year:04}-{month:02}{end}"),
        _ => format!("{}{end}", date(day)),
    }
}

/// The form of a value.
pub fn form_of(base: Base, value: &str) -> usize {
    let offset = value.len() > 6 && value.as_bytes()[value.len() - 3] == b':' && value.ends_with(":00") && {
        matches!(value.as_bytes()[value.len() - 6], b'+' | b'-')
    };
    match (value.contains('.') && forms(base) > 3, value.ends_with('Z')) {
        (true, _) => 3,
        (false, true) => 1,
        (false, false) => {
            if offset {
                2
            } else {
                0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        for (day, expected) in [
            (0, "1970-01-01"),
            (FIRST_DAY, "2024-01-01"),
            (FIRST_DAY + 59, "2024-02-29"),
            (FIRST_DAY + 366, "2025-01-01"),
            (-25_567, "1900-01-01"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(date(day), expected);
        }
    }
}
