//! Whether what a list says of a service agrees with itself (TS 119 615 §4.3.4).

use super::{Applied, Rules};
use crate::uri::{additional, qualifier as q, status};

/// The statuses of today did not exist before.
pub(super) fn by_status(service: &Applied, rules: &Rules) -> bool {
    rules.is_present(service.since) || ![status::GRANTED, status::WITHDRAWN].contains(&service.status.as_str())
}

/// Not at once qualified and not qualified; and nothing critical is left open.
pub(super) fn by_statement(service: &Applied) -> bool {
    let both = service.has_qualifier(q::STATEMENT) && service.has_qualifier(q::NOT_QUALIFIED);
    !service.undecided && !both
}

/// At most one use, and one that the service is for.
pub(super) fn by_kind(service: &Applied, rules: &Rules) -> bool {
    let uses = uses(service);
    let legal_person = service.has_qualifier(q::FOR_LEGAL_PERSON) && service.has_qualifier(q::FOR_SIGNATURES);
    let covered = match uses.as_slice() {
        [(_, information)] => service.additional.is_empty() || service.has_additional(information),
        _ => true,
    };
    !legal_person && uses.len() <= 1 && covered && (rules.is_present(service.since) || signatures_only(service))
}

/// Uses that qualifiers name, with the information that corresponds.
pub(super) fn uses(service: &Applied) -> Vec<(&'static str, &'static str)> {
    let all = [
        (q::FOR_SIGNATURES, additional::FOR_SIGNATURES),
        (q::FOR_SEALS, additional::FOR_SEALS),
        (q::FOR_WEB, additional::FOR_WEB),
    ];
    all.into_iter().filter(|(qualifier, _)| service.has_qualifier(qualifier)).collect()
}

/// Before eIDAS there were no seals and no web sites.
fn signatures_only(service: &Applied) -> bool {
    let only = |uri| matches!(service.additional.as_slice(), [one] if one == uri);
    let other = service.has_qualifier(q::FOR_SEALS) || service.has_qualifier(q::FOR_WEB);
    !only(additional::FOR_SEALS) && !only(additional::FOR_WEB) && !other
}

/// In a device, not in a device, as the certificate says: one of them, in the words of the time.
pub(super) fn by_device(service: &Applied, rules: &Rules) -> bool {
    let any = |uris: &[&str]| uris.iter().any(|uri| service.has_qualifier(uri));
    let with = any(&[q::WITH_QSCD, q::WITH_SSCD, q::QSCD_ON_BEHALF]);
    let as_in_certificate = any(&[q::QSCD_AS_IN_CERT, q::SSCD_AS_IN_CERT]);
    let without = any(&[q::NO_QSCD, q::NO_SSCD]);
    let old = any(&[q::WITH_SSCD, q::NO_SSCD]);
    let new = any(&[q::WITH_QSCD, q::NO_QSCD]);
    !((with || as_in_certificate) && without)
        && !(as_in_certificate && with)
        && (!rules.is_present(service.since) || !old || new)
}
