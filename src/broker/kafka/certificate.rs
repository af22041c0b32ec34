//! Why a broker's certificate is not believed. librdkafka says only that it is not, and there are several reasons to tell apart:
//! so the certificate is looked at once more, on a connection of its own, by which nothing is sent.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};

/// How long connecting may take, and each answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is wrong with the certificate of a broker, `host:port`, and for whom it is; nothing where that can't be told.
pub(super) fn problem(broker: &str, ca_file: &str) -> Option<String> {
    let (host, _) = broker.rsplit_once(':')?;
    let stream = broker.to_socket_addrs().ok()?.find_map(|at| TcpStream::connect_timeout(&at, PATIENCE).ok())?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut builder = SslConnector::builder(SslMethod::tls_client()).ok()?;
    builder.set_ca_file(ca_file).ok()?;
    builder.set_verify(SslVerifyMode::NONE);
    let stream = builder.build().connect(host, stream).ok()?;
    let names = stream.ssl().peer_certificate()?.subject_alt_names();
    let names: Vec<&str> = names.iter().flatten().filter_map(|name| name.dnsname()).collect();
    let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
    Some(format!("{}; the certificate is for {names}", stream.ssl().verify_result()))
}
