//! Registrations before an operator that is attacked: by somebody on the way, by other members, by who found an old request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority, RevocationReason};
use mekong_base::{Clock, Instant, MemberId};
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, PublicKey, Zeroizing};
use mekong_directory::publish::{Definition, KeyRing, Publisher, SigningKey, SigningKeys};
use mekong_directory::registration::envelope::Kind;
use mekong_directory::registration::{
    Answer, Ask, Change, Envelope, Event, Invitation, Join, Journal, Office, Outcome, Registered, Registrar, Renew,
    Signer, fingerprint,
};
use mekong_pki::Certificate;
use mekong_pki::name;
use mekong_pki::request::CertificateRequest;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

struct Operator {
    folder: TempDir,
    clock: Clock,
    authority: CertificateAuthority,
    key: PrivateKey,
    publisher: Arc<Publisher>,
    registrar: Arc<Registrar>,
}

fn start() -> Instant {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

impl Operator {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(start());
        let spec = AuthoritySpec::new("Test", "VN", "Test", "http://127.0.0.1:1");
        let passphrase = Zeroizing::new("secret".to_owned());
        let authority = CertificateAuthority::create(folder.path().join("ca"), passphrase, &spec, start()).unwrap();
        for (name, certificate) in [("root", authority.root()), ("issuing", authority.issuing())] {
            std::fs::write(folder.path().join(format!("{name}.pem")), certificate.pem()).unwrap();
        }
        let text = "version = 1\ninstance = 'VN'\nsources = ['127.0.0.1:1']\n[management]\nprovider = 'VN/GOV/MPS/management'\n\
                    [[class]]\ncode = 'GOV'\n[[member]]\nclass = 'GOV'\ncode = 'MPS'\nname = 'Police'\n\
                    subsystem = [{ code = 'management' }]\n[[authority]]\nname = 'Test'\ncert = 'root.pem'\nprofile = 'Basic'\n\
                    [[authority.intermediate]]\ncert = 'issuing.pem'\n";
        let definition = Definition::parse(text, folder.path()).unwrap();
        let ring = |name: &str| {
            let key = PrivateKey::generate(KeyType::P256).unwrap();
            KeyRing::new(SigningKey::self_signed(key, name, start()).unwrap())
        };
        let keys = SigningKeys { internal: ring("internal"), external: ring("external") };
        let publisher = Publisher::new(definition, keys, clock.clone()).unwrap();
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let journal = Journal::open(&folder.path().join("registration")).unwrap();
        let registrar = Registrar::new(Arc::clone(&publisher), authority.clone(), key.clone(), journal, clock.clone());
        Self { folder, clock, authority, key, publisher, registrar }
    }

    fn invite(&self, code: &str, approve: bool) -> Invitation {
        let operator = DigestAlgorithm::Sha256.digest(self.key.public_key().spki()).as_ref().try_into().unwrap();
        let invitation = Invitation::new("http://127.0.0.1:1", operator, MemberId::new("VN", "GOV", code)).unwrap();
        let event = Event::Invited {
            id: invitation.id().unwrap(),
            key: BASE64.encode(invitation.key().unwrap().public_key().spki()),
            member: format!("VN/GOV/{code}"),
            name: code.to_owned(),
            subsystems: vec!["tax".to_owned()],
            until: self.clock.now() + Duration::from_secs(3600),
            approve,
        };
        self.record(event);
        invitation
    }

    /// As a command of the operator does, in another process.
    fn record(&self, event: Event) {
        let mut journal = Journal::open(&self.folder.path().join("registration")).unwrap();
        journal.exclusively(|journal| journal.append(start(), event)).unwrap();
    }

    fn take(&self, request: &Envelope) -> Outcome {
        let answer = self.registrar.take(&serde_json::to_vec(request).unwrap()).unwrap();
        answer.verify(Kind::Answer, self.key.public_key()).unwrap();
        let answer: Answer = serde_json::from_str(&answer.statement).unwrap();
        assert_eq!(answer.request, fingerprint(request.statement.as_bytes()), "it answers this request");
        answer.outcome
    }

    #[track_caller]
    fn registers(&self, request: &Envelope) -> Registered {
        match self.take(request) {
            Outcome::Registered(registered) => *registered,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn refuses(&self, request: &Envelope, expected: &str) -> String {
        let before = self.publisher.definition();
        let Outcome::Refused { code, reason } = self.take(request) else { panic!("taken, expected {expected}") };
        assert_eq!(code, expected, "{reason}");
        assert_eq!(self.publisher.definition(), before, "nothing changes");
        reason
    }

    /// A member with its gateway: its signing key and certificate, and the authentication certificate.
    fn member(&self, code: &str) -> (PrivateKey, Certificate, Certificate) {
        let (signing, authentication) = (key(), key());
        let request = join(&self.invite(code, false), "gw", &signing, &authentication, start());
        let registered = self.registers(&request);
        let certificates = (
            registered.signing_certificate().unwrap().unwrap(),
            registered.authentication_certificate().unwrap().unwrap(),
        );
        (signing, certificates.0, certificates.1)
    }

    fn ask(&self, ask: Ask, key: &PrivateKey, certificate: &Certificate) -> Envelope {
        Office::request("VN", ask, Signer::certificate(certificate), key, self.clock.now()).unwrap()
    }
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256).unwrap()
}

fn csr(key: &PrivateKey) -> CertificateRequest {
    let subject = name::build(&[(name::COMMON_NAME, "whoever")]).unwrap();
    CertificateRequest::create(key, &subject).unwrap()
}

fn join(
    invitation: &Invitation,
    server: &str,
    signing: &PrivateKey,
    authentication: &PrivateKey,
    at: Instant,
) -> Envelope {
    let ask = Ask::Join(Join::new(server, "10.0.0.1", &csr(signing), &csr(authentication)));
    let signer = Signer::Invitation(invitation.id().unwrap());
    Office::request("VN", ask, signer, &invitation.key().unwrap(), at).unwrap()
}

#[test]
fn an_invitation_is_good_once_and_the_same_bytes_get_the_same_answer() {
    let operator = Operator::start();
    let invitation = operator.invite("MOF", false);
    let (signing, authentication) = (key(), key());
    let request = join(&invitation, "gw", &signing, &authentication, start());
    let registered = operator.registers(&request);
    assert_eq!(
        (registered.server.as_str(), registered.clients.as_slice()),
        ("VN/GOV/MOF/gw", &["VN/GOV/MOF/tax".to_owned()][..])
    );
    let certificate = registered.authentication_certificate().unwrap().unwrap();
    assert!(certificate.is_authentication() && certificate.public_key().spki() == authentication.public_key().spki());
    let definition = operator.publisher.definition();
    let server = definition.shared.servers.iter().find(|s| s.id.to_string() == registered.server).unwrap();
    assert_eq!(server.auth_cert_hashes, [certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().to_vec()]);
    let issued = operator.authority.certificates().unwrap().len();
    assert_eq!(operator.registers(&request), registered, "sent again, when the answer was lost");
    assert_eq!(operator.authority.certificates().unwrap().len(), issued, "and no certificate more");
    operator.clock.set(start() + Duration::from_secs(7200));
    let late = operator.registers(&request);
    assert_eq!(late.signing, registered.signing, "even when the invitation has expired meanwhile");
    let other = join(&invitation, "gw2", &key(), &key(), start());
    assert!(operator.refuses(&other, "invitation_used").contains("VN/GOV/MOF/gw"));
    let late = operator.invite("MOC", false);
    operator.clock.set(start() + Duration::from_secs(4 * 3600));
    operator.refuses(&join(&late, "gw", &key(), &key(), start()), "invitation_expired");
}

#[test]
fn nobody_on_the_way_can_take_an_invitation_or_change_what_is_asked() {
    let operator = Operator::start();
    let invitation = operator.invite("MOF", false);
    let request = join(&invitation, "gw", &key(), &key(), start());
    // Somebody sees the request, and puts own keys into it, or another address.
    let (mine, my_tls) = (key(), key());
    let own = join(&invitation, "gw", &mine, &my_tls, start());
    let stolen = Envelope { statement: own.statement, ..request.clone() };
    operator.refuses(&stolen, "unknown_invitation");
    let elsewhere = Envelope { statement: request.statement.replace("10.0.0.1", "10.6.6.6"), ..request.clone() };
    operator.refuses(&elsewhere, "unknown_invitation");
    // Signs it himself, with a key that is none of an invitation, in the name of the invitation.
    let id = Signer::Invitation(invitation.id().unwrap());
    let forged = Envelope::sign(Kind::Request, request.statement.clone(), id.clone(), &mine).unwrap();
    operator.refuses(&forged, "unknown_invitation");
    // An invitation of another member does not open this one's.
    let other = operator.invite("MOC", false);
    let crossed = Envelope::sign(Kind::Request, request.statement.clone(), id, &other.key().unwrap()).unwrap();
    operator.refuses(&crossed, "unknown_invitation");
    // A request for another country is none here.
    let foreign = Envelope::sign(
        Kind::Request,
        request.statement.replace("\"VN\"", "\"LA\""),
        Signer::Invitation(invitation.id().unwrap()),
        &invitation.key().unwrap(),
    );
    operator.refuses(&foreign.unwrap(), "not_allowed");
    // After all that the genuine one is good.
    operator.registers(&request);
}

#[test]
fn keys_that_are_not_ones_own_weak_or_known_to_others_are_refused() {
    let operator = Operator::start();
    let invitation = operator.invite("MOF", false);
    let (signing, authentication) = (key(), key());
    let same = join(&invitation, "gw", &signing, &signing, start());
    assert!(operator.refuses(&same, "certificate").contains("a key each"));
    let weak = join(&invitation, "gw", &PrivateKey::generate(KeyType::Ed25519).unwrap(), &authentication, start());
    assert!(operator.refuses(&weak, "certificate").contains("not taken"));
    // A request for a certificate whose signature is not of its key: somebody else's public key.
    let mut unproven = csr(&signing).der().to_vec();
    *unproven.last_mut().unwrap() ^= 1;
    let mut asked = Join::new("gw", "10.0.0.1", &csr(&signing), &csr(&authentication));
    asked.signing = BASE64.encode(unproven);
    let signer = Signer::Invitation(invitation.id().unwrap());
    let request = Office::request("VN", Ask::Join(asked), signer, &invitation.key().unwrap(), start()).unwrap();
    operator.refuses(&request, "certificate");
    let request = join(&invitation, "gw", &signing, &authentication, start());
    let registered = operator.registers(&request);
    let lost = registered.signing_certificate().unwrap().unwrap();
    operator.authority.revoke(lost.serial(), RevocationReason::KeyCompromise, start()).unwrap();
    let again = join(&operator.invite("MOC", false), "gw", &signing, &key(), start());
    assert!(operator.refuses(&again, "certificate").contains("known to others"));
}

#[test]
fn members_change_what_is_theirs_alone_and_now_alone() {
    let operator = Operator::start();
    let (signing, certificate, tls) = operator.member("MOF");
    let (other_signing, other_certificate, other_tls) = operator.member("MOC");
    let address = |address: &str| Ask::SetAddress { server: "gw".into(), address: address.into() };
    let moved = operator.ask(address("10.0.0.2"), &signing, &certificate);
    operator.registers(&moved);
    // Another member's certificate, or key, moves another member's gateway: the one of that certificate.
    operator.refuses(&operator.ask(address("10.6.6.6"), &other_signing, &certificate), "not_allowed");
    operator.registers(&operator.ask(address("10.0.0.3"), &other_signing, &other_certificate));
    let at = |code: &str| {
        let definition = operator.publisher.definition();
        let id = format!("VN/GOV/{code}/gw");
        definition.shared.servers.iter().find(|s| s.id.to_string() == id).and_then(|s| s.address.clone()).unwrap()
    };
    assert_eq!((at("MOF").as_str(), at("MOC").as_str()), ("10.0.0.2", "10.0.0.3"));
    // The TLS certificate of the same member signs nothing here.
    operator.refuses(&operator.ask(address("10.6.6.6"), &signing, &tls), "not_allowed");
    // An old request, sent again by somebody: the same answer, and the address stays as it is now.
    operator.registers(&operator.ask(address("10.0.0.4"), &signing, &certificate));
    operator.registers(&moved);
    assert_eq!(at("MOF"), "10.0.0.4");
    // One that was held back.
    let held = operator.ask(address("10.6.6.6"), &signing, &certificate);
    operator.clock.set(start() + Duration::from_secs(3600));
    operator.refuses(&held, "clock");
    // Another member's authentication certificate is not registered as one's own.
    operator.refuses(&operator.ask(Ask::add_certificate("gw", &other_tls), &signing, &certificate), "certificate");
    let only = Ask::RemoveCertificate { server: "gw".into(), sha256: fingerprint(tls.der()) };
    assert!(operator.refuses(&operator.ask(only.clone(), &signing, &certificate), "impossible").contains("only"));
    // Renewed: both certificates are registered, then the old one goes.
    let renewed = Ask::Renew(Renew::new("gw", None, Some(&csr(&key()))));
    assert!(operator.registers(&operator.ask(renewed, &signing, &certificate)).authentication.is_some());
    operator.registers(&operator.ask(only, &signing, &certificate));
    // A revoked signing certificate changes nothing any more.
    operator.authority.revoke(certificate.serial(), RevocationReason::Unspecified, start()).unwrap();
    operator.refuses(&operator.ask(address("10.6.6.6"), &signing, &certificate), "not_allowed");
}

#[test]
fn what_waits_is_let_in_by_the_operator_alone() {
    let operator = Operator::start();
    let invitation = operator.invite("MOF", true);
    let request = join(&invitation, "gw", &key(), &key(), start());
    let Outcome::Waiting { id } = operator.take(&request) else { panic!("it waits") };
    assert!(matches!(operator.take(&request), Outcome::Waiting { .. }), "and goes on waiting");
    operator.refuses(&join(&invitation, "gw", &key(), &key(), start()), "invitation_used");
    operator.record(Event::Approved { id });
    operator.registers(&request);
    let second = operator.invite("MOC", true);
    let request = join(&second, "gw", &key(), &key(), start());
    let Outcome::Waiting { id } = operator.take(&request) else { panic!("it waits") };
    operator.record(Event::Refused { id, reason: "wrong ministry".into() });
    assert!(operator.refuses(&request, "refused").contains("wrong ministry"));
}

#[test]
fn a_restart_finds_what_was_registered_and_what_others_wrote_is_published() {
    let operator = Operator::start();
    operator.member("MOF");
    let folder = operator.folder.path().join("registration");
    let mut definition = operator.publisher.definition();
    definition.shared.members.retain(|m| m.id.code == "MPS");
    definition.shared.servers.clear();
    Journal::open(&folder).unwrap().state().apply_to(&mut definition);
    assert_eq!(definition, operator.publisher.definition());
    let changes = vec![Change::RemoveServer { server: "VN/GOV/MOF/gw".into() }];
    operator.record(Event::Changed {
        request: None,
        envelope: None,
        invitation: None,
        server: String::new(),
        changes,
        signing: None,
        authentication: None,
    });
    operator.registrar.catch_up().unwrap();
    assert!(operator.publisher.definition().shared.servers.is_empty());
    for rubbish in ["", "{}", "null", r#"{"statement":"{}","signer":{"key":""},"algorithm":"","signature":""}"#] {
        let answer = operator.registrar.take(rubbish.as_bytes()).unwrap();
        assert!(answer.statement.contains("malformed"), "{rubbish}");
        answer.verify(Kind::Answer, &PublicKey::from_spki(operator.key.public_key().spki()).unwrap()).unwrap();
    }
}

/// As the operator's node is after it was started again.
fn restarted(operator: Operator) -> Operator {
    let journal = Journal::open(&operator.folder.path().join("registration")).unwrap();
    let (publisher, authority) = (Arc::clone(&operator.publisher), operator.authority.clone());
    let registrar = Registrar::new(publisher, authority, operator.key.clone(), journal, operator.clock.clone());
    Operator { registrar, ..operator }
}

#[test]
fn a_request_that_was_held_back_undoes_no_newer_one() {
    let operator = Operator::start();
    let (signing, certificate, _) = operator.member("MOF");
    let address = |server: &str, address: &str| Ask::SetAddress { server: server.into(), address: address.into() };
    let at = |operator: &Operator, server: &str| {
        let definition = operator.publisher.definition();
        definition.shared.servers.iter().find(|s| s.id.server == server).and_then(|s| s.address.clone()).unwrap()
    };
    let later = |seconds| operator.clock.set(start() + Duration::from_secs(seconds));
    let held = operator.ask(address("gw", "10.6.6.6"), &signing, &certificate);
    let held_elsewhere = operator.ask(address("gw2", "10.0.0.7"), &signing, &certificate);
    later(20);
    let newer = operator.ask(address("gw", "10.0.0.2"), &signing, &certificate);
    let of_that_moment = operator.ask(address("gw", "10.0.0.3"), &signing, &certificate);
    later(60);
    operator.registers(&newer);
    let reason = operator.refuses(&held, "superseded");
    assert!(reason.contains("send it again") && reason.contains("06:00:20"), "{reason}");
    assert_eq!(at(&operator, "gw"), "10.0.0.2");
    // Another gateway of the member, whose clock may be another, is not concerned.
    let second = operator.invite("MOF", false);
    operator.registers(&join(&second, "gw2", &key(), &key(), operator.clock.now()));
    operator.registers(&held_elsewhere);
    assert_eq!(at(&operator, "gw2"), "10.0.0.7");
    // Which of two of one moment was first nobody can say.
    operator.registers(&of_that_moment);
    assert_eq!(at(&operator, "gw"), "10.0.0.3");
    // One that is refused moves nothing.
    operator.refuses(&operator.ask(address("gw", "http://x"), &signing, &certificate), "impossible");
    let operator = restarted(operator);
    operator.refuses(&held, "superseded");
    operator.registers(&newer);
    assert_eq!(at(&operator, "gw"), "10.0.0.3", "the same answer as before, and nothing is done again");
    let between = Office::request(
        "VN",
        address("gw", "10.0.0.4"),
        Signer::certificate(&certificate),
        &signing,
        start() + Duration::from_secs(40),
    );
    operator.registers(&between.unwrap());
    // A gateway that was taken out and joins again is not moved by what was asked of the one before.
    operator.registers(&operator.ask(Ask::Retire { server: "gw".into() }, &signing, &certificate));
    operator.registers(&join(&operator.invite("MOF", false), "gw", &key(), &key(), start()));
    operator.refuses(&held, "superseded");
    assert_eq!(at(&operator, "gw"), "10.0.0.1");
}

#[test]
fn renewals_beyond_the_number_cost_no_certificate_and_ended_ones_make_room() {
    const DAY: u64 = 86_400;
    let operator = Operator::start();
    let (signing, certificate, first) = operator.member("MOF");
    let both = || Ask::Renew(Renew::new("gw", Some(&csr(&key())), Some(&csr(&key()))));
    let hashes = |operator: &Operator| {
        let definition = operator.publisher.definition();
        definition.shared.servers[0].auth_cert_hashes.iter().map(hex::encode).collect::<Vec<_>>()
    };
    let mut last = fingerprint(first.der());
    for _ in 0..7 {
        let renewed = operator.registers(&operator.ask(both(), &signing, &certificate));
        last = fingerprint(renewed.authentication_certificate().unwrap().unwrap().der());
    }
    assert_eq!(hashes(&operator).len(), 8);
    let issued = operator.authority.certificates().unwrap().len();
    for _ in 0..2 {
        let reason = operator.refuses(&operator.ask(both(), &signing, &certificate), "impossible");
        assert!(reason.contains("remove old ones first"), "{reason}");
    }
    assert_eq!(operator.authority.certificates().unwrap().len(), issued, "nothing is issued that is not registered");
    // Certificates for signing have no such number.
    operator.clock.set(start() + Duration::from_secs(700 * DAY));
    let new = key();
    let alone = Ask::Renew(Renew::new("gw", Some(&csr(&new)), None));
    let renewed = operator.registers(&operator.ask(alone, &signing, &certificate));
    assert_eq!(hashes(&operator).len(), 8, "and take none out");
    let (signing, certificate) = (new, renewed.signing_certificate().unwrap().unwrap());
    // They have ended, and go; one is left until it is not the only one.
    operator.clock.set(start() + Duration::from_secs(740 * DAY));
    let operator = restarted(operator);
    let renewed = operator.registers(&operator.ask(both(), &signing, &certificate));
    let second = fingerprint(renewed.authentication_certificate().unwrap().unwrap().der());
    assert_eq!(hashes(&operator), [last, second.clone()]);
    let renewed = operator.registers(&operator.ask(both(), &signing, &certificate));
    let third = fingerprint(renewed.authentication_certificate().unwrap().unwrap().der());
    assert_eq!(hashes(&operator), [second, third]);
    // The journal says the same to who reads it from its begin.
    let mut definition = operator.publisher.definition();
    definition.shared.members.retain(|m| m.id.code == "MPS");
    definition.shared.servers.clear();
    Journal::open(&operator.folder.path().join("registration")).unwrap().state().apply_to(&mut definition);
    assert_eq!(definition, operator.publisher.definition());
}

#[test]
fn a_renewal_takes_no_key_for_both_purposes() {
    let operator = Operator::start();
    let (signing, certificate, _) = operator.member("MOF");
    let issued = operator.authority.certificates().unwrap().len();
    let both = key();
    let asked = Ask::Renew(Renew::new("gw", Some(&csr(&both)), Some(&csr(&both))));
    assert!(operator.refuses(&operator.ask(asked, &signing, &certificate), "certificate").contains("a key each"));
    // One after the other is the same.
    let asked = Ask::Renew(Renew::new("gw", None, Some(&csr(&signing))));
    let reason = operator.refuses(&operator.ask(asked, &signing, &certificate), "certificate");
    assert!(reason.contains("the other purpose"), "{reason}");
    assert_eq!(operator.authority.certificates().unwrap().len(), issued);
    // The key that signs may have another certificate for signing.
    let asked = Ask::Renew(Renew::new("gw", Some(&csr(&signing)), None));
    operator.registers(&operator.ask(asked, &signing, &certificate));
}
