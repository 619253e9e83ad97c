//! A service of another country in our words.

use super::Original;
use crate::agreement::{Agreement, Equivalence, Pair, Period, ServiceKind};
use crate::uri::qualifier as q;
use mekong_base::Instant;

/// What a service counts as in one period of an equivalence.
pub(super) struct Equivalent<'a> {
    pub(super) legal_identifier: &'a str,
    pub(super) period: &'a Period,
    /// When the period ends.
    pub(super) until: Option<Instant>,
    pub(super) service_type: &'a str,
    pub(super) status: &'a str,
    pub(super) additional: Option<String>,
    pub(super) qualifiers: Vec<String>,
}

/// One for each value of `additionalServiceInformation`: each may count as something else.
pub(super) fn split(original: Original) -> Vec<Original> {
    if original.additional.len() < 2 {
        return vec![original];
    }
    let one = |uri: &String| Original { additional: vec![uri.clone()], ..original.clone() };
    original.additional.iter().map(one).collect()
}

/// The equivalents of a service, one for each period of the equivalence not over at `issuance`. Empty if no equivalence or
/// more than one fits: then nobody can say which was meant.
pub(super) fn equivalents<'a>(agreement: &'a Agreement, original: &Original, issuance: Instant) -> Vec<Equivalent<'a>> {
    let mut fitting = agreement.equivalences.iter().filter(|e| current(e, issuance).any(|(p, _)| fits(p, original)));
    match (fitting.next(), fitting.next()) {
        (Some(equivalence), None) => {
            current(equivalence, issuance).filter_map(|p| equivalent(equivalence, p, original)).collect()
        }
        _ => Vec::new(),
    }
}

/// The equivalence that fits, if it is the only one.
pub(super) fn only_equivalence<'a>(
    agreement: &'a Agreement,
    original: &Original,
    issuance: Instant,
) -> Option<&'a Equivalence> {
    let mut fitting = agreement.equivalences.iter().filter(|e| current(e, issuance).any(|(p, _)| fits(p, original)));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// Periods not over before `issuance`.
pub(super) fn current(
    equivalence: &Equivalence,
    issuance: Instant,
) -> impl Iterator<Item = (&Period, Option<Instant>)> {
    equivalence.ending().filter(move |(_, until)| until.is_none_or(|until| until >= issuance))
}

/// Whether a service of another country is what the period speaks of.
fn fits(period: &Period, original: &Original) -> bool {
    kind_of(period, original).is_some() && status_of(period, original).is_some()
}

fn kind_of<'a>(period: &'a Period, original: &Original) -> Option<&'a ServiceKind> {
    let is = |kind: &&ServiceKind| {
        let additional = kind.additional.as_ref().map(|a| &a.uri.text);
        kind.service_type == original.service_type && additional.is_none_or(|uri| original.additional.contains(uri))
    };
    period.types.pointed.iter().find(is)
}

/// The first of our statuses for a group of theirs.
fn status_of<'a>(period: &'a Period, original: &Original) -> Option<&'a str> {
    let group = |pair: &&Pair<Vec<String>>| pair.pointed.contains(&original.status);
    [&period.valid, &period.invalid].into_iter().find(group)?.pointing.first().map(String::as_str)
}

fn equivalent<'a>(
    equivalence: &'a Equivalence,
    (period, until): (&'a Period, Option<Instant>),
    original: &Original,
) -> Option<Equivalent<'a>> {
    let pointed = kind_of(period, original)?;
    let pointing = period.types.pointing.last()?;
    let ours = pointing.additional.as_ref().map(|a| a.uri.text.clone());
    let pairs = period.qualifiers.as_ref().map(|q| q.equivalences.as_slice());
    let theirs = pointed.additional.as_ref().map(|a| &a.uri.text);
    let additional = match original.additional.first() {
        Some(own) if Some(own) != theirs => Some(own.clone()),
        _ => ours,
    };
    Some(Equivalent {
        legal_identifier: &equivalence.legal_identifier,
        period,
        until,
        service_type: &pointing.service_type,
        status: status_of(period, original)?,
        additional,
        qualifiers: agreed(pairs.unwrap_or_default(), &original.qualifiers),
    })
}

/// By these a list makes more of certificates than they say themselves.
const GRANTING: [&str; 4] = [q::STATEMENT, q::WITH_QSCD, q::QSCD_ON_BEHALF, q::WITH_SSCD];
/// By these it makes less of them.
const RESTRICTING: [&str; 3] = [q::NOT_QUALIFIED, q::NO_QSCD, q::NO_SSCD];

/// Ours for theirs. One that the agreement does not name stays, but for those by which their list would make more of its
/// certificates than was agreed; without any equivalence of qualifiers, only what restricts them stays.
fn agreed(pairs: &[Pair<String>], theirs: &[String]) -> Vec<String> {
    let ours = |uri: &String| match pairs.iter().rfind(|pair| pair.pointed == *uri) {
        Some(pair) => Some(pair.pointing.clone()),
        None if pairs.is_empty() => RESTRICTING.contains(&uri.as_str()).then(|| uri.clone()),
        None => (!GRANTING.contains(&uri.as_str())).then(|| uri.clone()),
    };
    theirs.iter().filter_map(ours).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_makes_no_more_of_its_certificates_than_was_agreed() {
        let theirs = [q::STATEMENT, q::WITH_QSCD, q::NOT_QUALIFIED, q::FOR_SEALS, "urn:theirs"].map(str::to_owned);
        assert_eq!(agreed(&[], &theirs), [q::NOT_QUALIFIED]);
        let pair = Pair { pointing: q::WITH_QSCD.to_owned(), pointed: "urn:theirs".to_owned() };
        assert_eq!(agreed(&[pair], &theirs), [q::NOT_QUALIFIED, q::FOR_SEALS, q::WITH_QSCD]);
    }
}
