//! The trace that an input belongs to, in the form of W3C Trace Context: taken from its headers, and given on with all that
//! leaves because of it.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The headers that carry a trace.
const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";

/// What the recommendation asks everyone to carry at least; what is longer is left out.
const MOST_STATE: usize = 512;

/// A trace, well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    parent: String,
    state: Option<String>,
}

impl Trace {
    /// The trace that these headers name. One that is malformed is none: it can't be trusted to name anything.
    pub fn of<'h>(headers: impl Iterator<Item = (&'h str, &'h [u8])>) -> Option<Self> {
        let (mut parent, mut state) = (None, None);
        for (name, value) in headers {
            match name {
                PARENT => parent = std::str::from_utf8(value).ok().filter(|text| is_parent(text)),
                STATE => state = std::str::from_utf8(value).ok().filter(|text| is_state(text)),
                _ => {}
            }
        }
        parent.map(|parent| Self { parent: parent.to_owned(), state: state.map(str::to_owned) })
    }

    /// The value of `traceparent`.
    pub fn parent(&self) -> &str {
        &self.parent
    }

    /// The sender's place in it, when the sender samples it.
    pub fn link(&self) -> Option<SpanContext> {
        let mut parts = self.parent.split('-').skip(1);
        let (trace, span) = (TraceId::from_hex(parts.next()?).ok()?, SpanId::from_hex(parts.next()?).ok()?);
        let flags = TraceFlags::new(u8::from_str_radix(parts.next()?, 16).ok()?);
        flags.is_sampled().then(|| SpanContext::new(trace, span, flags, true, TraceState::NONE))
    }

    /// The headers that carry it on.
    pub fn headers(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        std::iter::once(header(PARENT, &self.parent)).chain(self.state.iter().map(move |state| header(STATE, state)))
    }
}

/// `version "-" trace-id "-" parent-id "-" flags`, in lower-case digits; a version above 00 may go on after another `-`.
fn is_parent(text: &str) -> bool {
    let mut parts = text.splitn(5, '-');
    let mut part = |digits: usize| parts.next().filter(|part| part.len() == digits && part.bytes().all(is_digit));
    let (Some(version), Some(trace), Some(parent), Some(_)) = (part(2), part(32), part(16), part(2)) else {
        return false;
    };
    let names_something = |id: &str| id.bytes().any(|b| b != b'0');
    version != "ff" && (version != "00" || parts.next().is_none()) && names_something(trace) && names_something(parent)
}

fn is_digit(b: u8) -> bool {
    matches!(b, b'0'..=b'9' | b'a'..=b'f')
}

fn is_state(text: &str) -> bool {
    let member = |part: &str| part.trim().is_empty() || part.contains('=');
    (1..=MOST_STATE).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~'))
        && text.split(',').all(member)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_is_carried_on_or_ignored() {
        // traceparent | tracestate | carried on
        let cases: &[(&str, Option<&str>, usize)] = &[
            (GOOD, None, 1),
            (GOOD, Some("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"), 2),
            (GOOD, Some(""), 1),
            (GOOD, Some("congo"), 1),
            (GOOD, Some("congo=\u{e9}"), 1),
            (&GOOD.to_uppercase(), None, 0),
            (&GOOD[..54], None, 0),
            (&format!("{GOOD}-x"), None, 0),
            (&format!("01{}-x", &GOOD[2..]), None, 1),
            (&format!("01{}x", &GOOD[2..]), None, 0),
            (&format!("ff{}", &GOOD[2..]), None, 0),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", None, 0),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", None, 0),
            ("", Some("congo=1"), 0),
        ];
        for (parent, state, expected) in cases {
            let headers = [("other", "x"), (PARENT, parent)].into_iter().chain(state.map(|state| (STATE, state)));
            let headers: Vec<(String, String)> = headers.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            let trace = Trace::of(headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
            let carried: Vec<_> = trace.iter().flat_map(Trace::headers).collect();
            assert_eq!(carried, headers[1..headers.len().min(1 + expected)], "{parent} {state:?}");
        }
        let link =
            |flags: &str| Trace::of([(PARENT, format!("{}{flags}", &GOOD[..53]).as_bytes())].into_iter())?.link();
        let sampled = link("01").unwrap();
        let (trace, span) = (sampled.trace_id().to_string(), sampled.span_id().to_string());
        assert_eq!((&trace[..], &span[..], sampled.is_remote()), (&GOOD[3..35], &GOOD[36..52], true));
        assert_eq!((link("03").unwrap().trace_flags().to_u8(), link("00"), link("02")), (3, None, None));
        let long = format!("a={}", "x".repeat(MOST_STATE));
        assert_eq!(
            Trace::of([(PARENT, GOOD), (STATE, &long)].map(|(n, v)| (n, v.as_bytes())).into_iter()).unwrap().state,
            None
        );
    }
}
