//! A real authority for tests: signing certificate with its OCSP response, and a time-stamping authority over HTTP.

use super::*;
use axum::http::StatusCode;
use const_oid::ObjectIdentifier;
use mekong_authority::http::Client;
use mekong_authority::tsp_client::TspClient;
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey};
use mekong_message::subject::SubjectProfile;
use mekong_message::trust::{self, InstanceTrust};
use mekong_message::{SigningIdentity, sign_message};
use mekong_pki::Certificate;
use mekong_pki::issue::{Issuer, Order, Profile, Serial, Urls, issue, self_sign};
use mekong_pki::name::{COMMON_NAME, build};
use mekong_pki::ocsp::{self, Answer, CertId, ResponderId, Status};
use mekong_pki::tsp::TimeStampAuthority;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use x509_cert::name::Name;

const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1");

pub(super) struct Authority {
    pub(super) root: Certificate,
    pub(super) timestamper: Certificate,
    client: SigningIdentity,
    provider: SigningIdentity,
    url: String,
    is_silent: Arc<AtomicBool>,
    pub(super) tokens: Arc<AtomicU32>,
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256).unwrap()
}

fn certificate(issuer: Option<&Issuer>, key: &PrivateKey, profile: Profile, subject: &Name) -> Certificate {
    let order = Order {
        profile,
        subject,
        public_key: key.public_key(),
        serial: Serial::random().unwrap(),
        not_before: start() - Duration::from_secs(86_400),
        not_after: start() + Duration::from_secs(365 * 86_400),
        urls: &Urls::default(),
        policies: &[],
    };
    issuer.map_or_else(|| self_sign(key, &order), |issuer| issue(issuer, &order)).unwrap()
}

fn named(issuer: Option<&Issuer>, key: &PrivateKey, profile: Profile, name: &str) -> Certificate {
    certificate(issuer, key, profile, &build(&[(COMMON_NAME, name)]).unwrap())
}

fn identity(issuer: &Issuer, member: &MemberId) -> SigningIdentity {
    let (signing, responding) = (key(), key());
    let subject = SubjectProfile::FiVrk.subject_for_member(member, "gateway-1", "Ministry", "LA").unwrap();
    let certificate = certificate(Some(issuer), &signing, Profile::Signing, &subject);
    let responder = named(Some(issuer), &responding, Profile::OcspResponder, "OCSP");
    let cert_id = CertId::of(&certificate, &issuer.certificate, DigestAlgorithm::Sha1);
    let answer = Answer { cert_id, status: Status::Good, this_update: start(), next_update: None };
    let ocsp = ocsp::sign(&answer, &responder, &responding, &ResponderId::by_key(&responder), start(), None).unwrap();
    SigningIdentity::new(certificate, signing, Vec::new(), vec![ocsp]).unwrap()
}

impl Authority {
    /// Starts the time-stamping authority, whose time is `clock`.
    pub(super) async fn start(clock: Clock) -> Self {
        let (root_key, stamping) = (key(), key());
        let root = named(None, &root_key, Profile::RootCa, "Root");
        let issuer = Issuer { certificate: root.clone(), key: root_key };
        let timestamper = named(Some(&issuer), &stamping, Profile::TimeStamping, "TSA");
        let tsa = Arc::new(TimeStampAuthority::new(timestamper.clone(), stamping, POLICY));
        let (is_silent, tokens) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (silent, count) = (is_silent.clone(), tokens.clone());
        let respond = move |request: Bytes| async move {
            if silent.load(Ordering::SeqCst) {
                return Err(StatusCode::SERVICE_UNAVAILABLE);
            }
            count.fetch_add(1, Ordering::SeqCst);
            Ok(tsa.respond(&request, clock.now()))
        };
        let router = axum::Router::new().route("/", axum::routing::post(respond));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = identity(&issuer, &MemberId::new("LA", "GOV", "MOHA"));
        let provider = identity(&issuer, &MemberId::new("VN", "GOV", "MPS"));
        Self { root, timestamper, client, provider, url, is_silent, tokens }
    }

    /// What a stranger in possession of the directory trusts.
    pub(super) fn trust(&self, instance: &str) -> InstanceTrust {
        let authority = trust::Authority {
            name: "Root".to_owned(),
            top: self.root.clone(),
            intermediates: Vec::new(),
            ocsp_responders: Vec::new(),
            profile: SubjectProfile::FiVrk,
            authentication_only: false,
        };
        InstanceTrust {
            instance: instance.to_owned(),
            authorities: vec![authority],
            timestampers: vec![self.timestamper.clone()],
            ocsp_freshness: Duration::from_secs(3600),
            check_next_update: true,
        }
    }

    pub(super) fn silence(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::SeqCst);
    }

    /// The real client, which trusts `trusted`.
    pub(super) fn stamp_trusting(&self, trusted: &Certificate) -> super::super::Stamp {
        let (url, trusted) = (self.url.clone(), trusted.clone());
        let client = TspClient::new(Client::default());
        super::super::stamp_by_http(client, move || (vec![url.clone()], vec![trusted.clone()]))
    }

    pub(super) fn stamp(&self) -> super::super::Stamp {
        self.stamp_trusting(&self.timestamper)
    }

    /// A message that is really signed.
    pub(super) fn signed(&self, message_id: &str, part: Part, body: Option<Vec<u8>>) -> NewRecord {
        let plain = message(message_id, part);
        let signer = if part == Part::Request { &self.client } else { &self.provider };
        let digests: Vec<_> = body.iter().map(|b| DigestAlgorithm::Sha512.digest(b).as_ref().to_vec()).collect();
        let digests: Vec<_> = digests.into_iter().map(|digest| (DigestAlgorithm::Sha512, digest)).collect();
        let signature = sign_message(signer, &plain.message, &digests, start()).unwrap();
        NewRecord { signature, body: body.map_or(Body::None, |b| Body::Bytes(b.into())), ..plain }
    }
}
