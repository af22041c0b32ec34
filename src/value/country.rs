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
        Short::new(text.as_bytes()).filter(|code| Self::is_one(code.as_bytes())).map(Self).ok_or(CountryError)
    }

    /// Whether a text is the code of a country.
    pub fn is_one(text: &[u8]) -> bool {
        match text {
            &[first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => TABLE[(first - b'A') as usize] >> (second - b'A') & 1 == 1,
            _ => false,
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// By the first letter, the second letters that make a country with it, one bit each.
static TABLE: [u32; 26] = table();

const fn table() -> [u32; 26] {
    let lists = [COUNTRIES.as_bytes(), USER_ASSIGNED.as_bytes()];
    let (mut table, mut list) = ([0; 26], 0);
    while list < lists.len() {
        let (codes, mut at) = (lists[list], 0);
        while at < codes.len() {
            table[(codes[at] - b'A') as usize] |= 1 << (codes[at + 1] - b'A');
            at += 3;
        }
        list += 1;
    }
    table
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
        let codes: Vec<&str> = COUNTRIES.split(' ').collect();
        assert!(codes.is_sorted() && codes.iter().all(|code| Country::new(code).is_ok()));
        let known = TABLE.iter().map(|seconds| seconds.count_ones() as usize).sum::<usize>();
        assert_eq!(known, codes.len() + 1);
    }
}
