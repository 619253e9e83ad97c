//! What was added must not break what was there.

use super::original::document_error;
use super::{Resolved, read_signatures};
use crate::facts::{DataState, Signature};
use crate::making::MakeError;
use std::collections::HashMap;

/// Checks that every reference and time-stamp that was intact in a document is so in another one.
///
/// # Errors
/// [`MakeError::Document`] names the first that is not.
pub(super) fn check<'r>(
    before: &[u8],
    after: &[u8],
    resolve: &'r dyn Fn(&str) -> Option<Resolved<'r>>,
) -> Result<(), MakeError> {
    let read = |bytes| read_signatures(bytes, None, resolve).map_err(|e| document_error("document", e));
    let (before, after) = (read(before)?, read(after)?);
    let after: HashMap<&str, &Signature> = after.iter().map(|s| (s.id.as_str(), s)).collect();
    for signature in &before {
        let gone = || document_error(&signature.id, "this signature could not be found again afterwards");
        let now = after.get(signature.id.as_str()).ok_or_else(gone)?;
        if let Some(what) = broken(signature, now) {
            let reason = format!("{what} would break; sign beside it, or counter-sign it instead");
            return Err(document_error(&signature.id, reason));
        }
    }
    Ok(())
}

fn broken(before: &Signature, now: &Signature) -> Option<String> {
    let states = |s: &Signature| -> Vec<(String, DataState)> {
        let data = s.data.iter().map(|d| (d.name.clone(), d.state.clone()));
        data.chain(s.timestamps.iter().map(|t| (t.id.clone(), t.imprint.clone()))).collect()
    };
    let intact = |(_, state): &(String, DataState)| *state == DataState::Intact;
    let now: Vec<String> = states(now).into_iter().filter(intact).map(|(name, _)| name).collect();
    states(before).into_iter().filter(intact).map(|(name, _)| name).find(|name| !now.contains(name))
}
