//! Proof that a certificate of ours is good: its chain below the approved authority, with an OCSP response for each.

use mekong_authority::ocsp_client::OcspClient;
use mekong_base::Instant;
use mekong_directory::GlobalConf;
use mekong_pki::Certificate;

/// A chain (without the top) and an OCSP response for each of its certificates.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Proof {
    pub(in crate::gateway) chain: Vec<Certificate>,
    pub(in crate::gateway) ocsp: Vec<Vec<u8>>,
    /// When the first of them is no longer fresh or valid.
    pub(in crate::gateway) until: Instant,
}

impl Proof {
    /// Each certificate of the chain with its response.
    pub(super) fn links(&self) -> impl Iterator<Item = (&Certificate, &Vec<u8>)> {
        self.chain.iter().zip(&self.ocsp)
    }
}

/// Why there is no proof; a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(in crate::gateway) struct Unproven(pub(in crate::gateway) String);

/// Proves a certificate of `instance`.
pub(super) async fn prove(
    client: &OcspClient,
    instance: &str,
    leaf: &Certificate,
    directory: &GlobalConf,
    now: Instant,
) -> Result<Proof, Unproven> {
    let subject = leaf.subject();
    if !leaf.is_valid_at(now) {
        let (from, to) = (leaf.not_before(), leaf.not_after());
        return Err(Unproven(format!("our certificate {subject} is valid from {from} to {to}: renew it")));
    }
    let no_trust = || Unproven(format!("the directory does not know our own instance {}", instance));
    let trust = directory.trust(instance).ok_or_else(no_trust)?;
    let mut proven = Proof { chain: Vec::new(), ocsp: Vec::new(), until: leaf.not_after() };
    for inquiry in directory.inquiries(trust, leaf).map_err(|e| Unproven(e.to_string()))? {
        let certificate = &inquiry.certificate;
        let fresh = client.fetch(&inquiry, now).await.map_err(|e| Unproven(e.to_string()))?;
        let not_good = |e| Unproven(format!("our certificate {}: {e}", certificate.subject()));
        fresh.status.require_good().map_err(not_good)?;
        let next = fresh.status.next_update.filter(|_| trust.check_next_update);
        let ends = [Some(fresh.status.this_update + trust.ocsp_freshness), next, Some(certificate.not_after())];
        proven.until = ends.into_iter().flatten().fold(proven.until, std::cmp::min);
        proven.ocsp.push(fresh.der.to_vec());
        proven.chain.push(inquiry.certificate);
    }
    Ok(proven)
}
