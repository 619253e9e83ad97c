//! Name constraints (RFC 5280 §4.2.1.10) on every kind of name that has a rule; names of other kinds are refused once a
//! constraint of their kind meets them.

use super::{Inputs, PathError};
use crate::Certificate;
use crate::extensions;
use crate::general_name::{DirectoryName, GeneralName};
use crate::tlv::{self, TlvError, Walker, context};
use const_oid::db::rfc5280 as oid;

const EMAIL: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// Most comparisons of a name with a constraint along one path: names times constraints is what an attacker chooses.
const COMPARISONS_MAX: usize = 250_000;

/// The comparisons that are left.
pub(super) struct Work(usize);

impl Default for Work {
    fn default() -> Self {
        Self(COMPARISONS_MAX)
    }
}

/// Trees of names.
#[derive(Debug, Default)]
pub(super) struct Constraints {
    permitted: Vec<GeneralName>,
    excluded: Vec<GeneralName>,
}

/// The name constraints of a certificate, decoded.
pub(super) fn read_constraints(certificate: &Certificate) -> Result<Option<Constraints>, PathError> {
    let malformed = |e: TlvError| PathError::Malformed {
        subject: certificate.subject(),
        reason: format!("extension {}: {e}", oid::ID_CE_NAME_CONSTRAINTS),
    };
    let list = extensions::read(certificate.extensions_der()).map_err(malformed)?;
    let Some(extension) = list.iter().find(|e| e.is(&oid::ID_CE_NAME_CONSTRAINTS)) else { return Ok(None) };
    let mut fields = Walker::open(extension.value, tlv::SEQUENCE, "nameConstraints").map_err(malformed)?;
    let permitted = fields.optional(context(0), "permittedSubtrees").map_err(malformed)?;
    let excluded = fields.optional(context(1), "excludedSubtrees").map_err(malformed)?;
    fields.finish("nameConstraints").map_err(malformed)?;
    if permitted.is_none() && excluded.is_none() {
        return Err(malformed(TlvError("neither permitted nor excluded names".into())));
    }
    let trees = |field: Option<tlv::Tlv<'_>>| field.map(|f| read_subtrees(f.value)).transpose();
    Ok(Some(Constraints {
        permitted: trees(permitted).map_err(malformed)?.unwrap_or_default(),
        excluded: trees(excluded).map_err(malformed)?.unwrap_or_default(),
    }))
}

fn read_subtrees(content: &[u8]) -> Result<Vec<GeneralName>, TlvError> {
    let (mut list, mut trees) = (Walker::new(content), Vec::new());
    while !list.is_empty() {
        let mut tree = list.enter(tlv::SEQUENCE, "GeneralSubtree")?;
        let base = GeneralName::read(tree.next("base")?)?;
        let minimum = tree.optional(0x80, "minimum")?;
        if minimum.is_some_and(|m| m.value != [0]) || tree.peek_tag() == Some(0x81) {
            return Err(TlvError("a subtree with minimum or maximum is not supported".into()));
        }
        tree.finish("GeneralSubtree")?;
        check_base(&base)?;
        trees.push(base);
    }
    match trees.is_empty() {
        true => Err(TlvError("a list of subtrees without any".into())),
        false => Ok(trees),
    }
}

/// Whether a constraint has the form of its kind.
fn check_base(base: &GeneralName) -> Result<(), TlvError> {
    let sound = match base {
        GeneralName::Dns(text) => is_every_dns_name(text) || is_dns_name(text, false),
        GeneralName::Ip(bytes) => matches!(bytes.len(), 8 | 32) && is_mask(bytes.split_at(bytes.len() / 2).1),
        GeneralName::Email(text) => {
            let (local, host) = text.rsplit_once('@').map_or((None, text.as_str()), |(l, h)| (Some(l), h));
            text.is_ascii()
                && local.is_none_or(is_local_part)
                && is_dns_name(host.strip_prefix('.').unwrap_or(host), false)
        }
        GeneralName::Uri(text) => is_dns_name(text.strip_prefix('.').unwrap_or(text), false),
        _ => true,
    };
    if sound { Ok(()) } else { Err(TlvError(format!("{base} is no constraint"))) }
}

/// The constraint that every DNS name meets: no text, or, as the authority of Estonian identity cards wrote it in 2015, two
/// quotation marks that were meant to hold no text.
fn is_every_dns_name(base: &str) -> bool {
    matches!(base, "" | "\"\"")
}

/// Ones, then zeros.
fn is_mask(mask: &[u8]) -> bool {
    let ones: u32 = mask.iter().take_while(|b| **b == 0xff).map(|_| 8).sum();
    let rest = mask.iter().skip(ones as usize / 8);
    rest.enumerate().all(|(i, b)| if i == 0 { b.leading_ones() + b.trailing_zeros() == 8 } else { *b == 0 })
}

/// Labels of letters, digits, hyphens and underscores; an asterisk may be the first label where wildcards are.
fn is_dns_name(text: &str, wildcard: bool) -> bool {
    let rest = if wildcard { text.strip_prefix("*.").unwrap_or(text) } else { text };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (1..=253).contains(&rest.len()) && rest.split('.').all(is_label)
}

/// What stands before the `@` of a mailbox: quoted, or without another `@`.
fn is_local_part(text: &str) -> bool {
    let quoted = text.len() > 2 && text.starts_with('"') && text.ends_with('"');
    !text.is_empty() && (quoted || !text.contains('@'))
}

/// All alternative names of a certificate.
pub(super) fn read_alternatives(value: &[u8]) -> Result<Vec<GeneralName>, TlvError> {
    let names = Walker::open(value, tlv::SEQUENCE, "subjectAltName").and_then(|_| {
        let whole = Walker::new(value).next("subjectAltName")?;
        GeneralName::read_all(whole.value)
    })?;
    let ascii = |name: &GeneralName| match name {
        GeneralName::Email(text) | GeneralName::Dns(text) | GeneralName::Uri(text) => text.is_ascii(),
        GeneralName::Ip(bytes) => matches!(bytes.len(), 4 | 16),
        _ => true,
    };
    match names.iter().find(|name| !ascii(name)) {
        Some(name) => Err(TlvError(format!("alternative name {name} is malformed"))),
        None => Ok(names),
    }
}

/// Applies the constraints of `authority`, if any, to the certificates below it, leaf first.
pub(super) fn check<'a>(
    authority: &Certificate,
    below: impl Iterator<Item = &'a Certificate>,
    work: &mut Work,
) -> Result<(), PathError> {
    let Some(constraints) = read_constraints(authority)? else { return Ok(()) };
    apply(&constraints, authority, below, work)
}

/// Applies the initial constraints of the user (§6.1.1 (h), (i)) to the whole path.
pub(super) fn check_initial(
    inputs: &Inputs,
    path: &[&Certificate],
    anchor: &Certificate,
    work: &mut Work,
) -> Result<(), PathError> {
    let constraints = Constraints { permitted: inputs.permitted.clone(), excluded: inputs.excluded.clone() };
    apply(&constraints, anchor, path.iter().copied(), work)
}

fn apply<'a>(
    constraints: &Constraints,
    authority: &Certificate,
    below: impl Iterator<Item = &'a Certificate>,
    work: &mut Work,
) -> Result<(), PathError> {
    if constraints.permitted.is_empty() && constraints.excluded.is_empty() {
        return Ok(());
    }
    for (i, certificate) in below.enumerate() {
        let exempt = i > 0 && certificate.is_self_issued();
        if !exempt {
            Check { authority, certificate, constraints }.all(work)?;
        }
    }
    Ok(())
}

struct Check<'a> {
    authority: &'a Certificate,
    certificate: &'a Certificate,
    constraints: &'a Constraints,
}

impl Check<'_> {
    fn all(&self, work: &mut Work) -> Result<(), PathError> {
        for name in self.names()? {
            self.one(&name, work)?;
        }
        Ok(())
    }

    /// Subject, e-mail addresses in it, alternative names.
    fn names(&self) -> Result<Vec<GeneralName>, PathError> {
        let mut names = Vec::new();
        let subject = DirectoryName::new(self.certificate.subject_der());
        if !subject.canonical().is_empty() {
            names.push(GeneralName::Directory(subject));
        }
        for attribute in self.certificate.subject_name().0.iter().flat_map(|rdn| rdn.0.iter()) {
            if attribute.oid == EMAIL {
                let text = crate::name::attribute_text(&attribute.value).unwrap_or_default();
                names.push(GeneralName::Email(text));
            }
        }
        let malformed = |e: TlvError| PathError::Malformed { subject: self.certificate.subject(), reason: e.0 };
        for extension in extensions::read(self.certificate.extensions_der()).map_err(malformed)? {
            if extension.is(&oid::ID_CE_SUBJECT_ALT_NAME) {
                names.extend(read_alternatives(extension.value).map_err(malformed)?);
            }
        }
        Ok(names)
    }

    fn one(&self, name: &GeneralName, work: &mut Work) -> Result<(), PathError> {
        let same_kind = |base: &&GeneralName| base.same_kind(name);
        let mut permitted = None;
        for base in self.constraints.permitted.iter().filter(same_kind) {
            permitted = Some(permitted == Some(true) || self.within(name, base, false, work)?);
        }
        let mut forbidden = permitted == Some(false);
        for base in self.constraints.excluded.iter().filter(same_kind) {
            forbidden |= self.within(name, base, true, work)?;
        }
        match forbidden {
            false => Ok(()),
            true => Err(PathError::NameNotPermitted {
                subject: self.certificate.subject(),
                name: name.to_string(),
                authority: self.authority.subject(),
            }),
        }
    }

    /// Whether the name is within the tree; for excluded trees, whether anything that the name stands for is.
    fn within(
        &self,
        name: &GeneralName,
        base: &GeneralName,
        excluding: bool,
        work: &mut Work,
    ) -> Result<bool, PathError> {
        work.0 = work.0.checked_sub(1).ok_or(PathError::TooMuchWork)?;
        let found = match (name, base) {
            (GeneralName::Directory(name), GeneralName::Directory(base))
                if name.is_comparable() && base.is_comparable() =>
            {
                Some(name.canonical().starts_with(base.canonical()))
            }
            (GeneralName::Dns(name), GeneralName::Dns(base)) if is_dns_name(name, true) => {
                Some(dns_within(name, base) || (excluding && wildcard_meets(name, base)))
            }
            (GeneralName::Email(name), GeneralName::Email(base)) => email_within(name, base),
            (GeneralName::Uri(name), GeneralName::Uri(base)) => uri_host(name).map(|host| host_within(host, base)),
            (GeneralName::Ip(name), GeneralName::Ip(base)) => Some(address_within(name, base)),
            _ => None,
        };
        found.ok_or_else(|| PathError::UnsupportedConstraint {
            subject: self.certificate.subject(),
            authority: self.authority.subject(),
            what: format!("the kind or form of {name}"),
        })
    }
}

/// The base, or any name made of it by labels on the left. An empty base takes every name.
fn dns_within(name: &str, base: &str) -> bool {
    if is_every_dns_name(base) {
        return true;
    }
    match strip_suffix_ignoring_case(name, base) {
        None => false,
        Some(left) => left.is_empty() || base.is_empty() || left.ends_with('.'),
    }
}

/// Whether a wildcard stands for a name in the tree although the wildcard itself is above it.
fn wildcard_meets(name: &str, base: &str) -> bool {
    let Some((parent, (label, rest))) = name.strip_prefix("*.").zip(base.split_once('.')) else { return false };
    !label.is_empty() && rest.eq_ignore_ascii_case(parent)
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (left, right) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    right.eq_ignore_ascii_case(suffix).then_some(left)
}

/// A mailbox, all mailboxes of a host, or with a leading dot of the hosts below it. `None` if the name is no address.
fn email_within(name: &str, base: &str) -> Option<bool> {
    let (local, host) =
        name.rsplit_once('@').filter(|(local, host)| is_local_part(local) && is_dns_name(host, false))?;
    Some(match base.rsplit_once('@') {
        Some((base_local, base_host)) => local == base_local && host.eq_ignore_ascii_case(base_host),
        None => host_within(host, base),
    })
}

/// A host exactly, or with a leading dot those below it.
fn host_within(host: &str, base: &str) -> bool {
    match base.starts_with('.') {
        true => strip_suffix_ignoring_case(host, base).is_some_and(|left| !left.is_empty()),
        false => host.eq_ignore_ascii_case(base),
    }
}

/// The host of a URI; `None` if it has none, or an address in its place.
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let last_label = host.rsplit('.').next().unwrap_or_default();
    (is_dns_name(host, false) && !last_label.bytes().all(|b| b.is_ascii_digit())).then_some(host)
}

/// The base is an address followed by a mask of the same length.
fn address_within(address: &[u8], base: &[u8]) -> bool {
    let (network, mask) = base.split_at(base.len() / 2);
    let masked = |address: &u8, mask: &u8| address & mask;
    address.len() == network.len()
        && mask.len() == network.len()
        && address.iter().zip(mask).map(|(a, m)| masked(a, m)).eq(network.iter().zip(mask).map(|(a, m)| masked(a, m)))
}
