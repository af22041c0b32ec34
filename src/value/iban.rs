//! International bank account numbers (ISO 13616): country, check digits and the structure of the country. Must not ask any bank.

use super::Short;

/// Per country the structure behind the check digits: counts of `n` digits, `a` capital letters, `c` letters or digits.
/// Sorted by country.
const STRUCTURES: &str = "AD8n12c AE19n AL8n16c AO21n AT16n AX14n AZ4a20c BA16n BE12n BF2c22n BG4a6n8c BH4a14c BI23n BJ2c22n \
     BL10n11c2n BR8c15n2c BY4c4n16c CF23n CG23n CH5n12c CI2a22n CM23n CR18n CV21n CY8n16c CZ20n DE18n DJ23n \
     DK14n DO4c20n DZ22n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GA23n GB4a14n GE2a16n GF10n11c2n \
     GG4a14n GI4a15c GL14n GP10n11c2n GQ23n GR7n16c GT24c GW2c19n HN4a20n HR17n HU24n IE4a14n IL19n IM4a14n \
     IQ4a15n IR22n IS22n IT1a10n12c JE4a14n JO4a4n18c KM23n KW4a22c KZ3n13c LB4n20c LC4a24c LI5n12c LT16n \
     LU3n13c LV4a13c LY21n MA24n MC10n11c2n MD20c ME18n MF10n11c2n MG23n MK3n10c2n ML2c22n MN16n MQ10n11c2n \
     MR23n MT4a5n18c MU4a19n3a MZ21n NC10n11c2n NE2a22n NI4a20n NL4a10n NO11n OM3n16c PF10n11c2n PK4a16c PL24n \
     PM10n11c2n PS4a21c PT21n QA4a21c RE10n11c2n RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n SE20n SI15n \
     SK20n SM1a10n12c SN2a22n SO19n ST21n SV4a20n TD23n TF10n11c2n TG2a22n TL19n TN20n TR6n16c UA6n19c VA18n \
     VG4a16n WF10n11c2n XK16n YE4a4n18c YT10n11c2n";

/// An international bank account number whose check digits and structure are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Iban(Short<34>);

/// What is wrong with an IBAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    /// It does not begin with two capital letters and two digits.
    #[error("an IBAN begins with the two letters of a country and two check digits")]
    Form,
    /// The country has no IBAN.
    #[error("no country with IBANs has this code")]
    Country,
    /// It is too short or too long for its country.
    #[error("the IBANs of this country have {expected} characters, not {found}")]
    Length {
        /// As the country has it.
        expected: usize,
        /// As it stands.
        found: usize,
    },
    /// A character is not of the class that the country's structure has in its place.
    #[error("character {position} of an IBAN of this country is a {class}")]
    Structure {
        /// The first wrong character, from 1.
        position: usize,
        /// What it should be.
        class: &'static str,
    },
    /// The check digits do not fit the rest.
    #[error("the check digits are wrong")]
    CheckDigits,
}

impl Iban {
    /// Checks an account number.
    pub fn new(text: &str) -> Result<Self, IbanError> {
        let bytes = text.as_bytes();
        let [c1 @ b'A'..=b'Z', c2 @ b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9', number @ ..] = bytes else {
            return Err(IbanError::Form);
        };
        let structure = structure(*c1, *c2).ok_or(IbanError::Country)?;
        let expected = 4 + parts(structure).map(|(count, _)| count).sum::<usize>();
        if text.chars().count() != expected {
            return Err(IbanError::Length { expected, found: text.chars().count() });
        }
        check_structure(structure, number)?;
        // 00, 01 and 99 leave the same remainder as 97, 98 and 02, and are never given out.
        let possible = !matches!(&bytes[2..4], b"00" | b"01" | b"99");
        if !possible || super::mod_97(number.iter().chain(&bytes[..4])) != 1 {
            return Err(IbanError::CheckDigits);
        }
        Short::new(text).map(Self).ok_or(IbanError::Form)
    }

    /// The number as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The country, its first two letters.
    pub fn country(&self) -> &str {
        &self.as_str()[..2]
    }
}

/// Where in `STRUCTURES` the structure of a country begins, by its two letters; 0 is nowhere.
static STARTS: [u16; 26 * 26] = starts();

const fn starts() -> [u16; 26 * 26] {
    let list = STRUCTURES.as_bytes();
    let mut starts = [0; 26 * 26];
    let mut at = 0;
    while at < list.len() {
        if at == 0 || list[at - 1] == b' ' {
            starts[index(list[at], list[at + 1])] = at as u16 + 2;
        }
        at += 1;
    }
    starts
}

const fn index(first: u8, second: u8) -> usize {
    (first - b'A') as usize * 26 + (second - b'A') as usize
}

/// The structure of a country, such as `8n10n`; both bytes are capital letters.
fn structure(first: u8, second: u8) -> Option<&'static str> {
    let start = STARTS[index(first, second)] as usize;
    if start == 0 { None } else { STRUCTURES[start..].split(' ').next() }
}

/// The parts of a structure: how many characters of which class.
fn parts(structure: &'static str) -> impl Iterator<Item = (usize, u8)> {
    structure.split_inclusive(['n', 'a', 'c']).map(|part| {
        let (count, class) = part.split_at(part.len() - 1);
        (count.parse().unwrap_or_default(), class.as_bytes()[0])
    })
}

fn check_structure(structure: &'static str, number: &[u8]) -> Result<(), IbanError> {
    let classes = parts(structure).flat_map(|(count, class)| std::iter::repeat_n(class, count));
    for (position, (class, byte)) in (5..).zip(classes.zip(number)) {
        let (fits, class) = match class {
            b'n' => (byte.is_ascii_digit(), "digit"),
            b'a' => (byte.is_ascii_uppercase(), "capital letter"),
            _ => (byte.is_ascii_alphanumeric(), "letter or digit"),
        };
        if !fits {
            return Err(IbanError::Structure { position, class });
        }
    }
    Ok(())
}

super::serialize_as_text!(Iban);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_account_numbers() {
        let structure = |position, class| Err(IbanError::Structure { position, class });
        for (text, expected) in [
            ("DE89370400440532013000", Ok(())),
            ("GB29NWBK60161331926819", Ok(())),
            ("NO9386011117947", Ok(())),
            ("MT84MALT011000012345MTLCAST001S", Ok(())),
            ("FR1420041010050500013M02606", Ok(())),
            ("FR1420041010050500013m02606", Ok(())),
            ("XK051212012345678906", Ok(())),
            ("DE88370400440532013000", Err(IbanError::CheckDigits)),
            ("DE8937040044053201300", Err(IbanError::Length { expected: 22, found: 21 })),
            ("DE893704004405320130000", Err(IbanError::Length { expected: 22, found: 23 })),
            ("DE8937040044053201300A", structure(22, "digit")),
            ("GB29NWB060161331926819", structure(8, "capital letter")),
            ("FR1420041010050500013M0260é", Err(IbanError::Structure { position: 27, class: "digit" })),
            ("US89370400440532013000", Err(IbanError::Country)),
            ("de89370400440532013000", Err(IbanError::Form)),
            ("DE8X370400440532013000", Err(IbanError::Form)),
            ("DE", Err(IbanError::Form)),
            ("", Err(IbanError::Form)),
        ] {
            assert_eq!(Iban::new(text).map(|iban| assert_eq!(iban.as_str(), text)), expected, "{text:?}");
        }
    }

    #[test]
    fn check_digits_have_one_form_only() {
        // 97 and 00 leave the same remainder, as do 98 and 01, 02 and 99: only the first of each is given out.
        let valid = |check: u32, number: &str| Iban::new(&format!("DE{check:02}{number}")).is_ok();
        for number in 0..500 {
            let number = format!("{:018}", 370_400_440_000_000_000u64 + number);
            assert_eq!((0..100).filter(|check| valid(*check, &number)).count(), 1, "{number}");
        }
    }

    #[test]
    fn structures_are_sorted_and_fit() {
        assert!(STRUCTURES.split(' ').is_sorted());
        for entry in STRUCTURES.split(' ') {
            let length: usize = parts(&entry[2..]).map(|(count, _)| count).sum();
            assert!((11..=30).contains(&length), "{entry}");
        }
    }
}
