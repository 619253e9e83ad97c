//! Parts that the pages share: their frame, a certificate's status, its contents in words.

use super::contents::{Contents, type_name};
use super::reader::Reader;
use super::status::Status;
use mekong_authority::RevocationReason;
use mekong_base::Instant;
use mekong_pki::statements::Statements;
use mekong_web::component::{Badge, Tone};
use mekong_web::{Language, Markup, NavItem, Page, format};

pub(super) use crate::serving::own_pages::response;

/// A page of the office with its navigation.
pub(super) fn page(reader: &Reader, title: impl Into<String>, path: &str) -> Page {
    let nav = [
        ("/", "nav.overview"),
        ("/certificates", "nav.certificates"),
        ("/issue", "nav.issue"),
        ("/lists", "nav.lists"),
    ];
    let nav = nav.map(|(href, key)| NavItem::new(href, reader.word(key)));
    Page::new(reader.language, title, path).nav(nav.to_vec()).footer(reader.word("footer"))
}

/// The status of a certificate as a badge.
pub(super) fn badge(reader: &Reader, status: Status) -> Markup {
    let (tone, key) = match status {
        Status::Expired => (Tone::Neutral, "status.expired"),
        Status::Expiring => (Tone::Warning, "status.expiring"),
        Status::NotYet => (Tone::Warning, "status.not_yet_valid"),
        Status::Revoked => (Tone::Bad, "status.revoked"),
        Status::Valid => (Tone::Good, "status.valid"),
    };
    Badge::new(tone, reader.word(key)).markup()
}

/// The key of a status's text.
pub(super) const fn status_key(status: Status) -> &'static str {
    match status {
        Status::Expired => "status.expired",
        Status::Expiring => "status.expiring",
        Status::NotYet => "status.not_yet_valid",
        Status::Revoked => "status.revoked",
        Status::Valid => "status.valid",
    }
}

/// The key of a reason's text.
pub(super) const fn reason_key(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::KeyCompromise => "reason.key_compromise",
        RevocationReason::AffiliationChanged => "reason.affiliation_changed",
        RevocationReason::Superseded => "reason.superseded",
        RevocationReason::CessationOfOperation => "reason.cessation_of_operation",
        RevocationReason::PrivilegeWithdrawn => "reason.privilege_withdrawn",
        _ => "reason.unspecified",
    }
}

/// What an attribute of a name is called, its short name behind it: `Organisation (O)`.
pub(super) fn attribute(reader: &Reader, name: &str) -> String {
    let key = match name {
        "C" => "attribute.C",
        "CN" => "attribute.CN",
        "GN" => "attribute.GN",
        "L" => "attribute.L",
        "O" => "attribute.O",
        "OU" => "attribute.OU",
        "SN" => "attribute.SN",
        "ST" => "attribute.ST",
        "STREET" => "attribute.STREET",
        "T" => "attribute.T",
        "UID" => "attribute.UID",
        "organizationIdentifier" => "attribute.organizationIdentifier",
        "serialNumber" => "attribute.serialNumber",
        other => return other.to_owned(),
    };
    format!("{} ({name})", reader.word(key))
}

/// A value from a name, marked with its language where its script tells it.
pub(super) fn value(text: &str) -> Markup {
    let is_lao = text.chars().any(|c| ('\u{e80}'..='\u{eff}').contains(&c));
    if is_lao { Markup::text_in(Language::Lao, text) } else { Markup::text(text) }
}

/// The name by which a subject is known: its common name, else its organisation, else the first there is.
pub(super) fn known_as(subject: &[(String, String)]) -> &str {
    let of = |wanted: &str| subject.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    of("CN").or_else(|| of("O")).or_else(|| subject.first().map(|(_, value)| value.as_str())).unwrap_or("–")
}

/// What a profile is called: its title if it is one of ours, else what the journal says.
pub(super) fn profile(reader: &Reader, office: &super::Office, name: &str) -> String {
    let own = match name {
        "root_ca" => "own.root_ca",
        "issuing_ca" => "own.issuing_ca",
        "ocsp_responder" => "own.ocsp_responder",
        "time_stamping" => "own.time_stamping",
        "signing" => "own.signing",
        "authentication" => "own.authentication",
        other => {
            let known = office.profiles.iter().find(|profile| profile.name() == other);
            let code = reader.language.code();
            return known.map_or_else(|| built_in(other, code), |profile| profile.title(code).to_owned());
        }
    };
    reader.word(own).to_owned()
}

fn built_in(name: &str, language: &str) -> String {
    let known = mekong_authority::profile::CertificateProfile::built_in(name);
    known.map_or_else(|_| name.to_owned(), |profile| profile.title(language).to_owned())
}

/// A time with the day of its end.
pub(super) fn validity(reader: &Reader, from: Instant, to: Instant) -> Markup {
    let day = |at| format::day_element(reader.language, at);
    day(from).and(Markup::text(" – ")).and(day(to))
}

/// Everything that a certificate says but whom it names: labels and values.
pub(super) fn rows(reader: &Reader, contents: &Contents) -> Vec<(&'static str, Markup)> {
    let codes = |list: &[String]| Markup::lines(list.iter().map(Markup::code));
    let usages = Markup::lines(contents.key_usage.iter().map(|usage| usage_word(reader, usage)));
    let extended = Markup::lines(contents.extended.iter().map(|id| extended_word(reader, id)));
    let mut rows = vec![
        (reader.word("contents.validity"), validity(reader, contents.not_before, contents.not_after)),
        (reader.word("contents.key"), Markup::text(&contents.key)),
        (reader.word("contents.key_usage"), usages),
    ];
    for (label, list, drawn) in [
        ("contents.extended", &contents.extended, extended),
        ("contents.names", &contents.names, Markup::lines(contents.names.iter().map(Markup::text))),
        ("contents.policies", &contents.policies, Markup::lines(contents.policies.iter().map(|id| policy(id)))),
    ] {
        if !list.is_empty() {
            rows.push((reader.word(label), drawn));
        }
    }
    if let Some(statements) = &contents.statements {
        rows.push((reader.word("contents.qualified"), statements_lines(reader, statements)));
    }
    rows.push((reader.word("contents.ocsp"), codes(&contents.ocsp)));
    rows.push((reader.word("contents.crl"), codes(&contents.crl)));
    rows
}

/// A policy with the name that ETSI EN 319 411-2 §5.3 gives it.
fn policy(id: &str) -> Markup {
    let name = match id {
        "0.4.0.194112.1.0" => "QCP-n",
        "0.4.0.194112.1.1" => "QCP-l",
        "0.4.0.194112.1.2" => "QCP-n-qscd",
        "0.4.0.194112.1.3" => "QCP-l-qscd",
        "0.4.0.194112.1.4" => "QEVCP-w",
        _ => "",
    };
    Markup::code(id).and(Markup::text(format!(" {name}")))
}

fn usage_word(reader: &Reader, usage: &str) -> Markup {
    let key = match usage {
        "digital_signature" => "usage.digital_signature",
        "non_repudiation" => "usage.non_repudiation",
        "key_encipherment" => "usage.key_encipherment",
        "key_agreement" => "usage.key_agreement",
        "key_cert_sign" => "usage.key_cert_sign",
        "crl_sign" => "usage.crl_sign",
        other => return Markup::code(other),
    };
    reader.text(key)
}

fn extended_word(reader: &Reader, id: &str) -> Markup {
    let key = match id {
        "0.4.0.2231.3.0" => "usage.tsl_signing",
        "1.3.6.1.5.5.7.3.1" => "usage.server",
        "1.3.6.1.5.5.7.3.2" => "usage.client",
        "1.3.6.1.5.5.7.3.4" => "usage.email",
        "1.3.6.1.5.5.7.3.8" => "usage.time_stamping",
        "1.3.6.1.5.5.7.3.9" => "usage.ocsp",
        other => return Markup::code(other),
    };
    reader.text(key)
}

/// What is stated of a qualified certificate, a line each (ETSI EN 319 412-5).
fn statements_lines(reader: &Reader, statements: &Statements) -> Markup {
    let mut lines = Vec::new();
    if statements.compliance {
        lines.push(reader.text("qc.compliance"));
    }
    if statements.device {
        lines.push(reader.text("qc.device"));
    }
    for id in &statements.types {
        lines.push(match type_name(*id).as_str() {
            "signature" => reader.text("qc.signature"),
            "seal" => reader.text("qc.seal"),
            "web" => reader.text("qc.web"),
            other => Markup::code(other),
        });
    }
    if !statements.legislation.is_empty() {
        lines.push(Markup::text(reader.fill("qc.legislation", &[("countries", &statements.legislation.join(", "))])));
    }
    if let Some(years) = statements.retention_years {
        lines.push(Markup::text(reader.fill("qc.retention", &[("n", &years.to_string())])));
    }
    if let Some(limit) = &statements.limit {
        let amount = format!("{} × 10^{} {}", limit.amount, limit.exponent, limit.currency);
        lines.push(Markup::text(reader.fill("qc.limit", &[("amount", &amount)])));
    }
    for (url, language) in &statements.disclosure {
        lines.push(Markup::code(url).and(Markup::text(format!(" ({language})"))));
    }
    lines.extend(statements.others.iter().map(|id| Markup::code(id.to_string())));
    Markup::lines(lines)
}
