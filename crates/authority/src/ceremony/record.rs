//! The record of a root ceremony: what was made, when, by whom; printed and signed by those present. It
//! states what the program knows; what only people can see, they tick.

use super::{Quorum, RootSpec, Share};
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use std::fmt::Write as _;

/// The record as text of 72 columns. It holds no secret.
pub(super) fn of_ceremony(
    spec: &RootSpec,
    certificate: &Certificate,
    shares: &[Share],
    quorum: Quorum,
    now: Instant,
) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<24}{value}");
    };
    line("RECORD OF A ROOT CEREMONY", "");
    line("", "");
    line("Root", &certificate.subject());
    line("Service", &spec.service);
    line("Run by", &spec.organisation);
    line("Made at", &now.to_string());
    line("Valid", &format!("{} to {}", certificate.not_before(), certificate.not_after()));
    line("Key", &certificate.public_key().key_type().to_string());
    line("Serial number", &certificate.serial_hex());
    let digest = hex::encode_upper(certificate.fingerprint(DigestAlgorithm::Sha256).as_ref());
    let groups: Vec<&str> = (0..digest.len()).step_by(4).filter_map(|i| digest.get(i..i + 4)).collect();
    for (index, row) in groups.chunks(8).enumerate() {
        line(if index == 0 { "SHA-256" } else { "" }, &row.join(" "));
    }
    line("", "");
    line("Custodians", &format!("{quorum} must come together to use the key"));
    for share in shares {
        line(&format!("Share {}", share.number()), "received by ______________________ signature ____________");
    }
    line("", "");
    line("Witnesses", "_______________________________ signature ____________");
    line("", "_______________________________ signature ____________");
    line("", "");
    text.push_str(
        "Seen by those who sign, and ticked by them:\n\
         [ ] The machine on which the key was made had no network.\n\
         [ ] Each share was handed to its custodian alone, in a sealed envelope.\n\
         Compare the SHA-256 above with the published certificate.\n",
    );
    text
}
