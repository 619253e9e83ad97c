//! Whose law and which policy apply where nobody says: those of the country of one's own list.

use mekong_recognition::qualification::Rules;
use mekong_recognition::snapshot::Snapshot;

/// Policies that come with the product, by territory.
const NATIONAL: &[(&str, &str)] = &[("VN", "vietnam"), ("LA", "laos")];

/// The country of the first list, as far as the product has rules of it; the European ones otherwise.
pub fn rules(lists: &Snapshot) -> Rules {
    national(lists).map_or_else(Rules::european, |(country, _)| Rules::national(country))
}

/// The name of the policy of the first list's country; `european` for others and where there are no lists.
pub fn policy(lists: &Snapshot) -> &'static str {
    national(lists).map_or("european", |(_, policy)| policy)
}

fn national(lists: &Snapshot) -> Option<(&'static str, &'static str)> {
    let territory = lists.entries().first()?.verified.list.scheme.territory.as_deref()?;
    NATIONAL.iter().find(|(country, _)| *country == territory).copied()
}
