//! Certificate policies along a path: the valid policy graph (RFC 9618, in place of the tree of RFC 5280 §6.1.2 (a)).

use crate::extensions::oid_text;
use crate::tlv::{self, TlvError, Walker};
use const_oid::ObjectIdentifier;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// `anyPolicy` (RFC 5280 §4.2.1.4).
pub const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

/// Most policies, and most mappings, that are read in one certificate.
const POLICIES_MAX: usize = 1024;

/// The content octets of a policy's OID: national authorities number theirs with arcs that no type holds.
pub(super) type Policy = Vec<u8>;

/// [`ANY_POLICY`].
pub(super) fn any() -> Policy {
    ANY_POLICY.as_bytes().to_vec()
}

/// One policy at one depth of the path.
#[derive(Debug, Default)]
struct Node {
    /// Policies one level higher under which this one is valid.
    parents: Vec<Policy>,
    /// Policies that a certificate below may name to stay under this one.
    expected: BTreeSet<Policy>,
}

/// Policies that are still valid, level by level from the anchor down. Empty once none is.
#[derive(Debug)]
pub(super) struct Graph {
    levels: Vec<BTreeMap<Policy, Node>>,
}

impl Graph {
    pub(super) fn new() -> Self {
        let root = Node { parents: Vec::new(), expected: BTreeSet::from([any()]) };
        Self { levels: vec![BTreeMap::from([(any(), root)])] }
    }

    /// Whether no policy is valid any more.
    pub(super) fn is_null(&self) -> bool {
        self.levels.is_empty()
    }

    /// A certificate without policies ends it.
    pub(super) fn clear(&mut self) {
        self.levels.clear();
    }

    /// §6.1.3 (d): the policies of the next certificate; `any_allowed` if anyPolicy counts in it.
    pub(super) fn add(&mut self, policies: &[Policy], any_allowed: bool) {
        let Some(above) = self.levels.last() else { return };
        let mut parents_of: HashMap<Policy, Vec<Policy>> = HashMap::new();
        for (policy, node) in above {
            for expected in &node.expected {
                parents_of.entry(expected.clone()).or_default().push(policy.clone());
            }
        }
        let mut level = BTreeMap::new();
        for policy in policies.iter().filter(|p| **p != any()) {
            let parents = match parents_of.get(policy) {
                Some(parents) => parents.clone(),
                None if above.contains_key(&any()) => vec![any()],
                None => continue,
            };
            level.insert(policy.clone(), Node { parents, expected: BTreeSet::from([policy.clone()]) });
        }
        if any_allowed && policies.contains(&any()) {
            for (policy, parents) in parents_of {
                let expected = BTreeSet::from([policy.clone()]);
                level.entry(policy).or_insert(Node { parents, expected });
            }
        }
        match level.is_empty() {
            true => self.clear(),
            false => self.levels.push(level),
        }
    }

    /// §6.1.4 (b): the mappings of the certificate added last.
    pub(super) fn map(&mut self, mappings: &[(Policy, Policy)], allowed: bool) {
        let mut targets: BTreeMap<Policy, BTreeSet<Policy>> = BTreeMap::new();
        for (from, to) in mappings {
            targets.entry(from.clone()).or_default().insert(to.clone());
        }
        let Some(level) = self.levels.last_mut() else { return };
        let has_any = level.contains_key(&any());
        for (from, expected) in targets {
            match (allowed, level.get_mut(&from)) {
                (true, Some(node)) => node.expected = expected,
                (true, None) if has_any => {
                    level.insert(from, Node { parents: vec![any()], expected });
                }
                (true, None) => {}
                (false, _) => {
                    level.remove(&from);
                }
            }
        }
        if level.is_empty() {
            self.clear();
        }
    }

    /// §6.1.5 (g) as RFC 9618 §5.4 words it: the policies, as the anchor's domain calls them, under which the path is valid.
    pub(super) fn authority_policies(&self) -> BTreeSet<Policy> {
        let Some(last) = self.levels.last() else { return BTreeSet::new() };
        let mut valid = BTreeSet::new();
        if last.contains_key(&any()) {
            valid.insert(any());
        }
        // From the leaf upwards, nodes with descendants down to the leaf.
        let mut alive: BTreeSet<Policy> = last.keys().cloned().collect();
        for level in self.levels.iter().rev() {
            let mut parents = BTreeSet::new();
            for (policy, node) in level.iter().filter(|(policy, _)| alive.contains(*policy)) {
                if *policy != any() && node.parents.contains(&any()) {
                    valid.insert(policy.clone());
                }
                parents.extend(node.parents.iter().cloned());
            }
            alive = parents;
        }
        valid
    }
}

/// What a certificate says of policies, decoded.
#[derive(Debug, Default)]
pub(super) struct Statements {
    /// `certificatePolicies`; `None` if the extension is absent.
    pub(super) policies: Option<Vec<Policy>>,
    pub(super) mappings: Vec<(Policy, Policy)>,
    pub(super) require_explicit: Option<usize>,
    pub(super) inhibit_mapping: Option<usize>,
    pub(super) inhibit_any: Option<usize>,
}

/// `CertificatePolicies`; a policy that is there twice is an error.
pub(super) fn read_policies(value: &[u8]) -> Result<Vec<Policy>, TlvError> {
    let (mut list, mut policies) = (Walker::open(value, tlv::SEQUENCE, "certificatePolicies")?, Vec::new());
    let mut seen = BTreeSet::new();
    while !list.is_empty() {
        let policy = read_oid(&mut list.enter(tlv::SEQUENCE, "PolicyInformation")?, "policyIdentifier")?;
        if !seen.insert(policy.clone()) || policies.len() >= POLICIES_MAX {
            return Err(TlvError(format!(
                "policy {} is there twice, or there are more than {POLICIES_MAX}",
                oid_text(&policy)
            )));
        }
        policies.push(policy);
    }
    Ok(policies)
}

/// `PolicyMappings`.
pub(super) fn read_mappings(value: &[u8]) -> Result<Vec<(Policy, Policy)>, TlvError> {
    let (mut list, mut mappings) = (Walker::open(value, tlv::SEQUENCE, "policyMappings")?, Vec::new());
    while !list.is_empty() {
        let mut mapping = list.enter(tlv::SEQUENCE, "policyMapping")?;
        let from = read_oid(&mut mapping, "issuerDomainPolicy")?;
        let to = read_oid(&mut mapping, "subjectDomainPolicy")?;
        mapping.finish("policyMapping")?;
        if mappings.len() >= POLICIES_MAX {
            return Err(TlvError(format!("more than {POLICIES_MAX} policy mappings")));
        }
        mappings.push((from, to));
    }
    Ok(mappings)
}

/// `PolicyConstraints`: requireExplicitPolicy, inhibitPolicyMapping.
pub(super) fn read_constraints(value: &[u8]) -> Result<(Option<usize>, Option<usize>), TlvError> {
    let mut constraints = Walker::open(value, tlv::SEQUENCE, "policyConstraints")?;
    let explicit = constraints.optional(0x80, "requireExplicitPolicy")?.map(|n| read_count(n.value)).transpose()?;
    let mapping = constraints.optional(0x81, "inhibitPolicyMapping")?.map(|n| read_count(n.value)).transpose()?;
    constraints.finish("policyConstraints")?;
    Ok((explicit, mapping))
}

/// `SkipCerts`: a small number; one that is too large for us is as good as none at all.
pub(super) fn read_count(value: &[u8]) -> Result<usize, TlvError> {
    match value {
        [] | [0x80..=0xff, ..] => Err(TlvError("a number of certificates is negative or empty".into())),
        octets => Ok(octets.iter().fold(0usize, |n, o| n.saturating_mul(256).saturating_add(usize::from(*o)))),
    }
}

fn read_oid(walker: &mut Walker<'_>, what: &str) -> Result<Policy, TlvError> {
    match walker.take(tlv::OID, what)?.value {
        [] => Err(TlvError(format!("{what} is empty"))),
        octets => Ok(octets.to_vec()),
    }
}
