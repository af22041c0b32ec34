//! What a value is about, told from the names of its element and its type, and believable values of each kind. Must not
//! know lengths or other facets: they are fitted afterwards.

use super::rng::Rng;
use super::values::Values;
use super::words;
use crate::value::iban;
use crate::value::identifier::with_check_digits;

/// What a value is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Nothing in particular: its type says it all.
    Plain,
    /// A person or a firm.
    Name,
    /// A person.
    Person,
    /// A bank.
    Bank,
    /// A street.
    Street,
    /// A number in a street.
    Building,
    /// A post code.
    PostCode,
    /// A town.
    Town,
    /// A part of a country.
    Region,
    /// A part of a firm.
    Department,
    /// A line of an address.
    Address,
    /// What a payment is for.
    Remittance,
    /// An identifier that its sender made up.
    Reference,
    /// A mail address.
    Mail,
    /// An address in the net.
    Domain,
    /// A code of this external list.
    Code(usize),
    /// A code of a list that is not known.
    OtherCode,
    /// IBAN
    Iban,
    /// BIC
    Bic,
    /// LEI
    Lei,
    /// UETR
    Uetr,
    /// The two letters of a country.
    Country,
    /// The three letters of a currency.
    Currency,
    /// The two letters of a language.
    Language,
    /// A telephone number.
    Phone,
    /// A day long ago.
    Birth,
}

/// The forms of a truth value.
pub const TRUTHS: [&str; 4] = ["true", "false", "1", "0"];

/// Types whose name says it all: how it begins.
const TYPES: &[(&str, Style)] = &[
    ("IBAN", Style::Iban),
    ("BIC", Style::Bic),
    ("AnyBIC", Style::Bic),
    ("BEI", Style::Bic),
    ("LEI", Style::Lei),
    ("UUIDv4", Style::Uetr),
    ("Country", Style::Country),
    ("Currency", Style::Currency),
    ("ActiveCurrency", Style::Currency),
    ("ActiveOrHistoricCurrency", Style::Currency),
    ("ISO2ALanguage", Style::Language),
    ("Phone", Style::Phone),
];

/// Whether messages mostly have an element of this name.
pub fn is_usual(name: &str) -> bool {
    words::USUAL.contains(&name)
}

impl Style {
    /// What the values of an element or attribute are about.
    pub fn of(name: &str, type_name: &str, values: &Values) -> Self {
        let style = Self::guess(name, type_name);
        // A user's own schema may give a type of that name other values.
        let mut rng = Rng::of(&[1]);
        let fits = (0..8).all(|_| style.draw(&mut rng, 0).is_none_or(|value| values.is(&value)));
        if fits || values.facets.patterns.is_empty() { style } else { Style::Plain }
    }

    fn guess(name: &str, type_name: &str) -> Self {
        if let Some((_, style)) = TYPES.iter().find(|(begin, _)| type_name.starts_with(begin)) {
            return *style;
        }
        if let Some(list) = words::CODES.iter().position(|(begin, _)| type_name.starts_with(begin)) {
            return Style::Code(list);
        }
        if type_name.starts_with("External") {
            return Style::OtherCode;
        }
        if name.ends_with("BirthDt") {
            return Style::Birth;
        }
        words::SUBJECTS_OF.iter().find(|(known, _)| *known == name).map_or(Style::Plain, |(_, style)| *style)
    }

    /// The same, as it is in an element of the given type.
    pub fn within(self, owner: &str) -> Self {
        let bank = owner.starts_with("FinancialInstitution") || owner.starts_with("Branch");
        if self == Style::Name && bank { Style::Bank } else { self }
    }

    /// Whether rules beyond the schema look at such a value.
    pub fn has_rule(self) -> bool {
        matches!(self, Style::Iban | Style::Bic | Style::Lei | Style::Country | Style::Currency)
    }

    /// The day that a date is near to.
    pub fn day(self, rng: &mut Rng, day: i64) -> i64 {
        match self {
            Style::Birth => day - rng.between(7_000, 30_000) as i64,
            _ => day + rng.below(7) as i64 - 3,
        }
    }

    /// A value; `None` where its type says it all.
    pub fn draw(self, rng: &mut Rng, day: i64) -> Option<String> {
        Some(match self {
            Style::Plain | Style::Birth => return None,
            Style::Name if rng.chance(50) => format!("{} {}", rng.pick(words::FIRMS), rng.pick(words::FORMS)),
            Style::Name | Style::Person => format!("{} {}", rng.pick(words::GIVEN), rng.pick(words::FAMILY)),
            Style::Bank => rng.pick(words::BANKS).to_owned(),
            Style::Street => rng.pick(words::STREETS).to_owned(),
            Style::Building => match rng.below(4) {
                0 => format!("{}{}", rng.between(1, 99), rng.text(b"abc", 1)),
                _ => rng.between(1, 220).to_string(),
            },
            Style::PostCode => match rng.below(3) {
                0 => format!("{} {}", rng.between(1000, 9999), rng.text(b"ABCDEFGHJKLMNPRSTVXZ", 2)),
                _ => rng.digits(5),
            },
            Style::Town => rng.pick(words::TOWNS).to_owned(),
            Style::Region => rng.pick(words::REGIONS).to_owned(),
            Style::Department => rng.pick(words::DEPARTMENTS).to_owned(),
            Style::Address => {
                let (street, number) = (rng.pick(words::STREETS), rng.between(1, 220));
                format!("{street} {number}, {}", rng.pick(words::TOWNS))
            }
            Style::Remittance => {
                let (subject, number) = (rng.pick(words::SUBJECTS), rng.digits(6));
                format!("{subject} {number} {}", words(rng, 60))
            }
            Style::Reference => reference(rng, day),
            Style::Mail => format!("{}@{}", rng.pick(words::MAIL), rng.pick(words::DOMAINS)),
            Style::Domain => format!("{}{}", rng.pick(words::PAGES), rng.digits(8)),
            Style::Code(list) => rng.pick(words::CODES[list].1).to_owned(),
            Style::OtherCode => rng.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4),
            Style::Iban => account(rng),
            Style::Bic => bic(rng),
            Style::Lei => with_check_digits(&rng.text(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 18)),
            Style::Uetr => {
                let hex = |rng: &mut Rng, count| rng.text(b"0123456789abcdef", count);
                let (a, b, c) = (hex(rng, 8), hex(rng, 4), hex(rng, 3));
                format!("{a}-{b}-4{c}-{}{}-{}", rng.text(b"89ab", 1), hex(rng, 3), hex(rng, 12))
            }
            Style::Country => rng.pick(words::COUNTRIES).to_owned(),
            Style::Currency => rng.pick(&words::CURRENCIES[..6]).to_owned(),
            Style::Language => rng.pick(words::LANGUAGES).to_owned(),
            Style::Phone => format!("+{}-{}", rng.pick(&["49", "33", "44", "1", "351"]), rng.digits(9)),
        })
    }
}

/// An identifier as systems make them: letters, the day, a number.
pub fn reference(rng: &mut Rng, day: i64) -> String {
    let (year, month, day) = super::calendar::civil(day);
    let system = rng.text(b"ABCDEFGHKLMNPRSTUVWXYZ", 3);
    format!("{system}{:02}{month:02}{day:02}-{:07}", year % 100, rng.below(10_000_000))
}

fn account(rng: &mut Rng) -> String {
    let country = rng.pick(words::IBAN_COUNTRIES);
    iban::drawn(country, |alphabet| alphabet[rng.index(alphabet.len())]).unwrap_or_default()
}

fn bic(rng: &mut Rng) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let (bank, country, place) =
        (rng.text(LETTERS, 4), rng.pick(words::COUNTRIES), rng.text(b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 2));
    let branch = match rng.below(4) {
        0 => "XXX".to_owned(),
        1 => rng.digits(3),
        _ => String::new(),
    };
    format!("{bank}{country}{place}{branch}")
}

/// A letter.
pub fn letter(rng: &mut Rng) -> char {
    char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rng.index(26)])
}

/// A few words, of at most so many characters.
pub fn words(rng: &mut Rng, most: usize) -> String {
    let mut text = String::new();
    for _ in 0..rng.between(1, 5) {
        let word = rng.pick(words::WORDS);
        if !text.is_empty() && text.len() + word.len() >= most {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text += word;
    }
    text
}
