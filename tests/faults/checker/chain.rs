//! The chains of the audit trail: each link is made again, from what `docs/architecture.md` says that it covers.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::evidence::{EventRow, Tables};

/// What breaks the chains: each event has the number and the link that follow those before it, and the source knows the last.
pub fn breaches(tables: &Tables, key: (&str, [u8; 32])) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in &tables.sources {
        let lane = source.lane;
        let (mut number, mut before) = (0, None);
        for event in tables.events.iter().filter(|event| event.lane == lane) {
            let mut say = |what: &str| breaches.push(format!("lane {lane}, event {}: {what}", event.number));
            if event.number != number + 1 {
                say("it does not follow the one before it");
            }
            if event.previous_link.as_ref() != before {
                say("the link that it names is not that of the one before it");
            }
            if event.keyed_by.as_deref() != Some(key.0) {
                say("it was not made with the key");
            }
            if event.link != link(event, &key.1) {
                say("its link is not that of what it tells");
            }
            (number, before) = (event.number, Some(&event.link));
        }
        if (number, before) != (source.events, source.link.as_ref()) {
            breaches.push(format!("lane {lane}: its source names another event as the last one, or another link"));
        }
    }
    let known = |event: &&EventRow| tables.sources.iter().any(|source| source.lane == event.lane);
    let strays = tables.events.iter().filter(|event| !known(event)).count();
    breaches.extend((strays > 0).then(|| format!("{strays} events are of no source's lane")));
    breaches
}

/// A value that a link covers.
enum Value<'v> {
    Number(i64),
    Text(Option<&'v str>),
    Bytes(Option<&'v [u8]>),
}

/// The link of an event: each value behind its kind and its length in eight bytes; what is missing is of the kind `n`.
pub fn link(event: &EventRow, key: &[u8; 32]) -> Vec<u8> {
    use Value::{Bytes, Number, Text};
    let values = [
        Bytes(event.previous_link.as_deref()),
        Text(event.keyed_by.as_deref()),
        Number(event.lane),
        Number(event.number),
        Number(event.at),
        Text(Some(&event.actor)),
        Text(Some(&event.event)),
        Number(event.first),
        Number(event.next),
        Number(event.seq),
        Number(event.documents),
        Text(event.detail.as_deref()),
        Bytes(Some(&event.outbox)),
        Bytes(Some(&event.inputs)),
    ];
    let mut all = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for value in values {
        let (kind, bytes) = match value {
            Number(number) => (b'i', number.to_be_bytes().to_vec()),
            Text(Some(text)) => (b't', text.as_bytes().to_vec()),
            Bytes(Some(bytes)) => (b'b', bytes.to_vec()),
            Text(None) | Bytes(None) => (b'n', Vec::new()),
        };
        all.update(&[kind]);
        all.update(&(bytes.len() as u64).to_be_bytes());
        all.update(&bytes);
    }
    all.finalize().into_bytes().to_vec()
}
