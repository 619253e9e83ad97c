//! What one validation carries along: the context, the pool, and every public-key operation at most once.

use super::chain::Chain;
use super::material::{Material, digest_of};
use super::revocation::Evidence;
use super::{Context, policy};
use crate::facts::Document;
use mekong_crypto::{DigestAlgorithm, sha256};
use mekong_pki::Certificate;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// Most public-key operations of one validation; what is left unchecked then counts as not verified.
const OPERATIONS_MAX: usize = 2_000;

/// A certificate and its issuer, by SHA-256.
type Edge = ([u8; 32], [u8; 32]);

/// Evidence by certificate and issuer, and the anchor of the path.
type Statuses = HashMap<(Edge, [u8; 32]), Rc<[Evidence]>>;

/// One validation under way.
pub(super) struct Work<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) material: Material,
    edges: RefCell<HashMap<Edge, bool>>,
    operations_left: Cell<usize>,
    statuses: RefCell<Statuses>,
    /// Paths that were processed, by the SHA-256 of their certificates.
    paths: RefCell<HashMap<[u8; 32], Result<(), String>>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(document: &Document, context: &'a Context<'a>) -> Self {
        Self {
            context,
            material: Material::gather(document, context),
            edges: RefCell::default(),
            operations_left: Cell::new(OPERATIONS_MAX),
            statuses: RefCell::default(),
            paths: RefCell::default(),
        }
    }

    /// The demands of the policy.
    pub(super) fn rules(&self) -> &'a policy::Rules {
        &self.context.policy.rules
    }

    /// Whether `subject` is signed with the key of `issuer`; found out once.
    pub(super) fn is_signed_by(&self, subject: &Certificate, issuer: &Certificate) -> bool {
        let edge = (digest_of(subject), digest_of(issuer));
        if let Some(known) = self.edges.borrow().get(&edge) {
            return *known;
        }
        let holds = self.spend() && subject.verify_signature(issuer.public_key()).is_ok();
        self.edges.borrow_mut().insert(edge, holds);
        holds
    }

    /// The rules of RFC 5280 for a path, applied once.
    pub(super) fn structure(&self, chain: &Chain<'_>) -> Result<(), String> {
        let all = chain.certificates.iter().chain(std::iter::once(&chain.anchor.certificate));
        let key = sha256(&all.flat_map(digest_of).collect::<Vec<u8>>());
        if let Some(known) = self.paths.borrow().get(&key) {
            return known.clone();
        }
        let result = chain.structure();
        self.paths.borrow_mut().insert(key, result.clone());
        result
    }

    /// Takes one public-key operation from what is left; false if nothing is.
    pub(super) fn spend(&self) -> bool {
        match self.operations_left.get().checked_sub(1) {
            Some(left) => {
                self.operations_left.set(left);
                true
            }
            None => false,
        }
    }

    /// Whether the limit on public-key operations was reached, so that the verdict may be worse than deserved.
    pub(super) fn is_exhausted(&self) -> bool {
        self.operations_left.get() == 0
    }

    /// The revocation evidence for `certificate` of `issuer` on a path to `anchor`, found once.
    pub(super) fn evidence(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        anchor: &Certificate,
    ) -> Rc<[Evidence]> {
        let key = ((digest_of(certificate), digest_of(issuer)), digest_of(anchor));
        if let Some(found) = self.statuses.borrow().get(&key) {
            return Rc::clone(found);
        }
        let found: Rc<[Evidence]> = super::revocation::evidence_for(self, certificate, issuer, anchor).into();
        self.statuses.borrow_mut().insert(key, Rc::clone(&found));
        found
    }
}

/// Digest algorithm and value in words.
pub(super) fn digest_text(algorithm: DigestAlgorithm, value: &[u8]) -> String {
    format!("{} {}", algorithm.name(), hex::encode(value))
}
