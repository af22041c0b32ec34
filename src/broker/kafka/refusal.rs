//! A broker that was reached and will have nothing to do with this client, or this client with it: what librdkafka says of
//! that, and what to change. It goes on trying whatever the reason, so that a wrong password looks like a broker that is away.

use std::fmt;

use rdkafka::error::RDKafkaErrorCode;

/// Why a client and a broker did not come together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    cause: Cause,
    reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The broker does not believe this client's name.
    Password,
    /// This client does not believe the broker's.
    Certificate,
    /// TLS was spoken, and broken off.
    Tls,
    /// The broker seems to want TLS.
    WantsTls,
    /// The broker seems to know no TLS.
    NoTls,
    /// The broker seems to want a name and a password.
    WantsSasl,
}

use Cause::{Certificate, NoTls, Password, Tls, WantsSasl, WantsTls};

impl Refusal {
    /// What an error of a connection tells; nothing where the broker may just be away.
    pub(super) fn of(code: RDKafkaErrorCode, reason: &str) -> Option<Self> {
        let has = |words: &str| reason.contains(words);
        let cause = match code {
            RDKafkaErrorCode::Authentication => Password,
            RDKafkaErrorCode::SSL if has("certificate could not be verified") => Certificate,
            RDKafkaErrorCode::SSL => Tls,
            // A broker that asks for a certificate may say so after the handshake.
            RDKafkaErrorCode::BrokerTransportFailure if has("SSL alert number") => Tls,
            RDKafkaErrorCode::BrokerTransportFailure if has("PLAINTEXT broker listener") => NoTls,
            // In plain words nothing is said: the connection is closed at the first question, or at the second.
            RDKafkaErrorCode::BrokerTransportFailure if !has("Disconnected") => return None,
            RDKafkaErrorCode::BrokerTransportFailure if has("state APIVERSION_QUERY") && !has("ssl://") => WantsTls,
            RDKafkaErrorCode::BrokerTransportFailure if has("state UP") && !has("sasl_") => WantsSasl,
            _ => return None,
        };
        // It goes on with advice in terms of settings that have other names here, and with a state of the client.
        let end =
            [": broker certificate could not be verified", " (after "].iter().filter_map(|end| reason.find(end)).min();
        Some(Self { cause, reason: reason[..end.unwrap_or(reason.len())].to_owned() })
    }

    /// The same with what is wrong about a certificate, where that can be found out.
    #[cfg(feature = "tls")]
    pub(super) fn looked_into(self, ca_file: Option<&String>) -> Self {
        let broker = self.reason.split_once("://").and_then(|(_, rest)| rest.split('/').next());
        let problem = match (self.cause, broker, ca_file) {
            (Certificate, Some(broker), Some(file)) => super::certificate::problem(broker, file),
            _ => None,
        };
        match problem {
            Some(problem) => Self { reason: format!("{}: {problem}", self.reason), ..self },
            None => self,
        }
    }

    #[cfg(not(feature = "tls"))]
    pub(super) fn looked_into(self, _: Option<&String>) -> Self {
        self
    }

    /// Whether trying again is of no use. A connection may also be closed because a broker ends.
    pub(super) fn is_final(&self) -> bool {
        matches!(self.cause, Password | Certificate | Tls)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match self.cause {
            Password => "correct username, password_file or mechanism in [kafka.sasl]",
            Certificate => {
                "name in kafka.tls.ca_file the authority that its certificate leads to, and in kafka.bootstrap_servers \
                 the broker by a name that its certificate bears"
            }
            Tls => "correct [kafka.tls]: where brokers ask for a certificate, certificate_file and key_file name it",
            WantsTls => "add [kafka.tls] if that listener of the brokers speaks TLS",
            NoTls => "remove [kafka.tls], or name a listener of the brokers that speaks TLS",
            WantsSasl => "add [kafka.sasl] if that listener of the brokers wants a name and a password",
        };
        write!(f, "{}: {advice}", self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_from_a_broker_that_is_away() {
        use RDKafkaErrorCode::{AllBrokersDown, Authentication, BrokerTransportFailure, SSL};
        // code | what librdkafka says | whether it is final, and a word of the advice
        let cases = [
            (
                Authentication,
                "b: SASL authentication error: invalid credentials (after 3 s: see y)",
                Some((true, "password_file")),
            ),
            (
                SSL,
                "b: SSL handshake failed: x: broker certificate could not be verified, see y",
                Some((true, "ca_file")),
            ),
            (SSL, "b: SSL handshake failed: alert certificate required", Some((true, "key_file"))),
            (
                BrokerTransportFailure,
                "b: SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?",
                Some((false, "remove [kafka.tls]")),
            ),
            (
                BrokerTransportFailure,
                "b: Disconnected (after 1ms in state APIVERSION_QUERY)",
                Some((false, "add [kafka.tls]")),
            ),
            (BrokerTransportFailure, "b: Disconnected (after 1ms in state UP)", Some((false, "add [kafka.sasl]"))),
            (BrokerTransportFailure, "ssl://b: Disconnected (after 1ms in state APIVERSION_QUERY)", None),
            (BrokerTransportFailure, "sasl_ssl://b: Disconnected (after 1ms in state UP)", None),
            (BrokerTransportFailure, "b: Connect to 127.0.0.1:9 failed: Connection refused", None),
            (AllBrokersDown, "1/1 brokers are down", None),
        ];
        for (code, reason, expected) in cases {
            let refusal = Refusal::of(code, reason);
            assert_eq!(refusal.as_ref().map(Refusal::is_final), expected.map(|(is_final, _)| is_final), "{reason}");
            if let (Some(refusal), Some((_, advice))) = (refusal.map(|refusal| refusal.to_string()), expected) {
                assert!(
                    refusal.contains(advice) && refusal.starts_with("b: ") && !refusal.contains("see y"),
                    "{refusal}"
                );
            }
        }
    }
}
