//! Tests of building and processing: circles, bags, key roll-over, policies.
#![allow(clippy::indexing_slicing)]

use super::*;
use crate::issue::{self, Issuer, Order, Profile, Serial, Urls};
use crate::path::{ANY_POLICY, Inputs, process};
use crate::testing::{TestResult, days, epoch, issued, self_signed, subject};
use const_oid::ObjectIdentifier;
use mekong_crypto::PrivateKey;
use std::time::{Duration, Instant};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const CA: Profile = Profile::IssuingCa { path_len: None };

fn anchors(certificates: &[&Certificate]) -> Anchors {
    certificates.iter().map(|c| Anchor::given((*c).clone(), "test")).collect()
}

fn subjects(chain: &Chain) -> Vec<String> {
    let name = |c: &Certificate| c.subject_attribute(crate::name::COMMON_NAME).unwrap_or_default();
    chain.certificates.iter().chain(std::iter::once(&chain.anchor.certificate)).map(name).collect()
}

/// A certificate by `issuer` for the name and key of another authority.
fn cross(issuer: &Issuer, of: &Issuer) -> Fallible<Certificate> {
    let order = Order {
        profile: CA,
        subject: of.certificate.subject_name(),
        public_key: of.certificate.public_key(),
        serial: Serial::random()?,
        not_before: epoch(),
        not_after: epoch() + days(100),
        urls: &Urls::default(),
        policies: &[ANY_POLICY],
    };
    Ok(issue::issue(issuer, &order)?)
}

#[test]
fn the_way_goes_over_cross_certificates_and_above_anchors() -> TestResult {
    let (old, new) = (self_signed("old", KeyType::P256)?, self_signed("new", KeyType::P256)?);
    let middle = issued(&new, "middle", KeyType::P256, CA)?;
    let leaf = issued(&middle, "leaf", KeyType::P256, Profile::Signing)?.certificate;
    let pool =
        [cross(&old, &new)?, cross(&new, &old)?, middle.certificate.clone(), leaf.clone(), old.certificate.clone()];
    let limits = Limits::default();
    let found = |trusted: &[&Certificate]| -> Vec<Vec<String>> {
        build(&leaf, &pool, &anchors(trusted), &limits).iter().map(subjects).collect()
    };
    assert_eq!(found(&[&new.certificate]), [["leaf", "middle", "new"]]);
    assert_eq!(found(&[&old.certificate]), [["leaf", "middle", "new", "old"]]);
    let both = found(&[&old.certificate, &new.certificate]);
    assert_eq!(both, [vec!["leaf", "middle", "new"], vec!["leaf", "middle", "new", "old"]], "best first");
    let above = found(&[&middle.certificate, &new.certificate]);
    assert_eq!(above, [vec!["leaf", "middle"], vec!["leaf", "middle", "new"]]);
    assert_eq!(found(&[&leaf])[0], ["leaf", "leaf"]);
    assert!(found(&[]).is_empty());
    let other = self_signed("old", KeyType::P256)?.certificate;
    let search = search(&leaf, &pool, &anchors(&[&other]), &limits);
    assert!(search.chains.is_empty() && matches!(search.failure, Some(PathError::Signature { .. })), "{search:?}");
    for chain in build(&leaf, &pool, &anchors(&[&old.certificate]), &limits) {
        process(&chain, &Inputs::at(epoch() + days(1)))?;
    }
    Ok(())
}

/// A bag of a thousand authorities of one name, and one of cross-certificates between ten: both end at once.
#[test]
fn bags_are_bounded() -> TestResult {
    let root = self_signed("root", KeyType::P256)?;
    let twin = self_signed("twin", KeyType::P256)?;
    let key = PrivateKey::generate(KeyType::P256)?;
    let order = |profile, serial| -> Fallible<Certificate> {
        let order = Order {
            profile,
            subject: &subject("twin")?,
            public_key: key.public_key(),
            serial,
            not_before: epoch(),
            not_after: epoch() + days(100),
            urls: &Urls::default(),
            policies: &[],
        };
        Ok(issue::issue(&root, &order)?)
    };
    let bag: Vec<Certificate> = (0..1000).map(|_| order(CA, Serial::random()?)).collect::<Fallible<_>>()?;
    let leaf = issued(&twin, "leaf", KeyType::P256, Profile::Signing)?.certificate;
    let clock = Instant::now();
    let found = search(&leaf, &bag, &anchors(&[&root.certificate]), &Limits::default());
    assert!(found.chains.is_empty() && found.failure == Some(PathError::TooMuchWork), "{:?}", found.failure);

    let ring: Vec<Issuer> = (0..10).map(|i| self_signed(&format!("ca {i}"), KeyType::P256)).collect::<Fallible<_>>()?;
    let mut crossed = Vec::new();
    for (i, issuer) in ring.iter().enumerate() {
        for (_, of) in ring.iter().enumerate().filter(|(j, _)| *j != i) {
            crossed.push(cross(issuer, of)?);
        }
    }
    let leaf = issued(&ring[0], "leaf", KeyType::P256, Profile::Signing)?.certificate;
    let found = search(&leaf, &crossed, &anchors(&[&root.certificate]), &Limits::default());
    assert!(found.chains.is_empty() && found.failure == Some(PathError::TooMuchWork), "{:?}", found.failure);
    let found = build(&leaf, &crossed, &anchors(&[&ring[9].certificate]), &Limits::default());
    assert!(found.len() > 1 && found.len() <= Limits::default().chains);
    assert!(clock.elapsed() < Duration::from_secs(20), "{:?}", clock.elapsed());
    Ok(())
}

/// The tree of RFC 5280 would have 32 to the power of 10 nodes here; the graph of RFC 9618 has 32 a level.
#[test]
fn policies_do_not_explode() {
    use crate::path::policy::Graph;
    let policy = |i: u8| vec![0x2a, 0x03, i];
    let policies: Vec<Vec<u8>> = (0..32).map(policy).collect();
    let mut mappings = Vec::new();
    for from in &policies {
        mappings.extend(policies.iter().map(|to| (from.clone(), to.clone())));
    }
    let (clock, mut graph) = (Instant::now(), Graph::new());
    for _ in 0..15 {
        graph.add(&policies, true);
        graph.map(&mappings, true);
    }
    assert_eq!(graph.authority_policies().len(), 32);
    assert!(clock.elapsed() < Duration::from_secs(5), "{:?}", clock.elapsed());
}

#[test]
fn inputs_are_applied() -> TestResult {
    use crate::general_name::{DirectoryName, GeneralName};
    let root = self_signed("root", KeyType::P256)?;
    let leaf = issued(&root, "leaf", KeyType::P256, Profile::Signing)?.certificate;
    let chain = &build(&leaf, &[], &anchors(&[&root.certificate]), &Limits::default())[0];
    let at = epoch() + days(1);
    assert!(process(chain, &Inputs::at(at)).is_ok());
    let late = Inputs::at(epoch() + days(4000));
    assert!(matches!(process(chain, &late), Err(PathError::Expired { .. })));
    assert!(process(chain, &Inputs { check_validity: false, ..late }).is_ok());
    let explicit = Inputs { explicit_policy: true, ..Inputs::at(at) };
    assert!(matches!(process(chain, &explicit), Err(PathError::PolicyRequired { .. })));
    let policies = vec![ObjectIdentifier::new_unwrap("1.2.3.4")];
    assert_eq!(process(chain, &Inputs { policies, ..Inputs::at(at) })?.user_policies, []);
    let name = GeneralName::Directory(DirectoryName::new(leaf.subject_der()));
    let other = GeneralName::Directory(DirectoryName::new(root.certificate.subject_der()));
    for (permitted, excluded, valid) in [
        (vec![name.clone()], vec![], true),
        (vec![other.clone()], vec![], false),
        (vec![], vec![name.clone()], false),
        (vec![other.clone(), name.clone()], vec![other], true),
    ] {
        let verdict = process(chain, &Inputs { permitted, excluded, ..Inputs::at(at) });
        assert_eq!(verdict.is_ok(), valid, "{verdict:?}");
    }
    Ok(())
}
