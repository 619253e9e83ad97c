//! Renewal against the real authority over HTTP.

use super::*;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority, RevocationReason};
use mekong_authority::http::Limits;
use mekong_base::Clock;
use mekong_crypto::Zeroizing;
use mekong_pki::issue::Profile;
use mekong_pki::name;
use mekong_pki::request::CertificateRequest;
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

const DAY: Duration = Duration::from_secs(86_400);

struct Setting {
    authority: CertificateAuthority,
    keys: Arc<Keys>,
    url: String,
    clock: Clock,
    folder: tempfile::TempDir,
}

async fn setting() -> Result<Setting, Failure> {
    let folder = tempfile::tempdir()?;
    let start = Instant::from_unix_seconds(1_795_000_000);
    let spec = AuthoritySpec::new("Test", "LA", "MTC", "http://ca.example");
    let secret = || Zeroizing::new("secret".to_owned());
    let authority = CertificateAuthority::create(folder.path().join("authority"), secret(), &spec, start)?;
    let gateway = folder.path().join("gateway");
    let token = Token::open(gateway.join(KEYS), secret())?;
    let subject = name::build(&[(name::COUNTRY, "LA"), (name::COMMON_NAME, "gateway.example")])?;
    let tls = Profile::Authentication { dns: vec!["gateway.example".into()], ips: Vec::new() };
    for (label, profile) in [(AUTHENTICATION_KEY, tls), ("signing", Profile::Signing)] {
        let request = CertificateRequest::create(&token.generate(label, KeyType::P256)?, &subject)?;
        let certificate = authority.issue(&request, profile, None, start)?;
        std::fs::write(folder.path().join(format!("{label}.pem")), certificate.pem())?;
    }
    std::fs::write(folder.path().join("passphrase"), "secret\n")?;
    let clock = Clock::manual(start);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/renew", listener.local_addr()?);
    let router = authority.renewal_router(clock.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let path = |name: &str| folder.path().join(name).display().to_string();
    let section: GatewaySection = toml::from_str(&format!(
        "server = 'LA/GOV/MOHA/gateway'\nfolder = '{}'\npassphrase_file = '{}'\nanchor = 'x'\nauthentication = '{}'\n\
         listen_clients = '127.0.0.1:1'\nlisten_messages = '127.0.0.1:1'\nlisten_ocsp = '127.0.0.1:1'\n\
         renewal = '{url}'\n[[signing]]\nmember = 'LA/GOV/MOHA'\ncertificate = '{}'\nkey = 'signing'\n",
        path("gateway"),
        path("passphrase"),
        path("authentication.pem"),
        path("signing.pem"),
    ))?;
    let keys = Arc::new(Keys::open(&section).map_err(|e| e.to_string())?);
    Ok(Setting { authority, keys, url, clock, folder })
}

impl Setting {
    async fn renew(&self) -> bool {
        let http = Client::new(Limits::default());
        self.keys.renew_due(&http, &self.url, self.clock.now()).await
    }

    fn pairs(&self) -> Result<Pairs, Failure> {
        Ok(self.keys.pairs().map_err(|e| e.to_string())?)
    }
}

#[tokio::test]
async fn certificates_are_renewed_in_the_last_third_of_their_life_and_each_once() -> Result<(), Failure> {
    let setting = setting().await?;
    assert!(!setting.renew().await, "two years are left");
    let first = setting.pairs()?;
    assert_eq!((first.authentication.len(), first.signing.len()), (1, 1));
    setting.clock.set(setting.clock.now() + DAY * 500);
    assert!(setting.renew().await);
    let second = setting.pairs()?;
    assert!(!second.is_like(&first));
    let [old, new] = second.authentication.as_slice() else { return Err("not two".into()) };
    assert!(new.certificate.is_authentication() && new.certificate.not_after() > old.certificate.not_after());
    assert_ne!(new.certificate.public_key(), old.certificate.public_key());
    assert_eq!(new.key.public_key(), new.certificate.public_key());
    let [_, new] = second.signing.as_slice() else { return Err("not two".into()) };
    assert!(new.pair.certificate.is_signing() && new.member.to_string() == "LA/GOV/MOHA");
    assert!(!setting.renew().await, "the new ones are fresh");
    setting.clock.set(setting.clock.now() + DAY * 600);
    assert!(setting.renew().await, "and are renewed in their turn");
    assert_eq!(setting.pairs()?.signing.len(), 3);
    Ok(())
}

#[tokio::test]
async fn what_was_taken_out_of_use_is_not_renewed_but_what_took_its_place() -> Result<(), Failure> {
    let setting = setting().await?;
    setting.clock.set(setting.clock.now() + DAY * 500);
    let disable = |pairs: &Pairs| {
        let signing = pairs.signing.iter().map(|key| &key.pair).chain(&pairs.authentication);
        setting.keys.set_disabled(signing.map(|pair| asked::fingerprint(&pair.certificate)).collect());
    };
    let first = setting.pairs()?;
    disable(&first);
    assert!(!setting.renew().await, "nothing is in use");
    setting.keys.set_disabled(BTreeSet::new());
    assert!(setting.renew().await);
    let second = setting.pairs()?;
    setting.clock.set(setting.clock.now() + DAY * 600);
    disable(&Pairs { authentication: second.authentication.clone(), signing: second.signing[..1].to_vec() });
    assert!(setting.renew().await);
    let third = setting.pairs()?;
    assert_eq!((third.authentication.len(), third.signing.len()), (2, 3), "the signing certificate alone");
    Ok(())
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again() -> Result<(), Failure> {
    let setting = setting().await?;
    setting.clock.set(setting.clock.now() + DAY * 500);
    assert!(setting.renew().await);
    let before = setting.pairs()?;
    for label in ["authentication.2", "signing.2"] {
        std::fs::remove_file(setting.folder.path().join(format!("gateway/{CERTIFICATES}/{label}.pem")))?;
    }
    assert_eq!(setting.pairs()?.signing.len(), 1);
    assert!(setting.renew().await, "the key is there, the authority remembers");
    assert!(setting.pairs()?.is_like(&before));
    Ok(())
}

#[tokio::test]
async fn what_is_refused_or_damaged_leaves_the_gateway_its_other_keys() -> Result<(), Failure> {
    let setting = setting().await?;
    setting.clock.set(setting.clock.now() + DAY * 500);
    let first = setting.pairs()?;
    let signing = first.signing.first().ok_or("none")?;
    let serial = signing.pair.certificate.serial().to_vec();
    setting.authority.revoke(&serial, RevocationReason::KeyCompromise, setting.clock.now())?;
    assert!(setting.renew().await, "the other one is renewed");
    let pairs = setting.pairs()?;
    assert_eq!((pairs.authentication.len(), pairs.signing.len()), (2, 1));
    std::fs::write(
        setting.folder.path().join(format!("gateway/{CERTIFICATES}/authentication.2.pem")),
        "no certificate",
    )?;
    assert!(setting.pairs()?.is_like(&first));
    Ok(())
}

/// The request that the operator's registration gets, and what is made of its answer; sending is the directory room's.
#[tokio::test]
async fn the_operator_is_asked_for_what_is_due_and_its_certificates_are_stored() -> Result<(), Failure> {
    use mekong_directory::registration::{Ask, Registered, Request, Signer};
    let setting = setting().await?;
    let server = "LA/GOV/MOHA/gateway".parse()?;
    let keys = &setting.keys;
    assert!(keys.prepare_asked(&server, setting.clock.now()).map_err(|e| e.to_string())?.is_none(), "nothing is due");
    let wanted = keys.exchange(&server, setting.clock.now()).map_err(|e| e.to_string())?;
    let wanted: Request = serde_json::from_str(&wanted.envelope().statement)?;
    let Ask::Renew(wanted) = wanted.ask else { return Err("it asks for something else".into()) };
    assert!(wanted.signing.is_some() && wanted.authentication.is_some(), "due or not, if a person wants it");
    setting.clock.set(setting.clock.now() + DAY * 500);
    let now = setting.clock.now();
    let asked = keys.prepare_asked(&server, now).map_err(|e| e.to_string())?.ok_or("nothing is asked")?;
    let envelope = asked.envelope();
    let before = setting.pairs()?;
    let owners = &before.signing.first().ok_or("no signing key")?.pair.certificate;
    assert_eq!(envelope.signer, Signer::certificate(owners));
    let request: Request = serde_json::from_str(&envelope.statement)?;
    let Ask::Renew(renew) = request.ask else { return Err("it asks for something else".into()) };
    assert_eq!((request.instance.as_str(), renew.server.as_str()), ("LA", "gateway"));
    let issue = |text: Option<String>, profile: Profile| -> Result<Option<String>, Failure> {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD;
        let request = CertificateRequest::from_der(&base64.decode(text.ok_or("not asked for")?)?)?;
        let certificate = setting.authority.issue(&request, profile, None, now)?;
        Ok(Some(base64.encode(certificate.der())))
    };
    let tls = Profile::Authentication { dns: Vec::new(), ips: Vec::new() };
    let mut registered = Registered {
        server: server.to_string(),
        name: "Ministry".into(),
        clients: Vec::new(),
        signing: issue(renew.signing, Profile::Signing)?,
        authentication: issue(renew.authentication, tls)?,
        anchor: String::new(),
        federation: Vec::new(),
    };
    // Certificates for other keys than ours are not stored.
    std::mem::swap(&mut registered.signing, &mut registered.authentication);
    assert!(keys.take(&asked, &registered).is_err());
    assert!(setting.pairs()?.is_like(&before));
    std::mem::swap(&mut registered.signing, &mut registered.authentication);
    assert_eq!(keys.take(&asked, &registered).map_err(|e| e.to_string())?.len(), 2);
    let after = setting.pairs()?;
    assert_eq!((after.authentication.len(), after.signing.len()), (2, 2));
    assert!(keys.prepare_asked(&server, now).map_err(|e| e.to_string())?.is_none(), "the new ones are fresh");
    Ok(())
}

/// What `mekong registration` sends: after a renewal the certificate that the configuration names may have ended.
#[tokio::test]
async fn requests_to_the_operator_are_signed_by_the_newest_key_whose_certificate_is_valid() -> Result<(), Failure> {
    use mekong_directory::registration::{Ask, Signer};
    let setting = setting().await?;
    let server = "LA/GOV/MOHA/gateway".parse()?;
    let signer = || -> Result<Signer, Failure> {
        let ask = Ask::SetAddress { server: "gateway".into(), address: "host.example".into() };
        let envelope = setting.keys.request(&server, ask, setting.clock.now()).map_err(|e| e.to_string())?;
        Ok(envelope.signer)
    };
    let certificate = |number: usize| -> Result<Signer, Failure> {
        Ok(Signer::certificate(&setting.pairs()?.signing.get(number).ok_or("no such key")?.pair.certificate))
    };
    assert_eq!(signer()?, certificate(0)?);
    setting.clock.set(setting.clock.now() + DAY * 500);
    assert!(setting.renew().await);
    setting.clock.set(setting.clock.now() + DAY * 400);
    let first = &setting.pairs()?.signing.first().ok_or("none")?.pair.certificate.clone();
    assert!(!first.is_valid_at(setting.clock.now()), "the first one has ended");
    assert_eq!(signer()?, certificate(1)?);
    setting.clock.set(setting.clock.now() + DAY * 2000);
    let error = signer().err().ok_or("signed by what has ended")?.to_string();
    assert!(error.contains("ask for an invitation"), "{error}");
    Ok(())
}

/// Keys that people have certified elsewhere stand beside those that are renewed, and neither takes the other's number.
#[tokio::test]
async fn keys_that_were_asked_for_and_renewals_do_not_meet() -> Result<(), Failure> {
    let setting = setting().await?;
    let keys = &setting.keys;
    let member = "LA/GOV/MOHA".parse()?;
    let make = |member: Option<&MemberId>, hardware| {
        keys.make_request(member, KeyType::P256, hardware).map_err(|fault| format!("{fault:?}"))
    };
    let (one, other) = (make(Some(&member), false)?, make(Some(&member), false)?);
    assert_eq!((one.label.as_str(), other.label.as_str()), ("signing.asked.1", "signing.asked.2"));
    assert!(one.request.verify().is_ok() && one.request.public_key() != other.request.public_key());
    assert!(make(None, true).err().ok_or("made")?.contains("no token of hardware"));
    assert!(make(Some(&"LA/GOV/OTHER".parse()?), false).err().ok_or("made")?.contains("does not sign for"));
    assert_eq!(setting.pairs()?.signing.len(), 1, "they have no certificates");
    // The second one's certificate comes first.
    let now = setting.clock.now();
    let certificate = setting.authority.issue(&other.request, Profile::Signing, None, now)?;
    keys.store(&other.label, &certificate).map_err(|e| e.to_string())?;
    let pairs = setting.pairs()?;
    let [_, used] = pairs.signing.as_slice() else { return Err("not two".into()) };
    assert_eq!((&used.pair.certificate, used.pair.key.public_key()), (&certificate, other.request.public_key()));
    let listed = keys.list().map_err(|e| e.to_string())?;
    let waiting: Vec<&str> = listed.iter().filter(|k| k.certificate.is_none()).map(|k| k.label.as_str()).collect();
    assert_eq!(waiting, ["signing.asked.1"]);
    assert!(keys.requested("signing.asked.1").is_ok() && keys.requested("signing.asked.2").is_err());
    assert!(keys.requested("../passphrase").is_err());
    // Due certificates are followed by renewals all the same, under their own labels.
    setting.clock.set(setting.clock.now() + DAY * 500);
    assert!(setting.renew().await);
    let labels: Vec<String> = keys.list().map_err(|e| e.to_string())?.into_iter().map(|key| key.label).collect();
    let expected = ["authentication", "authentication.2", "signing", "signing.2", "signing.asked.2", "signing.asked.1"];
    assert_eq!(labels, expected);
    Ok(())
}

/// What the directory has to say comes after these.
#[tokio::test]
async fn no_more_keys_wait_than_anybody_asks_for() -> Result<(), Failure> {
    let setting = setting().await?;
    let make = || setting.keys.make_request(None, KeyType::P256, false);
    for _ in 0..20 {
        make().map_err(|fault| format!("{fault:?}"))?;
    }
    assert!(format!("{:?}", make().err()).contains("Limit"));
    Ok(())
}
