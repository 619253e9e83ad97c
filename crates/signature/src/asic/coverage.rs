//! Which data files each signature and time-stamp covers, and which nobody does.

use super::container::Container;
use super::names::Use;
use crate::facts::{Coverage, DataKind, DataState, Fault, Finding, Signature, SignedData, Timestamp, Weight};
use std::collections::BTreeSet;

/// Names shown in one text.
const SHOWN: usize = 8;

/// Fills the coverage and tells of files that no signature covers.
pub(super) fn fill(container: &mut Container<'_>, signatures: &mut [Signature], timestamps: &mut [Timestamp]) {
    let all: BTreeSet<String> = container.data().map(|f| f.name().to_owned()).collect();
    let mut by_anybody = BTreeSet::new();
    for signature in signatures.iter_mut().filter(|s| s.countersigns.is_none()) {
        let covered = covered(container, &signature.data);
        // What a transform leaves of a file is less than the file.
        if signature.coverage != Coverage::Part(crate::xades::NARROWED.into()) {
            signature.coverage = coverage(&all, &covered);
        }
        let intact = signature.data.iter().all(|data| data.state == DataState::Intact);
        if covered.is_empty() && intact && !all.is_empty() {
            // Valid as it may be, it was put here: about the files beside it, it says nothing.
            let place = signature.file.clone().unwrap_or_default();
            signature.faults.push(Fault::new(place, "it signs no file of the container"));
        }
        by_anybody.extend(covered);
    }
    for timestamp in timestamps {
        let covered = covered(container, &timestamp.data);
        timestamp.coverage = coverage(&all, &covered);
        if signatures.is_empty() {
            by_anybody.extend(covered);
        }
    }
    // Notes in META-INF are no data, but who unpacks the container finds them beside it.
    let notes: BTreeSet<String> = container.of(Use::Other).iter().map(|f| f.name().to_owned()).collect();
    let unsigned: Vec<&str> = all.union(&notes).filter(|n| !by_anybody.contains(*n)).map(String::as_str).collect();
    let has_parts = !signatures.is_empty() || !by_anybody.is_empty();
    if !unsigned.is_empty() && has_parts {
        let text = format!("no signature covers {}", shown(&unsigned));
        container.findings.push(Finding::new(Weight::Warning, "unsigned_file", text));
    }
}

/// The data files among what is covered.
fn covered(container: &Container<'_>, data: &[SignedData]) -> BTreeSet<String> {
    let files = data.iter().filter(|d| matches!(d.kind, DataKind::Document | DataKind::ManifestEntry));
    files.filter_map(|d| Some(container.find(&d.name)?.name().to_owned())).collect()
}

fn coverage(all: &BTreeSet<String>, covered: &BTreeSet<String>) -> Coverage {
    let left: Vec<&str> = all.difference(covered).map(String::as_str).collect();
    if left.is_empty() {
        return Coverage::Whole;
    }
    let of = all.len();
    Coverage::Part(format!("{} of {of} files, not {}", of - left.len(), shown(&left)))
}

fn shown(names: &[&str]) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let listed: Vec<String> = names.iter().take(SHOWN).map(|n| format!("{n:?}")).collect();
    if more == 0 { listed.join(", ") } else { format!("{} and {more} more", listed.join(", ")) }
}
