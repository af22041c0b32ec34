//! The people, firms, banks and places of the messages. All of it is made up; the places are real.

use super::identifiers;
use super::rng::Rng;

/// A country as far as a payment knows it.
#[derive(Debug)]
pub(crate) struct Country {
    pub(crate) code: &'static str,
    pub(crate) currency: &'static str,
    /// The runs of its BBAN; empty where accounts have no IBAN.
    bban: &'static [(usize, char)],
    dial: &'static str,
    postcode: &'static str,
    towns: &'static [&'static str],
    streets: &'static [&'static str],
    given: &'static [&'static str],
    family: &'static [&'static str],
    forms: &'static [&'static str],
}

pub(crate) static COUNTRIES: &[Country] = &[
    Country {
        code: "DE",
        currency: "EUR",
        bban: &[(18, 'n')],
        dial: "49",
        postcode: "nnnnn",
        towns: &["Berlin", "Hamburg", "Frankfurt am Main", "Kiel", "Regensburg", "Bad Homburg vor der Hoehe"],
        streets: &["Hauptstrasse", "Am Alten Markt", "Goethestrasse", "Bahnhofsallee", "Lange Reihe"],
        given: &["Anna", "Juergen", "Katharina", "Max", "Ulrike", "Hans-Peter"],
        family: &["Becker", "Schneider", "Vogt", "von Hagen", "Lehmann-Roth", "Kuhn"],
        forms: &["GmbH", "AG", "GmbH & Co. KG", "e.V."],
    },
    Country {
        code: "FR",
        currency: "EUR",
        bban: &[(10, 'n'), (11, 'c'), (2, 'n')],
        dial: "33",
        postcode: "nnnnn",
        towns: &["Paris", "Lyon", "Aix-en-Provence", "Lille", "Saint-Etienne"],
        streets: &["Rue de la Paix", "Avenue Victor Hugo", "Place d'Armes", "Boulevard Haussmann", "Quai Gambetta"],
        given: &["Camille", "Jean-Luc", "Agathe", "Remi", "Solene"],
        family: &["Martin", "Lefebvre", "d'Aubigny", "Moreau", "Fontaine"],
        forms: &["SARL", "S.A.", "SAS", "et Fils"],
    },
    Country {
        code: "NL",
        currency: "EUR",
        bban: &[(4, 'a'), (10, 'n')],
        dial: "31",
        postcode: "nnnn aa",
        towns: &["Amsterdam", "'s-Hertogenbosch", "Utrecht", "Den Haag", "Zwolle"],
        streets: &["Herengracht", "Stationsplein", "Oude Delft", "Lange Voorhout"],
        given: &["Pieter", "Sanne", "Willem", "Lotte"],
        family: &["de Vries", "Jansen", "van den Berg", "Bakker", "Mulder"],
        forms: &["B.V.", "N.V.", "VOF"],
    },
    Country {
        code: "ES",
        currency: "EUR",
        bban: &[(20, 'n')],
        dial: "34",
        postcode: "nnnnn",
        towns: &["Madrid", "Sevilla", "Zaragoza", "San Sebastian"],
        streets: &["Calle Mayor", "Paseo del Prado", "Avenida de la Constitucion", "Ronda de Toledo"],
        given: &["Lucia", "Javier", "Maria del Carmen", "Alvaro"],
        family: &["Garcia Lopez", "Navarro", "Ortega y Ruiz", "Serrano"],
        forms: &["S.L.", "S.A.", "S.L.U."],
    },
    Country {
        code: "IT",
        currency: "EUR",
        bban: &[(1, 'a'), (10, 'n'), (12, 'c')],
        dial: "39",
        postcode: "nnnnn",
        towns: &["Milano", "Torino", "Bologna", "Reggio nell'Emilia"],
        streets: &["Via Garibaldi", "Corso Vittorio Emanuele II", "Piazza del Duomo", "Viale Monza"],
        given: &["Giulia", "Matteo", "Francesca", "Piero"],
        family: &["Rossi", "De Luca", "Ferrari", "Dell'Orto", "Conti"],
        forms: &["S.r.l.", "S.p.A.", "s.n.c."],
    },
    Country {
        code: "FI",
        currency: "EUR",
        bban: &[(14, 'n')],
        dial: "358",
        postcode: "nnnnn",
        towns: &["Helsinki", "Tampere", "Turku", "Jyvaskyla"],
        streets: &["Mannerheimintie", "Aleksanterinkatu", "Satamakatu", "Koulukatu"],
        given: &["Aino", "Eero", "Kaisa", "Veikko"],
        family: &["Virtanen", "Korhonen", "Lindqvist", "Salminen"],
        forms: &["Oy", "Oyj", "Ky"],
    },
    Country {
        code: "SE",
        currency: "SEK",
        bban: &[(20, 'n')],
        dial: "46",
        postcode: "nnn nn",
        towns: &["Stockholm", "Uppsala", "Malmo", "Goteborg"],
        streets: &["Drottninggatan", "Storgatan", "Sveavagen", "Sodra Kungsgatan"],
        given: &["Astrid", "Erik", "Maja", "Lars-Goran"],
        family: &["Andersson", "Nystrom", "Bergqvist", "af Klint"],
        forms: &["AB", "HB", "AB (publ)"],
    },
    Country {
        code: "GB",
        currency: "GBP",
        bban: &[(4, 'a'), (14, 'n')],
        dial: "44",
        postcode: "aan naa",
        towns: &["London", "Leeds", "Newcastle upon Tyne", "Bath"],
        streets: &["High Street", "King's Road", "Station Approach", "Old Mill Lane"],
        given: &["Oliver", "Amelia", "George", "Niamh"],
        family: &["Smith", "O'Connor", "Taylor-Wood", "Hughes"],
        forms: &["Ltd", "plc", "& Sons Ltd", "LLP"],
    },
    Country {
        code: "CH",
        currency: "CHF",
        bban: &[(5, 'n'), (12, 'c')],
        dial: "41",
        postcode: "nnnn",
        towns: &["Zurich", "Basel", "La Chaux-de-Fonds", "Lugano"],
        streets: &["Bahnhofstrasse", "Rue du Rhone", "Seefeldweg", "Via Nassa"],
        given: &["Urs", "Chantal", "Reto", "Ladina"],
        family: &["Keller", "Favre", "Bernasconi", "Zumbrunn"],
        forms: &["AG", "SA", "Sagl", "Treuhand AG"],
    },
    Country {
        code: "US",
        currency: "USD",
        bban: &[],
        dial: "1",
        postcode: "nnnnn-nnnn",
        towns: &["New York", "Saint Paul", "Boise", "San Francisco", "Cedar Rapids"],
        streets: &["Main Street", "West 42nd Street", "Peachtree Road NE", "Market Street", "Elm Avenue"],
        given: &["Jennifer", "Robert", "Latoya", "William J."],
        family: &["Johnson", "Nguyen", "Washington", "O'Brien", "Martinez"],
        forms: &["Inc.", "LLC", "Corporation", "& Company"],
    },
    Country {
        code: "SG",
        currency: "SGD",
        bban: &[],
        dial: "65",
        postcode: "nnnnnn",
        towns: &["Singapore"],
        streets: &["Raffles Place", "Orchard Road", "Ang Mo Kio Avenue 3", "Shenton Way"],
        given: &["Wei Ling", "Arjun", "Jun Hao", "Siti"],
        family: &["Tan", "Krishnan", "Lim", "Binte Rahman"],
        forms: &["Pte. Ltd.", "Pte Ltd", "LLP"],
    },
    Country {
        code: "AE",
        currency: "AED",
        bban: &[(19, 'n')],
        dial: "971",
        postcode: "nnnnn",
        towns: &["Dubai", "Abu Dhabi", "Sharjah"],
        streets: &["Sheikh Zayed Road", "Al Maktoum Street", "Corniche Road East"],
        given: &["Fatima", "Khalid", "Omar", "Noura"],
        family: &["Al Mansoori", "Haddad", "Al Suwaidi", "Farouk"],
        forms: &["LLC", "FZE", "Trading Co. LLC"],
    },
];

pub(crate) fn country(code: &str) -> &'static Country {
    COUNTRIES.iter().find(|country| country.code == code).expect("a country of the table")
}

const TRADES: &[&str] = &[
    "Nordlicht",
    "Atlas",
    "Meridian",
    "Blue Harbour",
    "Verde",
    "Aurum",
    "Kestrel",
    "Sonnenfeld",
    "Petit Moulin",
    "Ostra",
    "Granite Peak",
    "Lotus",
    "Silver Birch",
    "Delta",
    "Cassini",
];
const BRANCHES: &[&str] = &[
    "Logistics",
    "Maschinenbau",
    "Textiles",
    "Energy",
    "Pharma",
    "Foods",
    "Consulting",
    "Precision Tools",
    "Travel",
    "Medical Supplies",
    "Software",
    "Import Export",
];
const BANKS: &[&str] = &[
    "Hanse Privatbank",
    "Banque du Littoral",
    "First Prairie Bank",
    "Union Savings",
    "Bank of the Lakes",
    "Volksbank Nord",
    "Commercial Trust",
    "Banco del Puerto",
    "Northern Mutual",
    "Crescent Bank",
    "Harbour & Colonial Bank",
];

/// A bank with all its names and numbers.
#[derive(Clone)]
pub(crate) struct Bank {
    pub(crate) country: &'static Country,
    pub(crate) name: String,
    pub(crate) bic: String,
    pub(crate) lei: String,
    pub(crate) member: String,
}

impl Bank {
    /// A bank in a country, a member of a clearing system when there is one.
    pub(crate) fn new(rng: &mut Rng, country: &'static Country, system: &str) -> Self {
        Self {
            country,
            name: format!("{} {}", rng.pick(BANKS), rng.pick(country.towns)),
            bic: identifiers::bic(rng, country.code),
            lei: identifiers::lei(rng),
            member: identifiers::member_id(rng, system),
        }
    }
}

impl Country {
    pub(crate) fn person(&self, rng: &mut Rng) -> String {
        format!("{} {}", rng.pick(self.given), rng.pick(self.family))
    }

    pub(crate) fn firm(&self, rng: &mut Rng) -> String {
        match rng.below(3) {
            0 => format!("{} {} {}", rng.pick(TRADES), rng.pick(BRANCHES), rng.pick(self.forms)),
            1 => format!("{} {} {}", rng.pick(self.family), rng.pick(BRANCHES), rng.pick(self.forms)),
            _ => format!("{} {}", rng.pick(TRADES), rng.pick(self.forms)),
        }
    }

    pub(crate) fn town(&self, rng: &mut Rng) -> &'static str {
        rng.pick(self.towns)
    }

    pub(crate) fn street(&self, rng: &mut Rng) -> &'static str {
        rng.pick(self.streets)
    }

    pub(crate) fn postcode(&self, rng: &mut Rng) -> String {
        let letter = |c| match c {
            'n' => rng.digits(1),
            'a' => rng.capitals(1),
            other => other.to_string(),
        };
        self.postcode.chars().map(letter).collect()
    }

    pub(crate) fn phone(&self, rng: &mut Rng) -> String {
        let length = rng.between(7, 10) as usize;
        format!("+{}-{}", self.dial, rng.digits(length))
    }

    /// An IBAN, where the country has them.
    pub(crate) fn iban(&self, rng: &mut Rng) -> Option<String> {
        (!self.bban.is_empty()).then(|| identifiers::iban(rng, self.code, self.bban))
    }
}
