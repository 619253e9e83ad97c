//! What stands against publishing a list: what TS 119 612 asks for and is missing, and what contradicts itself.

use super::{Address, Identity, Localized, Pointer, Provider, Scheme, Service, TrustedList};
use std::fmt;
use std::time::Duration;

/// The longest time to the next update: six months (TS 119 612 §5.3.15).
pub const NEXT_UPDATE_MAX: Duration = Duration::from_secs(184 * 86_400);

/// Something to be put right before publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `scheme`, a provider, a service.
    pub place: String,
    /// What is wrong and what to do.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Everything that is wrong with a list; empty if it may be published.
pub fn problems(list: &TrustedList) -> Vec<Problem> {
    let mut found = Found { place: "scheme".to_owned(), problems: Vec::new() };
    found.scheme(&list.scheme);
    for (number, provider) in list.providers.iter().enumerate() {
        found.place = format!("provider {} {:?}", number + 1, shown(&provider.names));
        found.provider(provider);
        for (place, service) in provider.services.iter().enumerate() {
            let names = service.statuses.first().map(|s| s.names.as_slice()).unwrap_or_default();
            found.place = format!("provider {}, service {} {:?}", number + 1, place + 1, shown(names));
            found.service(service);
        }
    }
    found.problems
}

fn shown(names: &[Localized]) -> &str {
    Localized::choose(names, &["en"]).unwrap_or_default()
}

struct Found {
    place: String,
    problems: Vec<Problem>,
}

impl Found {
    fn require(&mut self, holds: bool, what: impl Into<String>) {
        if !holds {
            self.problems.push(Problem { place: self.place.clone(), what: what.into() });
        }
    }

    fn texts(&mut self, what: &str, texts: &[Localized]) {
        self.require(!texts.is_empty(), format!("{what} is missing"));
        self.optional_texts(what, texts);
    }

    fn optional_texts(&mut self, what: &str, texts: &[Localized]) {
        let filled = texts.iter().all(|one| !one.lang.is_empty() && !one.text.trim().is_empty());
        self.require(filled, format!("{what} needs a language and a text in every entry"));
        let english = texts.is_empty() || texts.iter().any(|one| one.lang == "en");
        self.require(english, format!("{what} is not given in English, which every list must be (TS 119 612 §5.1.4)"));
    }

    fn address(&mut self, what: &str, address: &Address) {
        self.require(!address.postal.is_empty(), format!("{what} needs a postal address"));
        let complete = address.postal.iter().all(|postal| {
            [&postal.lang, &postal.street, &postal.locality, &postal.country].iter().all(|part| !part.is_empty())
        });
        self.require(complete, format!("{what} needs language, street, locality and country"));
        self.texts(&format!("electronic address of {what}"), &address.electronic);
    }

    fn scheme(&mut self, scheme: &Scheme) {
        let version = scheme.version.number();
        self.require(matches!(version, 5 | 6), format!("version {version} cannot be written, only 5 and 6"));
        self.require(scheme.sequence_number > 0, "sequence numbers start at 1");
        self.require(!scheme.kind.is_empty(), "the type of the list is missing");
        self.texts("the operator's name", &scheme.operator_names);
        self.address("the operator", &scheme.operator_address);
        self.texts("the scheme's name", &scheme.names);
        self.texts("the address of information on the scheme", &scheme.information_uris);
        self.require(!scheme.status_determination.is_empty(), "the status determination approach is missing");
        self.texts("the scheme's rules", &scheme.rules);
        self.require(scheme.territory.as_ref().is_some_and(|t| !t.is_empty()), "the territory is missing");
        if let Some(next_update) = scheme.next_update {
            let (issued, longest) = (scheme.issued, scheme.issued + NEXT_UPDATE_MAX);
            self.require(
                issued < next_update,
                format!("the next update {next_update} is not after the issue {issued}"),
            );
            self.require(
                next_update <= longest,
                format!("the next update {next_update} is more than six months after the issue {issued}"),
            );
        }
        for pointer in &scheme.pointers {
            self.pointer(pointer);
        }
    }

    fn pointer(&mut self, pointer: &Pointer) {
        let location = &pointer.location;
        self.require(!location.is_empty(), "a pointer has no location");
        self.require(!pointer.signers().is_empty(), format!("the pointer to {location} names no signer"));
        self.require(pointer.kind.is_some(), format!("the pointer to {location} has no type"));
        self.require(pointer.mime_type.is_some(), format!("the pointer to {location} has no MIME type"));
        let agreement = pointer.agreement.as_ref();
        for equivalence in agreement.into_iter().flat_map(|a| &a.equivalences) {
            let name = &equivalence.legal_identifier;
            self.require(!equivalence.periods.is_empty(), format!("the equivalence {name:?} says nothing"));
            let sorted = equivalence.periods.is_sorted_by(|newer, older| newer.since > older.since);
            self.require(sorted, format!("the history of the equivalence {name:?} is not in descending order"));
            let sides = equivalence.periods.iter().all(|p| {
                let filled =
                    |pair: &crate::agreement::Pair<Vec<String>>| !pair.pointing.is_empty() && !pair.pointed.is_empty();
                !p.types.pointing.is_empty() && !p.types.pointed.is_empty() && filled(&p.valid) && filled(&p.invalid)
            });
            self.require(sides, format!("the equivalence {name:?} needs types and statuses on both sides"));
        }
    }

    fn provider(&mut self, provider: &Provider) {
        self.texts("the name", &provider.names);
        self.optional_texts("the trade name", &provider.trade_names);
        self.address("the provider", &provider.address);
        self.texts("the address of information", &provider.information_uris);
        self.require(!provider.services.is_empty(), "a provider needs a service");
    }

    fn service(&mut self, service: &Service) {
        self.require(!service.statuses.is_empty(), "a service needs a status");
        let sorted = service.statuses.is_sorted_by(|newer, older| newer.since > older.since);
        self.require(sorted, "the history is not in descending order of time");
        if let Some(identity) = service.identity() {
            self.identity(identity);
        }
        for status in &service.statuses {
            self.texts("the name", &status.names);
            self.require(!status.service_type.is_empty(), "the type is missing");
            self.require(!status.status.is_empty(), "the status is missing");
        }
        for past in service.statuses.iter().skip(1) {
            let named = !past.identity.key_identifiers.is_empty();
            self.require(named, "an entry of the history needs the key identifier of the service");
        }
    }

    /// One key: all certificates with the same key and the same subject (TS 119 612 §5.5.3).
    fn identity(&mut self, identity: &Identity) {
        self.require(!identity.certificates.is_empty(), "the certificate of the service is missing");
        let decoded: Vec<_> = identity.decoded().collect();
        let all = decoded.len() == identity.certificates.len();
        self.require(all, "a certificate of the service cannot be read");
        let same = decoded.windows(2).all(|pair| match pair {
            [a, b] => a.public_key().spki() == b.public_key().spki() && a.subject_der() == b.subject_der(),
            _ => true,
        });
        self.require(same, "the certificates of a service must have one key and one subject");
    }
}
