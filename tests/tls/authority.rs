//! An authority for a test, and the certificates that lead to it.
#![allow(unreachable_pub, clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::symm::Cipher;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

pub struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

/// A certificate with its key.
pub struct Identity {
    certificate: X509,
    key: PKey<Private>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let (mut builder, key) = begun(name);
        builder.set_issuer_name(&named(name)).unwrap();
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Self { certificate: builder.build(), key }
    }

    /// A certificate for a name, which is that of a host.
    pub fn vouches_for(&self, name: &str) -> Identity {
        let (mut builder, key) = begun(name);
        builder.set_issuer_name(self.certificate.subject_name()).unwrap();
        let names =
            SubjectAlternativeName::new().dns(name).build(&builder.x509v3_context(Some(&self.certificate), None));
        builder.append_extension(names.unwrap()).unwrap();
        builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        Identity { certificate: builder.build(), key }
    }

    pub fn write(&self, file: PathBuf) -> PathBuf {
        std::fs::write(&file, self.certificate.to_pem().unwrap()).unwrap();
        file
    }
}

impl Identity {
    pub fn certificate(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    pub fn key(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }

    /// Key and certificate in one file, as a Kafka broker takes them.
    pub fn write_whole(&self, file: PathBuf) -> PathBuf {
        std::fs::write(&file, [self.key(), self.certificate()].concat()).unwrap();
        file
    }

    /// The certificate in one file and its key in another, sealed with a password that stands in a third.
    pub fn write_sealed(&self, folder: &Path, password: &str) -> [PathBuf; 3] {
        let key = self.key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), password.as_bytes()).unwrap();
        let files = ["own.pem", "own.key", "own.key.password"].map(|name| folder.join(name));
        let contents = [self.certificate(), key, format!("{password}\n").into_bytes()];
        for (file, content) in files.iter().zip(contents) {
            std::fs::write(file, content).unwrap();
        }
        files
    }
}

/// A certificate that is not signed yet, and its key.
fn begun(name: &str) -> (X509Builder, PKey<Private>) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(120, MsbOption::ONE, false).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&named(name)).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    (builder, key)
}

fn named(name: &str) -> openssl::x509::X509Name {
    let mut builder = X509NameBuilder::new().unwrap();
    builder.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    builder.build()
}
