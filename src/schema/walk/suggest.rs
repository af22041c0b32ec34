//! What the sender may have meant: said only where one thing alone comes near and is right. Must not quote personal data.

use super::super::facet::Check;
use super::super::model::Base;

/// The one name that a wrong name is a misspelling of: other capitals, or one letter wrong, two in a long name. A short name
/// has too many neighbours.
pub(super) fn misspelt<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let most = match wrong.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| match distance(wrong, name) {
            _ if name.eq_ignore_ascii_case(wrong) => Some((1, name)),
            distance => (distance <= most).then_some((distance, name)),
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    match near.as_slice() {
        [(_, only)] => Some(only),
        [(first, name), (second, _), ..] if first < second => Some(name),
        _ => None,
    }
}

/// How many letters must be put in, left out, replaced or swapped with the next to make one name of another.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = a[i - 1] == b[j - 1];
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + usize::from(!same));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// How a value of a type is written, where it is clear which one is meant.
pub(super) fn value(check: &Check, value: &str, personal: bool) -> Option<String> {
    let white = [' ', '\t', '\n', '\r'];
    let trimmed = value.trim_matches(white);
    let ways = [
        ("Leave out the white space around it", (trimmed != value).then(|| trimmed.to_owned())),
        ("Write it in capital letters", Some(trimmed.to_ascii_uppercase()).filter(|upper| upper != value)),
        ("Write the decimal sign as a point", decimal_point(trimmed).filter(|_| check.base() == Base::Decimal)),
        ("Write the date with the year first", date(trimmed).filter(|_| check.base() == Base::Date)),
        ("Write T between date and time", date_time(trimmed).filter(|_| check.base() == Base::DateTime)),
    ];
    let right = |meant: &String| !meant.is_empty() && check.look(meant).is_ok();
    let (what, meant) = ways.into_iter().find_map(|(what, meant)| meant.filter(right).map(|meant| (what, meant)))?;
    Some(if personal || meant.len() > 40 { format!("{what}.") } else { format!("{what}: {meant}") })
}

/// With three digits behind it, a comma may be one between thousands.
fn decimal_point(value: &str) -> Option<String> {
    let (whole, fraction) = value.split_once(',')?;
    (fraction.len() != 3 && !fraction.contains(',')).then(|| format!("{whole}.{fraction}"))
}

/// `20261122`, and `22.11.2026` or `22/11/2026` where the day cannot be a month.
fn date(value: &str) -> Option<String> {
    let bytes = value.as_bytes();
    if bytes.len() == 8 && bytes.iter().all(u8::is_ascii_digit) {
        return Some(format!("{}-{}-{}", &value[..4], &value[4..6], &value[6..]));
    }
    match bytes {
        [_, _, first @ (b'.' | b'/' | b'-'), _, _, second, ..] if bytes.len() == 10 && first == second => {
            let (day, month, year) = (value.get(..2)?, value.get(3..5)?, value.get(6..)?);
            let sure = day == month || day.parse::<u8>().is_ok_and(|day| day > 12);
            sure.then(|| format!("{year}-{month}-{day}"))
        }
        _ => None,
    }
}

fn date_time(value: &str) -> Option<String> {
    (value.as_bytes().get(10) == Some(&b' ')).then(|| value.replacen(' ', "T", 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::model::{Facets, Simple};

    #[test]
    fn a_misspelling_is_near_to_one_name_alone() {
        let names =
            ["CdtrAgt", "DbtrAgt", "Dbtr", "Cdtr", "Nm", "InstrForNxtAgt", "InstrForCdtrAgt", "UETR", "Strd", "Ustrd"];
        for (wrong, meant) in [
            ("cdtragt", Some("CdtrAgt")),
            ("CdtrAgnt", Some("CdtrAgt")),
            ("CdrtAgt", Some("CdtrAgt")),
            ("DbtrAg", Some("DbtrAgt")),
            ("Dbttr", Some("Dbtr")),
            // As near to Cdtr as to Dbtr.
            ("Cbtr", None),
            ("NM", Some("Nm")),
            ("Nmm", None),
            ("InstrForNextAgt", Some("InstrForNxtAgt")),
            ("Foo", None),
            // Ustrd without its first letter, or Strd in other capitals.
            ("strd", None),
            ("", None),
        ] {
            assert_eq!(misspelt(wrong, names.into_iter()), meant, "{wrong}");
        }
    }

    #[test]
    fn a_value_is_mended_only_where_it_is_clear() {
        let of = |base, facets| Check::new(&Simple { base, facets }).unwrap();
        let codes = Facets { enumeration: vec!["SHAR".into(), "Debt".into()], ..Facets::default() };
        let amount = Facets { total_digits: Some(18), fraction_digits: Some(5), ..Facets::default() };
        let (code, amount) = (of(Base::String, codes), of(Base::Decimal, amount));
        let (date, time) = (of(Base::Date, Facets::default()), of(Base::DateTime, Facets::default()));
        for (check, wrong, meant) in [
            (&code, "shar", Some("Write it in capital letters: SHAR")),
            (&code, " SHAR ", Some("Leave out the white space around it: SHAR")),
            (&code, "debt", None),
            (&code, "SHARE", None),
            (&code, "", None),
            (&amount, "1,5", Some("Write the decimal sign as a point: 1.5")),
            (&amount, "1,500", None),
            (&amount, "1,2,3", None),
            (&amount, "1.234,50", None),
            (&date, "20261122", Some("Write the date with the year first: 2026-11-22")),
            (&date, "22.11.2026", Some("Write the date with the year first: 2026-11-22")),
            (&date, "11/11/2026", Some("Write the date with the year first: 2026-11-11")),
            (&date, "05.11.2026", None),
            (&date, "20261322", None),
            (&date, "31.02.2026", None),
            (&date, "äöü€x", None),
            (&time, "2026-11-22 10:30:00", Some("Write T between date and time: 2026-11-22T10:30:00")),
            (&time, "2026-11-22", None),
        ] {
            assert_eq!(value(check, wrong, false).as_deref(), meant, "{wrong}");
        }
        assert_eq!(value(&code, "shar", true).as_deref(), Some("Write it in capital letters."));
    }
}
