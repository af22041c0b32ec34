//! The generator: what it makes is valid, by payflow and by libxml2, reaches all that a schema allows, and says where it
//! planted a fault.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

use payflow::generate::{Generator, Layout, Settings};
use payflow::pipeline::{Examiner, Options, Validity};
use payflow::schema::{MessageId, catalogue};

fn generator(message: MessageId) -> Generator {
    let schema = catalogue::embedded().schema(message).unwrap().unwrap();
    Generator::new(&schema).unwrap_or_else(|error| panic!("{message}: {error}"))
}

fn options(schema_only: bool) -> Options {
    Options { schema_only, ..Options::default() }
}

/// Every message of the catalogue that payflow examines.
fn messages() -> Vec<MessageId> {
    catalogue::embedded().ids().filter(|message| message.is("pacs", 8) || message.is("camt", 53)).collect()
}

#[track_caller]
fn is_valid(examiner: &mut Examiner, name: &str, bytes: &[u8]) {
    let documents = examiner.examine(bytes.to_vec(), |examined, _, _| examined);
    assert_eq!(documents.len(), 1, "{name}");
    for examined in documents {
        let text = String::from_utf8_lossy(bytes);
        assert!(
            examined.validity == Validity::Valid && examined.findings.is_empty(),
            "{name}: {:#?}\n{text}",
            examined.findings
        );
    }
}

#[test]
fn messages_keep_the_schema_and_the_rules() {
    let mut examiner = Examiner::new(options(false));
    let mut schema_only = Examiner::new(options(true));
    for message in messages() {
        let generator = generator(message);
        for index in 0..40 {
            let settings = Settings::default();
            is_valid(
                &mut examiner,
                &format!("{message} {index}"),
                &generator.message(1, index, settings).write(Layout::Indented),
            );
            let settings = Settings { schema_only: true, ..settings };
            is_valid(
                &mut schema_only,
                &format!("{message} {index}"),
                &generator.message(1, index, settings).write(Layout::Compact),
            );
        }
    }
}
