//! Countries: the two-letter codes of ISO 3166-1, and the one that is in use without being in it. Must not hold names.

use super::Short;

const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW \
     BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI \
     FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN \
     IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME \
     MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF \
     PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
     SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE \
     YT ZA ZM ZW";

/// Kosovo: not in the standard, and in use in BICs and IBANs.
const USER_ASSIGNED: &str = "XK";

/// A country of ISO 3166-1 by its two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country(Short<2>);

/// Not the code of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a country of ISO 3166")]
pub struct CountryError;

impl Country {
    /// Checks a code.
    pub fn new(text: &str) -> Result<Self, CountryError> {
        let known = text.len() == 2 && (has(COUNTRIES, text) || text == USER_ASSIGNED);
        Short::new(text).filter(|_| known).map(Self).ok_or(CountryError)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Whether a sorted list of two-letter codes, each followed by a space, holds a code.
fn has(codes: &str, code: &str) -> bool {
    let (mut from, mut to) = (0, (codes.len() + 1) / 3);
    while from < to {
        let middle = (from + to) / 2;
        match codes[middle * 3..middle * 3 + 2].cmp(code) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => from = middle + 1,
            std::cmp::Ordering::Greater => to = middle,
        }
    }
    false
}

super::serialize_as_text!(Country);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_countries() {
        for (code, known) in [
            ("AD", true),
            ("DE", true),
            ("GB", true),
            ("ZW", true),
            ("XK", true),
            ("UK", false),
            ("EU", false),
            ("de", false),
            ("D", false),
            ("", false),
            ("DEU", false),
            ("É", false),
        ] {
            assert_eq!(Country::new(code).is_ok(), known, "{code:?}");
        }
        assert!(COUNTRIES.split(' ').is_sorted() && COUNTRIES.split(' ').all(|code| Country::new(code).is_ok()));
    }
}
