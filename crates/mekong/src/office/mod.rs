//! The registration office of an authority: pages on which an officer issues and revokes certificates and sees what there
//! is, and the same for programs. Only for the machine it runs on, and only for whom its operator let in: see [`access`].
//! It does what `mekong ca issue`, `revoke` and `crl` do, by the same code, and may run beside them and `mekong ca serve`.
//!
//! - [`access`]: who may ask; [`enter`]: letting in and out.
//! - [`overview`], [`certificates`], [`certificate`], [`issue`], [`lists`]: the pages; [`words`]: their texts.
//! - [`contents`]: what a certificate says, issued or planned; [`status`]: where it stands in its life; [`shown`]: that as
//!   parts of pages; [`filter`]: which are listed.
//! - [`api`]: the same as JSON; [`failure`]: what went wrong; [`reader`]: in which language.

mod access;
mod api;
mod certificate;
mod certificates;
mod contents;
mod enter;
mod failure;
mod filter;
mod issue;
mod lists;
mod overview;
mod reader;
mod shown;
mod status;
mod words;

use crate::cli::CommandError;
use crate::node::listener::Listener;
use crate::serving::failure::{no_such_method, no_such_place};
use crate::serving::{loopback, own_pages};
use access::Access;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use failure::Failure;
use mekong_authority::RevocationReason;
use mekong_authority::ca::{CertificateAuthority, Issued, Listed, OrderNumber};
use mekong_authority::profile::CertificateProfile;
use mekong_base::{Clock, Instant};
use mekong_crypto::{DigestAlgorithm, Zeroizing};
use mekong_pki::Certificate;
use mekong_pki::request::CertificateRequest;
use mekong_web::asset;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// A running office.
pub(crate) struct Running {
    listener: Listener,
    office: Arc<Office>,
}

/// What all requests share.
struct Office {
    authority: CertificateAuthority,
    /// What may be issued.
    profiles: Vec<CertificateProfile>,
    access: Access,
    /// Whether other users of this machine may connect too.
    other_users: bool,
    clock: Clock,
}

/// Who is let in.
pub(crate) struct Admission {
    /// What programs present; without one they are refused.
    pub(crate) token: Option<Zeroizing<String>>,
    /// Other users of this machine may connect too; they need a secret all the same.
    pub(crate) other_users: bool,
}

/// Opens the office.
///
/// # Errors
/// In words, if the address is taken or others than this machine could reach it.
pub(crate) async fn start(
    address: SocketAddr,
    authority: CertificateAuthority,
    profiles: Vec<CertificateProfile>,
    admission: Admission,
    clock: Clock,
) -> Result<Running, CommandError> {
    loopback::check_address(address, "the registration office")?;
    let Admission { token, other_users } = admission;
    let access = Access::new(token.as_ref().map(|token| token.as_str()))?;
    let office = Arc::new(Office { authority, profiles, access, other_users, clock });
    let listener = Listener::start(address, "the registration office", router(Arc::clone(&office))).await?;
    Ok(Running { listener, office })
}

impl Running {
    /// An address that lets in whoever opens it first, once, within a quarter of an hour. An older one ends.
    ///
    /// # Errors
    /// In words, if the system has no randomness.
    pub(crate) fn invitation(&self) -> Result<String, CommandError> {
        let code = self.office.access.invite(self.office.now())?;
        Ok(format!("http://{}/enter?code={code}", self.listener.address()))
    }

    /// Closes it.
    pub(crate) async fn stop(self) {
        self.listener.stop().await;
    }
}

fn router(office: Arc<Office>) -> Router {
    let inside = Router::new()
        .route("/", get(overview::show))
        .route("/certificates", get(certificates::show))
        .route("/certificates/{serial}", get(certificate::show))
        .route("/certificates/{serial}/certificate.pem", get(certificate::download))
        .route("/certificates/{serial}/revoke", post(certificate::revoke))
        .route("/issue", get(issue::show).post(issue::read))
        .route("/issue/check", post(issue::check))
        .route("/issue/change", post(issue::change))
        .route("/issue/make", post(issue::make))
        .route("/lists", get(lists::show).post(lists::renew))
        .route("/lists/issuing.crl", get(lists::download))
        .route("/leave", post(enter::leave))
        .route("/api/v1/authority", get(api::authority))
        .route("/api/v1/profiles", get(api::profiles))
        .route("/api/v1/certificates", get(api::list).post(api::issue))
        .route("/api/v1/certificates/{serial}", get(api::certificate))
        .route("/api/v1/certificates/{serial}/revocation", post(api::revoke))
        .route("/api/v1/previews", post(api::preview))
        .route("/api/v1/crl", get(api::crl).post(api::renew_crl))
        .route("/api/v1/crl/issuing.crl", get(lists::download))
        .route("/api/v1/openapi.json", get(api::description))
        .method_not_allowed_fallback(no_such_method::<Failure>)
        .fallback(no_such_place::<Failure>)
        .layer(from_fn_with_state(Arc::clone(&office), access::inside));
    let outside = Router::new()
        .route("/enter", get(enter::show).post(enter::enter))
        .route("/health", get(async || "ok\n"))
        .merge(asset::router());
    own_pages::around::<Failure, _>(inside, outside, office.other_users).with_state(office)
}

/// What is to be issued.
struct Order {
    request: CertificateRequest,
    profile: CertificateProfile,
    subject: BTreeMap<String, String>,
}

impl Order {
    /// What is ordered, in short.
    fn digest(&self) -> String {
        let (request, profile) = (hex::encode(self.request.der()), self.profile.name());
        let text = serde_json::json!([request, profile, self.subject]).to_string();
        hex::encode(DigestAlgorithm::Sha256.digest(text.as_bytes()))
    }
}

impl Office {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A profile by which this office issues.
    fn profile(&self, name: &str) -> Result<CertificateProfile, Failure> {
        let found = self.profiles.iter().find(|profile| profile.name() == name).cloned();
        found.ok_or_else(|| {
            let known: Vec<&str> = self.profiles.iter().map(CertificateProfile::name).collect();
            Failure::NoProfile(format!("{name:?} is no profile of this office; there are {}", known.join(", ")))
        })
    }

    /// The certificate of a serial number in hexadecimal.
    fn issued(&self, serial: &str) -> Result<Issued, Failure> {
        let octets = hex::decode(serial).map_err(|_| Failure::NoCertificate)?;
        self.authority.certificate(&octets)?.ok_or(Failure::NoCertificate)
    }

    /// The certificate that is listed.
    fn whole(&self, listed: &Listed) -> Result<Issued, Failure> {
        self.authority.certificate(&listed.serial)?.ok_or(Failure::NoCertificate)
    }

    /// Whether a certificate of this profile, issued by the issuing authority or not, belongs to the authority itself. Those
    /// are replaced by ceremonies, not revoked by officers.
    fn is_own(&self, profile: &str, is_issued: bool) -> bool {
        !is_issued || ["root_ca", "issuing_ca", "ocsp_responder", "time_stamping"].contains(&profile)
    }

    fn owns(&self, issued: &Issued) -> bool {
        self.is_own(&issued.profile, issued.certificate.names_issuer(self.authority.issuing()))
    }

    fn revoke(&self, serial: &str, reason: RevocationReason) -> Result<Issued, Failure> {
        let issued = self.issued(serial)?;
        if self.owns(&issued) {
            return Err(Failure::Own);
        }
        self.authority.revoke(issued.certificate.serial(), reason, self.now())?;
        tracing::info!(serial, reason = reason.name(), "revoked");
        self.issued(serial)
    }

    fn issue(&self, order: &Order) -> Result<Certificate, Failure> {
        let certificate =
            self.authority.issue_by_profile(&order.request, &order.profile, &order.subject, self.now())?;
        tracing::info!(serial = certificate.serial_hex(), profile = order.profile.name(), "issued");
        Ok(certificate)
    }

    /// Issues once for each `number`: asked again with the same one, it gives the serial number of what was issued then;
    /// asked for something else with it, it refuses.
    fn issue_once(&self, number: &str, order: &Order) -> Result<String, Failure> {
        let what = order.digest();
        let number = OrderNumber { number, what: &what };
        let Order { request, profile, subject } = order;
        let serial = self.authority.issue_once(number, request, profile, subject, self.now())?.serial_hex();
        tracing::info!(serial, profile = profile.name(), "order carried out");
        Ok(serial)
    }

    /// Does what takes keys or disks beside the runtime's threads.
    async fn aside<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let office = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&office)).await;
        done.map_err(|error| Failure::Broken(error.to_string()))?
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::extract::{FromRequestParts as _, Path, State};
    use axum::http::{HeaderMap, StatusCode};
    use mekong_authority::ca::AuthoritySpec;
    use mekong_crypto::{KeyType, PrivateKey};

    fn office(folder: &std::path::Path) -> Office {
        let now = Instant::from_unix_seconds(1_790_000_000);
        let (spec, secret) = (AuthoritySpec::new("Test", "LA", "Operator", "http://ca.example"), "secret".to_owned());
        let authority = CertificateAuthority::create(folder, Zeroizing::new(secret), &spec, now).unwrap();
        let access = Access::new(None).unwrap();
        Office { authority, profiles: Vec::new(), access, other_users: false, clock: Clock::manual(now) }
    }

    fn order(office: &Office, key: &PrivateKey, name: &str) -> Order {
        let subject = [("C", "LA"), ("O", name), ("organizationIdentifier", "VATLA-123456789"), ("CN", name)];
        Order {
            request: CertificateRequest::create(key, office.authority.issuing().subject_name()).unwrap(),
            profile: CertificateProfile::built_in("la-organisation").unwrap(),
            subject: subject.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        }
    }

    #[test]
    fn an_order_is_carried_out_once_and_its_number_is_good_for_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let office = office(folder.path());
        let (key, other) = (PrivateKey::generate(KeyType::P256).unwrap(), PrivateKey::generate(KeyType::P256).unwrap());
        let one = order(&office, &key, "A");
        let serial = office.issue_once("1", &one).unwrap();
        assert_eq!(office.issue_once("1", &one).unwrap(), serial);
        for another in [order(&office, &key, "B"), order(&office, &other, "A")] {
            assert!(matches!(office.issue_once("1", &another), Err(Failure::OtherOrder)));
        }
        assert_ne!(office.issue_once("2", &one).unwrap(), serial);
    }

    /// A list that cannot be written: the certificate is revoked all the same, and who revoked it is told what is missing.
    #[tokio::test]
    async fn a_list_that_cannot_be_made_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let office = Arc::new(office(folder.path()));
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let serial = office.issue_once("1", &order(&office, &key, "A")).unwrap();
        // A folder where the list is written: as good as a disk without room.
        let blocked = folder.path().join("issuing.crl.partial");
        std::fs::create_dir(&blocked).unwrap();
        let revoke = || {
            let json = [("content-type", "application/json")]
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            let (headers, body) = (HeaderMap::from_iter(json), Body::from(r#"{"reason": "superseded"}"#));
            api::revoke(State(Arc::clone(&office)), Path(serial.clone()), headers, body)
        };
        let show = async || {
            let request = axum::http::Request::builder().uri("/?lang=en").body(()).unwrap();
            let reader = reader::Reader::from_request_parts(&mut request.into_parts().0, &()).await.unwrap();
            let page = certificate::show(State(Arc::clone(&office)), reader, Path(serial.clone())).await;
            String::from_utf8(to_bytes(page.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
        };
        let told = "The revocation list could not be made";
        let answer = revoke().await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let problem = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        assert!(String::from_utf8(problem.to_vec()).unwrap().contains("list-not-made"));
        assert!(office.issued(&serial).unwrap().revoked.is_some());
        assert!(show().await.contains(told));
        std::fs::remove_dir(&blocked).unwrap();
        assert!(!show().await.contains(told));
        assert_eq!(office.authority.crl(office.now()).unwrap().len(), 1);
    }
}
