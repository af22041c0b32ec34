//! Spans as OpenTelemetry's protocol has them over HTTP, in JSON: one request, one connection. Written here because all that is
//! needed of the protocol is one document, and because whoever loses spans must be able to count them.

use std::fmt;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::spans::{Link, Span};

/// How long connecting may take, and sending or answering.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(5));

/// A collector is near, and what it is told names nobody: there is no TLS.
const SCHEME: &str = "http";

/// Kinds of spans and states, by their numbers in the protocol.
const INTERNAL: u8 = 1;
const CONSUMER: u8 = 5;
const ERROR: u8 = 2;

/// Where a collector takes spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    authority: String,
    path: String,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}://{}{}", self.authority, self.path)
    }
}

impl Endpoint {
    /// Of `http://localhost:4318` and the like, with a path before the protocol's own or without; nothing where it is else.
    pub fn of(url: &str) -> Option<Self> {
        let (_, rest) = url.split_once("://").filter(|(scheme, _)| *scheme == SCHEME)?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = authority.rsplit_once(':')?;
        port.parse::<u16>().ok().filter(|_| !host.is_empty())?;
        // It goes into the head of a request.
        let plain = rest.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'@'));
        let path = format!("{}/v1/traces", path.trim_end_matches('/'));
        plain.then(|| Self { authority: authority.to_owned(), path })
    }

    /// Sends a request, and sees that it was taken.
    pub(super) fn post(&self, body: &Value) -> Result<(), String> {
        let answer = self.answer(&body.to_string()).map_err(|error| error.to_string())?;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        match status.starts_with('2') {
            true => Ok(()),
            false => Err(format!("the collector answers with {status:?}")),
        }
    }

    /// The first line of the answer to a request, or what is there of it.
    fn answer(&self, body: &str) -> std::io::Result<String> {
        let address = self.authority.to_socket_addrs()?.next().ok_or(std::io::ErrorKind::AddrNotAvailable)?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE.0)?;
        stream.set_write_timeout(Some(PATIENCE.1))?;
        stream.set_read_timeout(Some(PATIENCE.1))?;
        let Self { authority, path } = self;
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let (mut line, mut part) = (Vec::new(), [0; 256]);
        while !line.contains(&b'\n') && line.len() < 4_096 {
            match stream.read(&mut part)? {
                0 => break,
                read => line.extend_from_slice(&part[..read]),
            }
        }
        Ok(String::from_utf8_lossy(&line).lines().next().unwrap_or_default().to_owned())
    }
}

/// The spans of a worker.
pub(super) fn request(worker: &str, spans: &[Span]) -> Value {
    let attribute = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let version = env!("CARGO_PKG_VERSION");
    let resource = [
        attribute("service.name", "payflow"),
        attribute("service.instance.id", worker),
        attribute("service.version", version),
    ];
    let spans: Vec<Value> = spans.iter().map(span).collect();
    let scope = json!({"name": "payflow", "version": version});
    json!({"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": [{"scope": scope, "spans": spans}]}]})
}

fn span(span: &Span) -> Value {
    let Span { under, name, id, ended, inputs, links, error, .. } = span;
    let root = format!("{:016x}", under.root);
    let mut value = json!({
        "traceId": format!("{:032x}", under.trace),
        "name": name,
        "kind": if id.is_some() { INTERNAL } else { CONSUMER },
        "startTimeUnixNano": nanoseconds(span.begun()),
        "endTimeUnixNano": nanoseconds(*ended),
        "flags": 1,
    });
    match id {
        Some(id) => (value["spanId"], value["parentSpanId"]) = (format!("{id:016x}").into(), root.into()),
        None => value["spanId"] = root.into(),
    }
    if let Some(inputs) = inputs {
        let count = json!({"intValue": inputs.to_string()});
        value["attributes"] = json!([{"key": "messaging.batch.message_count", "value": count}]);
    }
    if !links.is_empty() {
        let link = |Link { trace, span }: &Link| json!({"traceId": trace, "spanId": span, "flags": 1});
        value["links"] = links.iter().map(link).collect();
    }
    if let Some(error) = error {
        value["status"] = json!({"code": ERROR, "message": error});
    }
    value
}

/// A 64-bit number stands in JSON as a text.
fn nanoseconds(at: DateTime<Utc>) -> String {
    at.timestamp_nanos_opt().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_collectors_or_none() {
        let cases = [
            ("http://localhost:4318", Some("http://localhost:4318/v1/traces")),
            ("http://localhost:4318/", Some("http://localhost:4318/v1/traces")),
            ("http://bank.example:4318/tenant/7", Some("http://bank.example:4318/tenant/7/v1/traces")),
            ("https://bank.example:4318", None),
            ("http://bank.example", None),
            ("http://bank.example:port", None),
            ("http://bank.example:4318/a b", None),
            ("http://user@bank.example:4318", None),
            ("bank.example:4318", None),
            (":4318", None),
        ];
        for (url, expected) in cases {
            assert_eq!(Endpoint::of(url).map(|endpoint| endpoint.to_string()).as_deref(), expected, "{url}");
        }
    }
}
