//! How many allocations a message costs once its kind is known: none up to the verdict, and a few for what leaves.

use allocation_counter::measure;
use payflow::bench::messages;
use payflow::message;
use payflow::partner::{Institution, Partner};
use payflow::pipeline::{Examiner, Options, Validity, decide};
use payflow::reply::{Answer, Dress, write};
use payflow::rules::judge::Facts;
use payflow::schema::input::Reader;
use payflow::transfer::map;
use payflow::xml::{Input, Limits};

/// Each of the messages once, to learn of them; then what they cost together.
fn cost(documents: &mut [Vec<u8>], mut each: impl FnMut(&mut Vec<u8>)) -> u64 {
    documents.iter_mut().for_each(&mut each);
    measure(|| documents.iter_mut().for_each(&mut each)).count_total
}

fn singles() -> Vec<Vec<u8>> {
    ["pacs008-single-compact", "pacs008-single-indented"]
        .into_iter()
        .filter_map(messages::input)
        .flat_map(|input| input.documents)
        .collect()
}

#[test]
fn reading_and_checking_a_message_allocates_nothing() {
    let mut documents = singles();
    let mut reader = Reader::new(message::schemas::embedded(), Limits::default());
    let read = cost(&mut documents, |document| {
        let mut input = Input::new(std::mem::take(document)).unwrap();
        let parts = reader.read(&mut input, &mut ());
        assert!(parts.iter().all(|part| part.fault.is_none() && part.document.is_some()));
        reader.recycle(parts);
        *document = input.into_bytes();
    });
    assert_eq!(read, 0, "to the end of the schema");
    let mut examiner = Examiner::new(Options { unanswered: true, ..Options::default() });
    let mut valid = 0;
    let judged = cost(&mut documents, |document| {
        examiner.examine_lent(None, document, |examined, proven, _| {
            valid += usize::from(examined.validity == Validity::Valid && proven.is_some());
        });
    });
    assert_eq!((judged, valid), (0, 2 * documents.len()), "to the verdict");
}

#[test]
fn what_leaves_owns_its_texts() {
    let mut documents = singles();
    let mut examiner = Examiner::new(Options { unanswered: true, ..Options::default() });
    let mapped = cost(&mut documents, |document| {
        examiner.examine_lent(None, document, |_, proven, _| {
            map::each(&proven.unwrap(), |transfer| assert_eq!(transfer.number, 1));
        });
    });
    let partner = Partner { id: "P".into(), ..Partner::default() };
    let (institution, decided_at) = (Institution::default(), "2026-05-04T03:02:01Z".parse().unwrap());
    let dress = Dress { partner: &partner, institution: &institution, agreed: false, decided_at, reply_id: "PF01" };
    let mut examiner = Examiner::new(Options::default());
    let answered = cost(&mut documents, |document| {
        examiner.examine_lent(None, document, |examined, _, _| {
            let decision = decide(&examined, &Facts::default());
            assert!(matches!(write(&examined.original, &decision, &dress), Answer::Reply { .. }));
        });
    });
    let each = |all: u64| all / documents.len() as u64;
    println!("a message: {} for its transfer, {} for its answer", each(mapped), each(answered));
    // What is longer than a short text, and the groups that are there; the answer quotes header, ids and agents.
    assert!(each(mapped) <= 22, "a transfer: {}", each(mapped));
    assert!(each(answered) <= 8, "an answer: {}", each(answered));
}
