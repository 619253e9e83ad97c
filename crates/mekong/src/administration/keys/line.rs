//! What is told of a key and its certificate, to programs and to people.

use super::super::Desk;
use super::super::reader::Reader;
use super::known;
use crate::node::keys::Place;
use crate::node::keys::asked::{Listed, TLS, fingerprint, purpose};
use mekong_base::Instant;
use mekong_crypto::KeyType;
use mekong_exchange::administration::State;
use mekong_exchange::gateway::OwnCertificate;
use mekong_pki::Certificate;
use mekong_web::{Markup, format};
use serde::Serialize;
use utoipa::ToSchema;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A key of the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::administration) struct KeyLine {
    /// Its name, in its folder or token.
    #[schema(example = "authentication.2")]
    pub(in crate::administration) label: String,
    /// `tls`, or the member whose messages it signs.
    #[schema(example = "VN/GOV/MPS")]
    pub(in crate::administration) purpose: String,
    /// The token of hardware that it is in; none if it is in a file.
    pub(in crate::administration) token: Option<String>,
    /// Its algorithm.
    #[schema(example = "EC")]
    pub(in crate::administration) algorithm: &'static str,
    /// The size of the modulus, or of the curve's field.
    #[schema(example = 256)]
    pub(in crate::administration) bits: u16,
    /// Curve or modulus.
    #[schema(example = "P-256")]
    pub(in crate::administration) key_type: String,
    pub(in crate::administration) state: KeyState,
    /// Why it is not in use; a sentence.
    pub(in crate::administration) reason: Option<String>,
    /// Its certificate; none while it waits for one.
    pub(in crate::administration) certificate: Option<CertificateLine>,
}

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::administration) enum KeyState {
    /// Its certificate was taken out of use.
    Disabled,
    /// It is the one that is used.
    InUse,
    /// It can be used; another is.
    Ready,
    /// Whether it can be used is not known: the gateway is switched off, or has not looked at it yet.
    Unknown,
    /// It cannot be used.
    Unusable,
    /// It waits for its certificate.
    Waiting,
}

impl KeyState {
    /// Its name for people: a key of the catalogue.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Disabled => "key.state.disabled",
            Self::InUse => "key.state.in_use",
            Self::Ready => "key.state.ready",
            Self::Unknown => "key.state.unknown",
            Self::Unusable => "key.state.unusable",
            Self::Waiting => "key.state.waiting",
        }
    }
}

/// A certificate of the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::administration) struct CertificateLine {
    /// SHA-256 of it, in hexadecimal: its name in this API.
    pub(in crate::administration) fingerprint: String,
    pub(in crate::administration) subject: String,
    pub(in crate::administration) issuer: String,
    /// Its serial number, in hexadecimal.
    pub(in crate::administration) serial: String,
    #[schema(value_type = String, format = DateTime)]
    pub(in crate::administration) not_before: Instant,
    #[schema(value_type = String, format = DateTime)]
    pub(in crate::administration) not_after: Instant,
    /// Whole days until it ends; below zero if it has ended.
    pub(in crate::administration) days_left: i64,
    /// Whether its authority says that it is good, as far as the gateway knows.
    pub(in crate::administration) ocsp_good: Option<bool>,
    /// Until when that answer is fresh.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(in crate::administration) ocsp_until: Option<Instant>,
    /// Why no answer that it is good is at hand; a sentence.
    pub(in crate::administration) ocsp_problem: Option<String>,
    /// For TLS: whether the directory has it as this gateway's.
    pub(in crate::administration) registered: Option<bool>,
    /// Position at which it was taken out of use, its `ETag`; 0 while it is not.
    pub(in crate::administration) changed: u64,
}

/// Whether a certificate can be used now, whether it is or not.
pub(super) fn is_usable(known: &OwnCertificate, state: &State, now: Instant) -> bool {
    !state.disabled_certificates.contains_key(&known.fingerprint)
        && known.not_after > now
        && known.ocsp_problem.is_none()
        && known.is_registered != Some(false)
}

impl KeyLine {
    /// What is told of a key; `known` is what the gateway knows of its certificates while it runs.
    pub(super) fn of(key: &Listed, known: Option<&[OwnCertificate]>, state: &State, now: Instant) -> Self {
        let print = key.certificate.as_ref().map(fingerprint).unwrap_or_default();
        let own = known.and_then(|all| all.iter().find(|own| own.fingerprint == print));
        let is_disabled = state.disabled_certificates.contains_key(&print);
        let (standing, reason) = standing(key, known.is_some(), own, is_disabled, state, now);
        let changed = state.disabled_certificates.get(&print).copied().unwrap_or(0);
        Self {
            label: key.label.clone(),
            purpose: purpose(key.member.as_ref()),
            token: match &key.place {
                Place::Software => None,
                Place::Token(name) => Some(name.clone()),
            },
            algorithm: algorithm(key.key_type),
            bits: key.key_type.bits(),
            key_type: key.key_type.to_string(),
            state: standing,
            reason,
            certificate: key.certificate.as_ref().map(|it| CertificateLine::of(it, print, own, changed, now)),
        }
    }
}

impl CertificateLine {
    fn of(it: &Certificate, fingerprint: String, own: Option<&OwnCertificate>, changed: u64, now: Instant) -> Self {
        let left = it.not_after().unix_seconds().saturating_sub(now.unix_seconds());
        Self {
            fingerprint,
            subject: it.subject(),
            issuer: it.issuer(),
            serial: it.serial_hex(),
            not_before: it.not_before(),
            not_after: it.not_after(),
            days_left: left.div_euclid(DAY),
            ocsp_good: own.map(|own| own.ocsp_problem.is_none()),
            ocsp_until: own.and_then(|own| own.ocsp_until),
            ocsp_problem: own.and_then(|own| own.ocsp_problem.clone()),
            registered: own.and_then(|own| own.is_registered),
            changed,
        }
    }
}

/// How a key stands, and why it is not in use.
fn standing(
    key: &Listed,
    is_running: bool,
    own: Option<&OwnCertificate>,
    is_disabled: bool,
    state: &State,
    now: Instant,
) -> (KeyState, Option<String>) {
    let because = |state, why: &str| (state, Some(why.to_owned()));
    let Some(certificate) = &key.certificate else {
        return because(KeyState::Waiting, "its request waits to be certified");
    };
    if is_disabled {
        return because(KeyState::Disabled, "it was taken out of use");
    }
    if certificate.not_after() <= now {
        return because(KeyState::Unusable, "it has ended");
    }
    match own {
        None if is_running => because(KeyState::Unknown, "the gateway has not looked at it yet"),
        None => because(KeyState::Unknown, "the gateway is switched off"),
        Some(own) if own.is_used && own.ocsp_problem.is_none() => (KeyState::InUse, None),
        Some(own) if is_usable(own, state, now) => {
            let why = match key.member {
                Some(_) => "a newer one is in use",
                None => "another one is in use; a new one is used two minutes after it was registered",
            };
            because(KeyState::Ready, why)
        }
        Some(own) => {
            let unregistered =
                "the directory does not know it: have it registered as this gateway's, or wait a minute if it was";
            let why = own.ocsp_problem.as_deref().unwrap_or(unregistered);
            because(KeyState::Unusable, why)
        }
    }
}

const fn algorithm(key_type: KeyType) -> &'static str {
    match key_type {
        KeyType::Rsa(_) => "RSA",
        KeyType::Dsa(_) => "DSA",
        KeyType::Ed25519 => "EdDSA",
        _ => "EC",
    }
}

/// A certificate of ours as labels and values, for who is asked whether to change its use.
pub(in crate::administration) fn told(reader: &Reader, desk: &Desk, certificate: &str) -> Vec<(&'static str, Markup)> {
    let mut rows = vec![(reader.word("key.fingerprint"), Markup::code(certificate))];
    let known = known(desk).unwrap_or_default();
    if let Some(own) = known.iter().find(|own| own.fingerprint == certificate) {
        rows.push((reader.word("key.purpose"), purpose_text(reader, own_purpose(own))));
        rows.push((reader.word("key.subject"), Markup::text(&own.subject)));
        rows.push((reader.word("key.serial"), Markup::code(&own.serial)));
        rows.push((reader.word("key.until"), format::day_element(reader.language, own.not_after)));
    }
    rows
}

fn own_purpose(own: &OwnCertificate) -> &str {
    if own.is_registered.is_some() { TLS } else { &own.purpose }
}

/// What a key is for, in words.
pub(super) fn purpose_words(reader: &Reader, purpose: &str) -> String {
    match purpose {
        TLS => reader.word("key.tls").to_owned(),
        member => reader.fill("key.signs", &[("member", member)]),
    }
}

/// What a key is for.
pub(in crate::administration) fn purpose_text(reader: &Reader, purpose: &str) -> Markup {
    Markup::text(purpose_words(reader, purpose))
}
