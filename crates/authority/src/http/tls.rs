//! Whom HTTPS trusts: the roots of the machine that this runs on, and those that the caller gives. What is fetched is
//! mostly signed inside; HTTPS hides who asks for what, and reaches servers that speak nothing else.

use mekong_pki::Certificate;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::sync::LazyLock;

/// The roots of the machine, read once: a few hundred certificates. `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
static MACHINE: LazyLock<RootCertStore> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "not all roots of this machine could be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    roots
});

/// TLS 1.3 or 1.2; a server must have a certificate for its name below one of the roots.
pub fn configuration(given: &[Certificate]) -> ClientConfig {
    let mut roots = MACHINE.clone();
    roots.add_parsable_certificates(given.iter().map(|root| CertificateDer::from(root.der().to_vec())));
    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}
