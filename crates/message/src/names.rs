//! The names of the files of a signed message, as references in signatures and hash chains write them.

/// The message: SOAP envelope, or request/status line and headers of a REST message.
pub const MESSAGE: &str = "/message.xml";
/// Attachments are `/attachment1`, `/attachment2`, ...; the body of a REST message is `/attachment1`.
pub const ATTACHMENT: &str = "/attachment";
/// The signature.
pub const SIGNATURE: &str = "/META-INF/signatures.xml";
/// The hash chain from a batch signature to one message.
pub const SIG_HASH_CHAIN: &str = "/sig-hashchain.xml";
/// The signed top of the tree of a batch signature.
pub const SIG_HASH_CHAIN_RESULT: &str = "/sig-hashchainresult.xml";
/// The hash chain from a batch time-stamp to one signature.
pub const TS_HASH_CHAIN: &str = "/ts-hashchain.xml";
/// The stamped top of the tree of a batch time-stamp.
pub const TS_HASH_CHAIN_RESULT: &str = "/ts-hashchainresult.xml";
/// The token of a batch time-stamp.
pub const TIMESTAMP: &str = "/META-INF/timestamp.tst";
/// The OpenDocument list of files.
pub const MANIFEST: &str = "/META-INF/manifest.xml";
/// What the batch time-stamp covers (ETSI TS 102 918).
pub const ASIC_MANIFEST: &str = "/META-INF/ASiCManifest.xml";
/// The media type of the container.
pub const MIMETYPE: &str = "/mimetype";

/// The files of a container that mean something, attachments apart.
pub(crate) const DOCUMENTS: [&str; 10] = [
    MIMETYPE,
    MESSAGE,
    SIGNATURE,
    SIG_HASH_CHAIN_RESULT,
    SIG_HASH_CHAIN,
    TS_HASH_CHAIN_RESULT,
    TS_HASH_CHAIN,
    TIMESTAMP,
    MANIFEST,
    ASIC_MANIFEST,
];

/// The name of the attachment with this number, counted from 1.
pub fn attachment(number: usize) -> String {
    format!("{ATTACHMENT}{number}")
}

/// The number of an attachment: `/attachment12` is 12. No sign, no leading zero.
pub fn attachment_number(uri: &str) -> Option<usize> {
    let digits = uri.strip_prefix(ATTACHMENT)?;
    let plain = !digits.starts_with('0') && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_are_numbered_from_one() {
        assert_eq!(attachment_number(&attachment(1)), Some(1));
        assert_eq!(attachment_number("/attachment120"), Some(120));
        for bad in ["/attachment", "/attachment0", "/attachment01", "/attachment+1", "/attachment1/..", "attachment1"] {
            assert_eq!(attachment_number(bad), None, "{bad}");
        }
    }
}
