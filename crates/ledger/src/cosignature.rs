//! Time-stamped cosignatures of checkpoints (C2SP tlog-cosignature, `cosignature/v1`): what a witness says, namely that at
//! this time this was the largest tree of the log that it had seen, and that it continues what it had seen before. No IO.

/// What is signed: two lines, then the whole text of the checkpoint.
pub(crate) fn message(seconds: i64, text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// Seconds since 1970 and the Ed25519 signature, from the signature as it stands in the note. Times before 1970 do not exist
/// in this format.
pub(crate) fn split(signature: &[u8]) -> Option<(i64, &[u8])> {
    let (seconds, signature) = signature.split_first_chunk::<8>()?;
    let seconds = i64::try_from(u64::from_be_bytes(*seconds)).ok()?;
    (signature.len() == 64).then_some((seconds, signature))
}

/// The signature as it stands in the note.
pub(crate) fn join(seconds: i64, signature: &[u8]) -> Vec<u8> {
    [&u64::try_from(seconds).unwrap_or(0).to_be_bytes()[..], signature].concat()
}
