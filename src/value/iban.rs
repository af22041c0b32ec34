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
        Self::check(text.as_bytes())?;
        Short::new(text.as_bytes()).map(Self).ok_or(IbanError::Form)
    }

    /// Whether a text is an account number.
    pub fn check(text: &[u8]) -> Result<(), IbanError> {
        let [c1 @ b'A'..=b'Z', c2 @ b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9', number @ ..] = text else {
            return Err(IbanError::Form);
        };
        let structure = structure(*c1, *c2).ok_or(IbanError::Country)?;
        check_length(structure, text)?;
        check_structure(structure, number)?;
        // 00, 01 and 99 leave the same remainder as 97, 98 and 02, and are never given out.
        let possible = !matches!(&text[2..4], b"00" | b"01" | b"99");
        if !possible || super::mod_97(&[number, &text[..4]]) != 1 {
            return Err(IbanError::CheckDigits);
        }
        Ok(())
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

/// A number of a country with right check digits, each character drawn from those that its place allows (of letters the
/// capital ones); `None` when the country has no IBAN.
pub fn drawn(country: &str, mut draw: impl FnMut(&'static [u8]) -> u8) -> Option<String> {
    const ALL: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let &[first @ b'A'..=b'Z', second @ b'A'..=b'Z'] = country.as_bytes() else { return None };
    let structure = structure(first, second)?;
    let place = |allowed: &u8| match *allowed {
        DIGIT => draw(&ALL[..10]),
        CAPITAL => draw(&ALL[10..]),
        _ => draw(ALL),
    };
    let number: Vec<u8> = structure.places[..structure.len as usize].iter().map(place).collect();
    let check = 98 - super::mod_97(&[&number, country.as_bytes(), b"00"]);
    Some(format!("{country}{check:02}{}", String::from_utf8(number).ok()?))
}

/// The longest structure, behind the check digits.
const LONGEST: usize = 30;
/// How many countries there are.
const COUNTRIES: usize = {
    let (list, mut at, mut count) = (STRUCTURES.as_bytes(), 0, 1);
    while at < list.len() {
        count += (list[at] == b' ') as usize;
        at += 1;
    }
    count
};

/// The classes of characters, as bits: a place allows some of them, a character is of one.
const DIGIT: u8 = 1;
const CAPITAL: u8 = 2;
const SMALL: u8 = 4;

/// The structure of a country: the classes that each place behind the check digits allows, and how many places there are.
#[derive(Clone, Copy)]
struct Structure {
    places: [u8; LONGEST],
    len: u8,
}

/// The structures in the order of the list, and by the two letters of a country where its structure stands there, from 1.
static TABLE: ([Structure; COUNTRIES], [u8; 26 * 26]) = table();

const fn table() -> ([Structure; COUNTRIES], [u8; 26 * 26]) {
    let list = STRUCTURES.as_bytes();
    let mut structures = [Structure { places: [0; LONGEST], len: 0 }; COUNTRIES];
    let mut numbers = [0; 26 * 26];
    let (mut at, mut country) = (0, 0);
    while at < list.len() {
        numbers[index(list[at], list[at + 1])] = country as u8 + 1;
        at += 2;
        let (mut count, structure) = (0, &mut structures[country]);
        while at < list.len() && list[at] != b' ' {
            let places = match list[at] {
                digit @ b'0'..=b'9' => {
                    count = count * 10 + (digit - b'0');
                    0
                }
                b'n' => DIGIT,
                b'a' => CAPITAL,
                _ => DIGIT | CAPITAL | SMALL,
            };
            while places != 0 && count > 0 {
                structure.places[structure.len as usize] = places;
                structure.len += 1;
                count -= 1;
            }
            at += 1;
        }
        country += 1;
        at += 1;
    }
    (structures, numbers)
}

const fn index(first: u8, second: u8) -> usize {
    (first - b'A') as usize * 26 + (second - b'A') as usize
}

/// The structure of a country; both bytes are capital letters.
fn structure(first: u8, second: u8) -> Option<&'static Structure> {
    let (structures, numbers) = &TABLE;
    structures.get((numbers[index(first, second)] as usize).checked_sub(1)?)
}

fn check_length(structure: &Structure, text: &[u8]) -> Result<(), IbanError> {
    let expected = 4 + structure.len as usize;
    if text.len() == expected {
        return Ok(());
    }
    // Counted in characters for whoever reads it; where these are as many, one of them is of no class.
    let found = text.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    if found == expected { Ok(()) } else { Err(IbanError::Length { expected, found }) }
}

fn check_structure(structure: &Structure, number: &[u8]) -> Result<(), IbanError> {
    let fits = |(byte, allowed): (&u8, &u8)| CLASSES[*byte as usize] & allowed != 0;
    match number.iter().zip(&structure.places).position(|place| !fits(place)) {
        None => Ok(()),
        Some(wrong) => Err(IbanError::Structure { position: wrong + 5, class: class(structure.places[wrong]) }),
    }
}

/// The class of each byte.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => CAPITAL,
            b'a'..=b'z' => SMALL,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

const fn class(allowed: u8) -> &'static str {
    match allowed {
        DIGIT => "digit",
        CAPITAL => "capital letter",
        _ => "letter or digit",
    }
}

super::serialize_as_text!(Iban);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_numbers_are_account_numbers() {
        let mut next = 0;
        for country in STRUCTURES.split(' ').map(|structure| &structure[..2]) {
            let number = drawn(country, |alphabet| {
                next += 7;
                alphabet[next % alphabet.len()]
            });
            assert_eq!(Iban::check(number.unwrap().as_bytes()), Ok(()), "{country}");
        }
        assert_eq!(drawn("US", |alphabet| alphabet[0]), None);
    }

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
            let structure = structure(entry.as_bytes()[0], entry.as_bytes()[1]).unwrap();
            let places = &structure.places[..structure.len as usize];
            assert!(places.len() >= 11, "{entry}");
            // Written out again: runs of the same class, as the list has them.
            let letter = |places: &[u8]| match places[0] {
                DIGIT => 'n',
                CAPITAL => 'a',
                _ => 'c',
            };
            let runs = places.chunk_by(|one, next| one == next);
            let written: String = runs.map(|run| format!("{}{}", run.len(), letter(run))).collect();
            assert_eq!(format!("{}{written}", &entry[..2]), entry);
        }
    }
}
