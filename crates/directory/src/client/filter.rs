//! Which federated instances are downloaded.

use std::collections::BTreeSet;

/// The instances whose configuration is downloaded besides our own. Nobody, unless the operator says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FederationFilter {
    /// No other instance.
    #[default]
    None,
    /// Every instance that our private parameters name.
    All,
    /// Those named, in lower case.
    Custom(BTreeSet<String>),
}

impl FederationFilter {
    /// Reads the entries of the setting `allowed-federations`, whatever their case: `none` anywhere means nobody, else
    /// `all` anywhere means everybody, else the entries are instance identifiers. Nothing means nobody.
    pub fn from_entries<S: AsRef<str>>(entries: impl IntoIterator<Item = S>) -> Self {
        let entries = entries.into_iter().map(|e| e.as_ref().trim().to_lowercase());
        let entries: BTreeSet<String> = entries.filter(|e| !e.is_empty()).collect();
        if entries.is_empty() || entries.contains("none") {
            Self::None
        } else if entries.contains("all") {
            Self::All
        } else {
            Self::Custom(entries)
        }
    }

    /// Whether an instance other than our own is downloaded.
    pub fn allows(&self, instance: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Custom(allowed) => allowed.contains(&instance.to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entries: &str, allows: &[&str], refuses: &[&str]) {
        let filter = FederationFilter::from_entries(entries.split(','));
        allows.iter().for_each(|i| assert!(filter.allows(i), "{entries:?} allows {i}"));
        refuses.iter().for_each(|i| assert!(!filter.allows(i), "{entries:?} refuses {i}"));
    }

    #[test]
    fn entries_mean_what_they_mean_in_the_reference() {
        check("", &[], &["LA", ""]);
        check("none", &[], &["LA", "none"]);
        check("NONE, LA", &[], &["LA"]);
        check("LA,none,all", &[], &["LA"]);
        check("all", &["LA", "KH"], &[]);
        check("LA , All", &["KH"], &[]);
        check("la, Kh-Test", &["LA", "La", "KH-TEST"], &["TH"]);
    }
}
