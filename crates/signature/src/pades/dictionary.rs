//! What a signature dictionary says: claims, and what it allows to be changed (ISO 32000-2 §12.8.1, §12.8.2, §12.7.5.5).

use mekong_base::Instant;
use mekong_pdf::{Dictionary, Object, Pdf};

/// Which fields a lock closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lock {
    /// All.
    All,
    /// These and what is below them.
    Include(Vec<String>),
    /// All but these.
    Exclude(Vec<String>),
}

impl Lock {
    /// Whether a field is closed.
    pub(super) fn closes(&self, field: &str) -> bool {
        let named = |names: &[String]| {
            names
                .iter()
                .any(|name| field == name || field.strip_prefix(name.as_str()).is_some_and(|r| r.starts_with('.')))
        };
        match self {
            Self::All => true,
            Self::Include(names) => named(names),
            Self::Exclude(names) => !named(names),
        }
    }

    fn read(pdf: &Pdf<'_>, dictionary: &Dictionary) -> Option<Self> {
        let names = || {
            let fields = pdf.value(dictionary, "Fields").ok();
            let fields = fields.as_ref().and_then(|fields| fields.array()).unwrap_or_default();
            fields.iter().filter_map(Object::string).map(mekong_pdf::PdfString::to_text).collect()
        };
        match pdf.value(dictionary, "Action").ok()?.name()? {
            b"All" => Some(Self::All),
            b"Include" => Some(Self::Include(names())),
            b"Exclude" => Some(Self::Exclude(names())),
            _ => None,
        }
    }
}

/// What may be changed after a signature.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Permissions {
    /// 1: nothing, 2: forms and signatures, 3: annotations too. `None` if the signature does not say.
    pub(super) level: Option<i64>,
    /// Whether it is the level of a certification.
    pub(super) certifies: bool,
    /// Closed fields.
    pub(super) locks: Vec<Lock>,
}

impl Permissions {
    /// Of a signature dictionary (`/Reference`) and the field that holds it (`/Lock`).
    pub(super) fn read(pdf: &Pdf<'_>, signature: &Dictionary, field: Option<&Dictionary>) -> Self {
        let mut permissions = Self::default();
        let references = pdf.value(signature, "Reference").ok();
        for reference in references.as_ref().and_then(|r| r.array()).unwrap_or_default().iter().take(64) {
            let Ok(reference) = pdf.resolve(reference) else { continue };
            let Some(reference) = reference.dictionary() else { continue };
            let Ok(parameters) = pdf.value(reference, "TransformParams") else { continue };
            let Some(parameters) = parameters.dictionary() else { continue };
            if reference.is("TransformMethod", "DocMDP") {
                permissions.certifies = true;
                permissions.limit(parameters.get("P").and_then(Object::integer).unwrap_or(2));
            } else if reference.is("TransformMethod", "FieldMDP") {
                permissions.locks.extend(Lock::read(pdf, parameters));
            }
        }
        let lock = field.and_then(|field| pdf.value(field, "Lock").ok());
        if let Some(lock) = lock.as_ref().and_then(|lock| lock.dictionary()) {
            let read = Lock::read(pdf, lock);
            permissions
                .locks
                .extend(read.filter(|read| !permissions.locks.contains(read)).into_iter().collect::<Vec<_>>());
            if let Some(level) = lock.get("P").and_then(Object::integer) {
                permissions.limit(level);
            }
        }
        permissions
    }

    fn limit(&mut self, level: i64) {
        self.level = Some(self.level.map_or(level, |known| known.min(level)));
    }
}

/// What the signer says beside, as name and text.
pub(super) fn claims(pdf: &Pdf<'_>, signature: &Dictionary) -> Vec<(String, String)> {
    let keys = [("name", "Name"), ("reason", "Reason"), ("location", "Location"), ("contact", "ContactInfo")];
    let text = |key| pdf.value(signature, key).ok().and_then(|value| value.string().map(|s| s.to_text()));
    keys.iter()
        .filter_map(|(name, key)| Some(((*name).to_owned(), text(key)?)))
        .filter(|(_, t)| !t.is_empty())
        .collect()
}

/// `/M`, the time that the signer claims.
pub(super) fn time(pdf: &Pdf<'_>, signature: &Dictionary) -> Option<Instant> {
    date(&pdf.value(signature, "M").ok()?.string()?.to_text())
}

/// A date: `D:20260131235959+07'00'`, short forms too (§7.9.4).
pub(super) fn date(text: &str) -> Option<Instant> {
    let text = text.trim().trim_start_matches("D:");
    let digits: String = text.chars().take_while(char::is_ascii_digit).take(14).collect();
    let part =
        |from: usize, to: usize, default: &'static str| digits.get(from..to).map_or(default.to_owned(), str::to_owned);
    if digits.len() < 4 {
        return None;
    }
    let zone: String = text.chars().skip(digits.len()).filter(|c| *c != '\'').collect();
    let offset = match zone.get(..1) {
        Some("+" | "-") => {
            let minutes = zone.get(3..5).unwrap_or("00");
            format!("{}:{minutes}", zone.get(..3)?)
        }
        _ => "Z".into(),
    };
    let (year, month, day) = (part(0, 4, ""), part(4, 6, "01"), part(6, 8, "01"));
    let (hour, minute, second) = (part(8, 10, "00"), part(10, 12, "00"), part(12, 14, "00"));
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}{offset}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(date(text).map(|date| date.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn dates_of_all_lengths() {
        check("D:20260131235959+07'00'", Some("2026-01-31T16:59:59Z"));
        check("D:20260131235959-0330", Some("2026-02-01T03:29:59Z"));
        check("D:20260131235959Z", Some("2026-01-31T23:59:59Z"));
        check("D:202601", Some("2026-01-01T00:00:00Z"));
        check("yesterday", None);
        check("D:20261399", None);
    }

    #[test]
    fn locks_close_what_is_below() {
        let lock = Lock::Include(vec!["owner".into()]);
        assert!(lock.closes("owner") && lock.closes("owner.name") && !lock.closes("ownership"));
        assert!(!Lock::Exclude(vec!["note".into()]).closes("note.line") && Lock::All.closes("x"));
    }
}
