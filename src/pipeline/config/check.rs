//! What no single value of a configuration can say: which belong together, and which exclude each other. Every fault is
//! told, not only the first.

use std::collections::BTreeSet;

use super::fault::{Unplaced, fault};
use super::{Config, Place};
use crate::finding::Rule;
use crate::rules::table::weighed;
use crate::value::{Amount, Bic};

/// So long the name of a topic may be.
const TOPIC: usize = 249;

/// Whether Kafka takes it for the name of a topic.
fn is_topic(name: &str) -> bool {
    let may = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=TOPIC).contains(&name.len()) && name.chars().all(may) && ![".", ".."].contains(&name)
}

/// What a fault about a topic's name says.
fn no_topic(key: String, name: &str) -> Unplaced {
    let mend = format!("write letters, digits, dots, underscores and hyphens, {TOPIC} at most");
    fault(key, format!("{name:?} is no name of a topic"), mend)
}

/// What a fault about a partner that is not there says.
fn unknown(key: String, id: &str) -> Unplaced {
    fault(key, format!("no partner has the id {id:?}"), "add it under [[partners]], or correct the id")
}

impl Config {
    pub(super) fn check(&self, faults: &mut Vec<Unplaced>) {
        self.store.check(faults);
        self.check_broker(faults);
        if let (Some(url), None) = (&self.telemetry.otlp, self.telemetry.endpoint()) {
            let mend = "write http, host and port, such as http://localhost:4318; https is not spoken";
            faults.push(fault("telemetry.otlp", format!("{url:?} is no address of a collector"), mend));
        }
        let partners = self.check_partners(faults);
        self.check_profiles(faults);
        self.check_amounts(faults);
        self.check_schemas(&partners, faults);
        let names = self.check_topics(&partners, faults);
        self.check_folders(&partners, names, faults);
    }

    /// What is allowed, and perhaps not meant.
    pub(super) fn doubts(&self) -> Vec<Unplaced> {
        let mut doubts = Vec::new();
        if let Some(kafka) = &self.kafka {
            kafka.doubts(&mut doubts);
        }
        doubts
    }

    fn check_partners(&self, faults: &mut Vec<Unplaced>) -> BTreeSet<&str> {
        let mut ids = BTreeSet::new();
        for (index, partner) in self.partners.iter().enumerate() {
            if !ids.insert(partner.id.as_str()) {
                let key = format!("partners[{index}].id");
                faults.push(fault(key, format!("{:?} is used twice", partner.id), "give each partner its own"));
            }
            for (number, bic) in partner.bics.iter().enumerate().filter(|(_, bic)| Bic::new(bic).is_err()) {
                let key = format!("partners[{index}].bics[{number}]");
                faults.push(fault(key, format!("{bic:?} is no BIC"), "write 8 or 11 letters and digits"));
            }
        }
        if let Some(bic) = self.institution.bic.as_ref().filter(|bic| Bic::new(bic).is_err()) {
            faults.push(fault("institution.bic", format!("{bic:?} is no BIC"), "write 8 or 11 letters and digits"));
        }
        ids
    }

    fn check_profiles(&self, faults: &mut Vec<Unplaced>) {
        let mut known = BTreeSet::new();
        for (index, profile) in self.profiles.iter().enumerate() {
            if !known.insert((profile.name.as_str(), profile.from)) {
                let (key, problem) = (format!("profiles[{index}].name"), format!("{:?} is used twice", profile.name));
                faults.push(fault(key, problem, "give each its own name, or its own from"));
            }
            for id in profile.levels.keys().filter(|id| weighed().all(|rule| rule.id() != *id)) {
                let rules: Vec<&str> = weighed().map(Rule::id).collect();
                let (key, problem) = (format!("profiles[{index}].levels.{id:?}"), "is no rule that a profile weighs");
                faults.push(fault(key, problem, format!("write one of {}", rules.join(", "))));
            }
        }
        for (index, partner) in self.partners.iter().enumerate() {
            let name = partner.profile.as_deref();
            if let Some(name) = name.filter(|name| !known.iter().any(|(known, _)| known == name)) {
                let (key, problem) =
                    (format!("partners[{index}].profile"), format!("no profile has the name {name:?}"));
                faults.push(fault(key, problem, "add it under [[profiles]], or correct the name"));
            }
        }
    }

    /// Nothing may be above an amount that is none. (Above 0 all is held that is worth anything.)
    fn check_amounts(&self, faults: &mut Vec<Unplaced>) {
        let partners = self.partners.iter().map(|partner| ("partners", &partner.limits)).enumerate();
        let profiles = self.profiles.iter().map(|profile| ("profiles", &profile.limits)).enumerate();
        for (index, (list, limits)) in partners.chain(profiles) {
            let odd = limits.amounts.iter().filter(|(_, amount)| **amount <= Amount::ZERO);
            let odd = odd.map(|(currency, _)| (format!("amounts.{currency}"), "more than 0"));
            let below = limits.hold_above.iter().filter(|(_, amount)| **amount < Amount::ZERO);
            let below = below.map(|(currency, _)| (format!("hold_above.{currency}"), "0 or more"));
            faults.extend(odd.chain(below).map(|(name, mend)| {
                fault(format!("{list}[{index}].limits.{name}"), "is too small", format!("write {mend}"))
            }));
            let most = |currency| limits.amounts.get(currency);
            let never =
                limits.hold_above.iter().filter(|(currency, amount)| most(currency).is_some_and(|m| *m <= **amount));
            faults.extend(never.map(|(currency, _)| {
                let problem = format!("holds nothing: what is above limits.amounts.{currency} is rejected");
                fault(format!("{list}[{index}].limits.hold_above.{currency}"), problem, "write less than that")
            }));
        }
    }

    fn check_schemas(&self, partners: &BTreeSet<&str>, faults: &mut Vec<Unplaced>) {
        for (index, schema) in self.schemas.iter().enumerate() {
            let odd = schema.partners.iter().enumerate().filter(|(_, id)| !partners.contains(id.as_str()));
            faults.extend(odd.map(|(number, id)| unknown(format!("schemas[{index}].partners[{number}]"), id)));
            if !schema.is_clear() {
                let mend =
                    "state partners, business_service or market_practice, and write another [[schemas]] for more";
                faults.push(fault(
                    format!("schemas[{index}].path"),
                    "is for messages that are named in two ways",
                    mend,
                ));
            }
        }
    }

    fn check_broker(&self, faults: &mut Vec<Unplaced>) {
        match (&self.kafka, &self.embedded) {
            (Some(kafka), None) => kafka.check(faults),
            (None, Some(_)) => {}
            (None, None) => {
                faults.push(fault("kafka", "is missing", "add [kafka] with bootstrap_servers, or [embedded]"));
            }
            (Some(_), Some(_)) => faults.push(fault("embedded", "stands beside [kafka]", "remove one of the two")),
        }
    }

    /// The topics that are named, each once.
    fn check_topics(&self, partners: &BTreeSet<&str>, faults: &mut Vec<Unplaced>) -> BTreeSet<&str> {
        let sinks = [
            ("acknowledgements", &self.topics.acknowledgements),
            ("transfers", &self.topics.transfers),
            ("rejected", &self.topics.rejected),
        ];
        if self.sources.is_empty() && self.folders.is_empty() {
            let mend = "add a topic and its partner under [[sources]], or a folder under [[folders]]";
            faults.push(fault("sources", "is empty", mend));
        }
        let mut known = BTreeSet::new();
        for (name, topic) in sinks {
            let key = format!("topics.{name}");
            if !is_topic(topic) {
                faults.push(no_topic(key, topic));
            } else if !known.insert(topic.as_str()) {
                faults.push(fault(key, format!("{topic:?} is used twice"), "give each its own topic"));
            }
        }
        for (index, source) in self.sources.iter().enumerate() {
            let key = format!("sources[{index}].topic");
            if !is_topic(&source.topic) {
                faults.push(no_topic(key, &source.topic));
            } else if !known.insert(&source.topic) {
                faults.push(fault(key, format!("{:?} is used twice", source.topic), "give each source its own topic"));
            }
            if !partners.contains(source.partner.as_str()) {
                faults.push(unknown(format!("sources[{index}].partner"), &source.partner));
            }
        }
        known
    }

    fn check_folders<'c>(
        &'c self,
        partners: &BTreeSet<&str>,
        mut names: BTreeSet<&'c str>,
        faults: &mut Vec<Unplaced>,
    ) {
        let mut paths = BTreeSet::new();
        for (index, folder) in self.folders.iter().enumerate() {
            let key = |name: &str| format!("folders[{index}].{name}");
            if self.embedded.is_none() {
                faults.push(fault(key("name"), "stands beside [kafka]", "work on folders with [embedded]"));
            }
            if !names.insert(&folder.name) {
                let problem = format!("{:?} is used twice", folder.name);
                faults.push(fault(key("name"), problem, "give each folder its own, which no topic has"));
            }
            if !paths.insert(&folder.path) {
                faults.push(fault(key("path"), "is used twice", "give each partner its own folder"));
            }
            if !partners.contains(folder.partner.as_str()) {
                faults.push(unknown(key("partner"), &folder.partner));
            }
        }
    }

    /// A secret stands in a file of its own or comes from the environment. `in_file` says whether a key is in the file.
    pub(super) fn check_secrets(&self, in_file: impl Fn(&str) -> bool, faults: &mut Vec<Unplaced>) {
        for key in ["kafka.sasl.password"].into_iter().filter(|key| in_file(key)) {
            let mend = format!("write {key}_file, or set it in the environment");
            faults.push(fault(key, "is a secret, and this file is none", mend));
        }
    }
}

/// The order of the file; what comes from the environment stands last.
pub(super) fn order(place: &Place) -> (bool, usize, usize) {
    match place {
        Place::File { line, column, .. } => (false, *line, *column),
        Place::Variable(_) => (true, 0, 0),
    }
}
