//! What nodes send each other and keep: renewals, registrations, segments of ledgers.

use crate::files::{Failure, seed};
use mekong_authority::ca::CertificateAuthority;
use mekong_authority::renewal::RenewalRequest;
use mekong_base::MemberId;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_directory::registration::{Ask, Change, Envelope, Invitation, Request, Signer};
use mekong_fuzz::fixtures::now;
use mekong_ledger::segment::{Frame, Header, Index, trailer};
use mekong_message::subject::SubjectProfile;
use mekong_pki::issue::Profile;
use mekong_pki::request::CertificateRequest;
use std::time::Duration;

pub(crate) fn all(authority: &CertificateAuthority) -> Result<(), Failure> {
    renewal(authority)?;
    registration()?;
    segment()
}

fn renewal(authority: &CertificateAuthority) -> Result<(), Failure> {
    let (present, new) = (PrivateKey::generate(KeyType::P256)?, PrivateKey::generate(KeyType::P256)?);
    let member = MemberId::new("LA", "GOV", "MOHA");
    let subject = SubjectProfile::FiVrk.subject_for_member(&member, "gw-1", "Ministry of Home Affairs", "FI")?;
    let request = CertificateRequest::create(&present, &subject)?;
    let certificate = authority.issue(&request, Profile::Signing, None, now() - Duration::from_secs(3600))?;
    let asked = RenewalRequest::sign(&certificate, &present, &new)?;
    seed("renewal", "signed", asked.to_json().as_bytes())
}

fn registration() -> Result<(), Failure> {
    let key = PrivateKey::generate(KeyType::Ed25519)?;
    let invitation = Invitation::new("http://directory.example:8081", [7; 32], MemberId::new("VN", "GOV", "MOF"))?;
    seed("registration", "invitation", invitation.to_string().as_bytes())?;
    let ask = Ask::SetAddress { server: "gateway".to_owned(), address: "10.0.2.1".to_owned() };
    let request =
        Request { version: 1, instance: "VN".to_owned(), at: now(), nonce: "0".repeat(32), ask };
    let envelope = Envelope {
        statement: serde_json::to_string(&request)?,
        signer: Signer::key(key.public_key()),
        algorithm: key.default_algorithm().uri().to_owned(),
        signature: "AAAA".to_owned(),
    };
    seed("registration", "envelope", serde_json::to_string(&envelope)?.as_bytes())?;
    let text = str::to_owned;
    let changes = [
        Change::AddMember { member: text("VN/GOV/MOF"), name: text("Ministry of Finance") },
        Change::AddSubsystem { client: text("VN/GOV/MOF/tax"), name: Some(text("Taxes")) },
        Change::AddServer { server: text("VN/GOV/MOF/gateway"), address: text("10.0.2.2") },
        Change::SetAddress { server: text("VN/GOV/MPS/gw"), address: text("gw.example") },
        Change::Rename { client: text("VN/GOV/MPS"), name: text("Y") },
        Change::RemoveServer { server: text("VN/GOV/MPS/gw") },
        Change::RemoveClient { client: text("VN/GOV/MOF/tax") },
    ];
    for (index, one) in changes.iter().enumerate() {
        seed("registration", &format!("change_{index}"), serde_json::to_string(&[one])?.as_bytes())?;
    }
    seed("registration", "changes", serde_json::to_string(&changes)?.as_bytes())
}

/// A segment of five records that is sealed: with its index and where that is.
fn segment() -> Result<(), Failure> {
    let header = Header { ledger: [1; 16], first: 7, nonce: [2; 16], key: [0; 8] };
    let mut bytes = header.encode().to_vec();
    let mut index = Index::default();
    for relative in 0..5_u8 {
        let offset = bytes.len() as u64;
        index.note(relative.into(), offset);
        let body = vec![relative; 40 * usize::from(relative)];
        let frame = Frame {
            position: 7 + u64::from(relative),
            at: now(),
            back: u32::from(relative),
            more: 0,
            kind: 1,
            salt: [relative; 16],
            body: &body,
        };
        frame.encode(header.seed(), offset, &mut bytes);
    }
    seed("ledger_segment", "open", &bytes)?;
    seed("ledger_segment", "index", &index.encode())?;
    let offset = u32::try_from(bytes.len())?;
    let content = index.encode();
    let frame = Frame { position: 12, at: now(), back: 0, more: 0, kind: 0, salt: [0; 16], body: &content };
    frame.encode(header.seed(), offset.into(), &mut bytes);
    bytes.extend_from_slice(&trailer(offset));
    seed("ledger_segment", "sealed", &bytes)
}
