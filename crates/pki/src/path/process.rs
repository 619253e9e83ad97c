//! The decision on one chain (RFC 5280 §6.1), from the anchor down to the leaf.

use super::policy::{self, ANY_POLICY, Graph, Policy, Statements, any};
use super::{Chain, PathError, names};
use crate::Certificate;
use crate::extensions;
use crate::general_name::GeneralName;
use const_oid::db::rfc5280 as oid;
use const_oid::{AssociatedOid, ObjectIdentifier, db};
use der::DecodeOwned;
use mekong_base::Instant;
use std::collections::BTreeSet;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

/// What a path is processed with (RFC 5280 §6.1.1).
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The time at which every certificate of the path must be valid.
    pub at: Instant,
    /// Whether validity is looked at. Off to learn if a path is sound apart from its time.
    pub check_validity: bool,
    /// Whether the anchor, too, must be valid at that time. RFC 5280 does not ask it; configured roots usually should.
    pub check_anchor_validity: bool,
    /// The policies acceptable to the user, [`ANY_POLICY`] for all.
    pub policies: Vec<ObjectIdentifier>,
    /// Whether the path must be valid for at least one of them.
    pub explicit_policy: bool,
    /// Whether policy mapping is forbidden.
    pub inhibit_mapping: bool,
    /// Whether anyPolicy in certificates counts for nothing.
    pub inhibit_any_policy: bool,
    /// Names below the anchor must be within one of these of their kind; a kind that is not named is free.
    pub permitted: Vec<GeneralName>,
    /// Names below the anchor must be within none of these.
    pub excluded: Vec<GeneralName>,
}

impl Inputs {
    /// At this time, any policy, no initial constraint.
    pub fn at(at: Instant) -> Self {
        Self {
            at,
            check_validity: true,
            check_anchor_validity: false,
            policies: vec![ANY_POLICY],
            explicit_policy: false,
            inhibit_mapping: false,
            inhibit_any_policy: false,
            permitted: Vec::new(),
            excluded: Vec::new(),
        }
    }
}

/// What a valid path is valid for (RFC 5280 §6.1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valid {
    /// Policies under which the path is valid, as the anchor's domain calls them; [`ANY_POLICY`] is all. Numbers that
    /// [`ObjectIdentifier`] cannot hold are left out.
    pub authority_policies: Vec<ObjectIdentifier>,
    /// Those of them that the user accepts.
    pub user_policies: Vec<ObjectIdentifier>,
}

/// Decides on a chain that [`super::build`] found, or any other: signatures are checked (again, unless the same
/// [`Certificate`] was checked with the same key before). A leaf that is an anchor itself is valid by that.
///
/// # Errors
/// The first condition of RFC 5280 §6.1 that fails, from the anchor down; see [`PathError`].
pub fn process(chain: &Chain, inputs: &Inputs) -> Result<Valid, PathError> {
    if chain.is_anchor_alone() {
        let user_policies = inputs.policies.clone();
        return Ok(Valid { authority_policies: vec![ANY_POLICY], user_policies });
    }
    if chain.certificates.len() >= super::PATH_CERTIFICATES_MAX {
        return Err(PathError::TooLong);
    }
    for (certificate, issuer) in chain.links() {
        if !certificate.names_issuer(issuer) {
            let (subject, issuer) = (certificate.subject(), certificate.issuer());
            return Err(PathError::NoIssuer { subject, issuer, extra: chain.certificates.len() });
        }
        certificate.verify_signature(issuer.public_key()).map_err(|source| PathError::Signature {
            subject: certificate.subject(),
            issuer: issuer.subject(),
            source,
        })?;
    }
    let path: Vec<&Certificate> = chain.certificates.iter().collect();
    run(&path, &chain.anchor.certificate, inputs)
}

/// Everything but signatures and name chaining; `path` is leaf first without the anchor.
pub(super) fn run(path: &[&Certificate], anchor: &Certificate, inputs: &Inputs) -> Result<Valid, PathError> {
    check_anchor(anchor, inputs)?;
    let mut policies = Policies::new(path.len(), inputs);
    for (below, certificate) in path.iter().enumerate().rev() {
        if inputs.check_validity {
            check_validity(certificate, inputs.at)?;
        }
        check_extensions(certificate)?;
        policies.next(certificate, below == 0)?;
        if below > 0 {
            may_issue(certificate)?;
        }
    }
    check_lengths(path, anchor)?;
    let mut work = names::Work::default();
    names::check_initial(inputs, path, anchor, &mut work)?;
    for (below, authority) in path.iter().skip(1).copied().chain(std::iter::once(anchor)).enumerate() {
        names::check(authority, path.iter().take(below + 1).copied(), &mut work)?;
    }
    let leaf = path.first().copied().unwrap_or(anchor);
    policies.finish(leaf, inputs)
}

fn check_anchor(anchor: &Certificate, inputs: &Inputs) -> Result<(), PathError> {
    if inputs.check_validity && inputs.check_anchor_validity {
        check_validity(anchor, inputs.at)?;
        check_extensions(anchor)?;
    }
    if anchor.basic_constraints().is_some_and(|b| !b.ca) {
        return Err(PathError::NotAnAuthority(anchor.subject()));
    }
    may_sign(anchor)
}

pub(super) fn check_validity(certificate: &Certificate, at: Instant) -> Result<(), PathError> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if at < not_before {
        return Err(PathError::NotYetValid { subject: certificate.subject(), not_before, at });
    }
    if at.whole_seconds() > not_after {
        return Err(PathError::Expired { subject: certificate.subject(), not_after, at });
    }
    Ok(())
}

/// Extensions that may be critical: those applied here, and those about matters that others decide.
const KNOWN: [ObjectIdentifier; 18] = [
    oid::ID_CE_BASIC_CONSTRAINTS,
    oid::ID_CE_KEY_USAGE,
    oid::ID_CE_EXT_KEY_USAGE,
    oid::ID_CE_SUBJECT_ALT_NAME,
    oid::ID_CE_ISSUER_ALT_NAME,
    oid::ID_CE_NAME_CONSTRAINTS,
    oid::ID_CE_CERTIFICATE_POLICIES,
    oid::ID_CE_POLICY_MAPPINGS,
    oid::ID_CE_POLICY_CONSTRAINTS,
    oid::ID_CE_INHIBIT_ANY_POLICY,
    oid::ID_CE_CRL_DISTRIBUTION_POINTS,
    oid::ID_CE_FRESHEST_CRL,
    oid::ID_CE_SUBJECT_KEY_IDENTIFIER,
    oid::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    oid::ID_CE_PRIVATE_KEY_USAGE_PERIOD,
    db::rfc5912::ID_PE_AUTHORITY_INFO_ACCESS,
    crate::issue::OCSP_NO_CHECK,
    // QcStatements (RFC 3739 §3.2.6), which say what a certificate is worth, not whether it is valid.
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3"),
];

/// §6.1.4 (o), §6.1.5 (f): no unknown critical extension; no extension twice; those applied here decode.
pub(super) fn check_extensions(certificate: &Certificate) -> Result<(), PathError> {
    let malformed = |reason: String| PathError::Malformed { subject: certificate.subject(), reason };
    let list = extensions::read(certificate.extensions_der()).map_err(|e| malformed(e.0))?;
    for extension in &list {
        if extension.critical && !KNOWN.iter().any(|known| extension.is(known)) {
            let oid = ObjectIdentifier::from_bytes(extension.oid).map_err(|_| malformed(extension.name()))?;
            return Err(PathError::UnknownCritical { subject: certificate.subject(), oid });
        }
        if extension.is(&oid::ID_CE_SUBJECT_ALT_NAME) {
            names::read_alternatives(extension.value).map_err(|e| malformed(e.0))?;
        }
    }
    decodes::<BasicConstraints>(certificate)?;
    decodes::<KeyUsage>(certificate)?;
    decodes::<ExtendedKeyUsage>(certificate)?;
    if certificate.extension::<ExtendedKeyUsage>().is_ok_and(|e| e.is_some_and(|(_, usages)| usages.0.is_empty())) {
        return Err(malformed(format!("extension {} names no usage", ExtendedKeyUsage::OID)));
    }
    if certificate.issuer_canonical().is_empty() {
        return Err(malformed("it names no issuer (RFC 5280 §4.1.2.4)".to_owned()));
    }
    names::read_constraints(certificate).map(drop)
}

fn decodes<T: AssociatedOid + DecodeOwned>(certificate: &Certificate) -> Result<(), PathError> {
    match certificate.extension::<T>() {
        Ok(_) => Ok(()),
        Err(error) => Err(PathError::Malformed { subject: certificate.subject(), reason: error.to_string() }),
    }
}

/// A certificate below the anchor may issue only if its extensions say so (RFC 5280 §6.1.4 (k), (n)).
pub(super) fn may_issue(issuer: &Certificate) -> Result<(), PathError> {
    if !issuer.is_ca() {
        return Err(PathError::NotAnAuthority(issuer.subject()));
    }
    may_sign(issuer)
}

fn may_sign(issuer: &Certificate) -> Result<(), PathError> {
    match issuer.key_usage() {
        Some(usage) if !usage.key_cert_sign() => Err(PathError::NotForSigning(issuer.subject())),
        _ => Ok(()),
    }
}

/// §6.1.4 (l), (m): authorities that issued to themselves do not count.
fn check_lengths(path: &[&Certificate], anchor: &Certificate) -> Result<(), PathError> {
    let authorities = path.iter().skip(1).copied().chain(std::iter::once(anchor));
    let mut found = 0;
    for authority in authorities {
        // `found` authorities lie between this one and the leaf.
        let limit = authority.basic_constraints().and_then(|b| b.path_len_constraint);
        if let Some(limit) = limit.filter(|limit| usize::from(*limit) < found) {
            return Err(PathError::PathLength { subject: authority.subject(), limit, found });
        }
        found += usize::from(!authority.is_self_issued());
    }
    Ok(())
}

/// The state variables about policies (§6.1.2).
struct Policies {
    graph: Graph,
    explicit: usize,
    mapping: usize,
    any: usize,
}

impl Policies {
    fn new(length: usize, inputs: &Inputs) -> Self {
        let start = |inhibited: bool| if inhibited { 0 } else { length + 1 };
        Self {
            graph: Graph::new(),
            explicit: start(inputs.explicit_policy),
            mapping: start(inputs.inhibit_mapping),
            any: start(inputs.inhibit_any_policy),
        }
    }

    /// The next certificate from the anchor down.
    fn next(&mut self, certificate: &Certificate, is_leaf: bool) -> Result<(), PathError> {
        let statements = read(certificate)?;
        let self_issued = certificate.is_self_issued();
        match &statements.policies {
            Some(policies) => self.graph.add(policies, self.any > 0 || (!is_leaf && self_issued)),
            None => self.graph.clear(),
        }
        if self.explicit == 0 && self.graph.is_null() {
            return Err(PathError::PolicyRequired { subject: certificate.subject() });
        }
        if is_leaf {
            self.explicit = match statements.require_explicit {
                Some(0) => 0,
                _ => self.explicit.saturating_sub(1),
            };
            return Ok(());
        }
        if statements.mappings.iter().any(|(from, to)| *from == any() || *to == any()) {
            return Err(PathError::MapsAnyPolicy { subject: certificate.subject() });
        }
        self.graph.map(&statements.mappings, self.mapping > 0);
        let step = usize::from(!self_issued);
        let lower = |counter: usize, limit: Option<usize>| {
            let counter = counter.saturating_sub(step);
            limit.map_or(counter, |limit| counter.min(limit))
        };
        self.explicit = lower(self.explicit, statements.require_explicit);
        self.mapping = lower(self.mapping, statements.inhibit_mapping);
        self.any = lower(self.any, statements.inhibit_any);
        Ok(())
    }

    /// §6.1.5 (g).
    fn finish(self, leaf: &Certificate, inputs: &Inputs) -> Result<Valid, PathError> {
        let authority = self.graph.authority_policies();
        let user: BTreeSet<Policy> = if inputs.policies.contains(&ANY_POLICY) {
            authority.clone()
        } else {
            let all = authority.contains(&any());
            let accepted = inputs.policies.iter().map(|p| p.as_bytes().to_vec());
            accepted.filter(|p| all || authority.contains(p)).collect()
        };
        if self.explicit == 0 && user.is_empty() {
            return Err(PathError::PolicyRequired { subject: leaf.subject() });
        }
        let identifiers =
            |policies: BTreeSet<Policy>| policies.iter().filter_map(|p| ObjectIdentifier::from_bytes(p).ok()).collect();
        Ok(Valid { authority_policies: identifiers(authority), user_policies: identifiers(user) })
    }
}

fn read(certificate: &Certificate) -> Result<Statements, PathError> {
    let malformed = |e: crate::tlv::TlvError| PathError::Malformed { subject: certificate.subject(), reason: e.0 };
    let mut found = Statements::default();
    for extension in extensions::read(certificate.extensions_der()).map_err(malformed)? {
        if extension.is(&oid::ID_CE_CERTIFICATE_POLICIES) {
            found.policies = Some(policy::read_policies(extension.value).map_err(malformed)?);
        } else if extension.is(&oid::ID_CE_POLICY_MAPPINGS) {
            found.mappings = policy::read_mappings(extension.value).map_err(malformed)?;
        } else if extension.is(&oid::ID_CE_POLICY_CONSTRAINTS) {
            (found.require_explicit, found.inhibit_mapping) =
                policy::read_constraints(extension.value).map_err(malformed)?;
        } else if extension.is(&oid::ID_CE_INHIBIT_ANY_POLICY) {
            let number = crate::tlv::Walker::new(extension.value)
                .take(crate::tlv::INTEGER, "inhibitAnyPolicy")
                .and_then(|n| policy::read_count(n.value));
            found.inhibit_any = Some(number.map_err(malformed)?);
        }
    }
    Ok(found)
}
