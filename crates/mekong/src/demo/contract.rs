//! The second journey: a contract that a Vietnamese company signs counts in Lao PDR, because the Lao list says so; when the
//! agreement ends, what was signed before still counts and what is signed after does not.
//!
//! ```text
//! DIR/contract/vn-list.xml              the trusted list of Viet Nam, signed by its operator
//! DIR/contract/la-list.xml              that of Lao PDR, which points to it with the agreement
//! DIR/contract/la-list-repealed.xml     a later issue of it, in which the agreement is repealed
//! DIR/contract/contract.pdf             signed before that
//! DIR/contract/contract-later.pdf       signed after it
//! ```

use super::country::{CountrySpec, LAOS, VIETNAM};
use super::page::page;
use super::world::World;
use crate::cli::{CommandError, Context};
use crate::file::write_whole;
use mekong_authority::ca::CertificateAuthority;
use mekong_authority::http::{Client, Limits};
use mekong_authority::online::Online;
use mekong_authority::profile::CertificateProfile;
use mekong_base::{Clock, Instant};
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey};
use mekong_pki::Certificate;
use mekong_pki::request::CertificateRequest;
use mekong_recognition::definition::{self, Resolve};
use mekong_recognition::list::{self, TrustedList};
use mekong_recognition::qualification::Rules;
use mekong_recognition::snapshot::{Fetched, Snapshot};
use mekong_signature::Level;
use mekong_signature::extend::{self, Selection};
use mekong_signature::making::Signing;
use mekong_signature::pades::make;
use mekong_signature::read::Reading;
use mekong_signature::validation::Policy;
use mekong_verdict::{Setting, Verdict, line};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Handle;

const HALF_A_YEAR: Duration = Duration::from_secs(180 * 86_400);

/// The definitions of lists and agreements, as they come with the product.
const LISTS: [(&str, &str); 2] = [
    ("VN", include_str!("../../../../definitions/trust/lists/vn.toml")),
    ("LA", include_str!("../../../../definitions/trust/lists/la.toml")),
];
const AGREEMENTS: [(&str, &str); 4] = [
    ("vn-la", include_str!("../../../../definitions/trust/agreements/vn-la.toml")),
    ("vn-vn", include_str!("../../../../definitions/trust/agreements/vn-vn.toml")),
    ("la-vn", include_str!("../../../../definitions/trust/agreements/la-vn.toml")),
    ("la-la", include_str!("../../../../definitions/trust/agreements/la-la.toml")),
];

/// Somebody with a key and a certificate.
struct Holder {
    certificate: Certificate,
    key: PrivateKey,
}

/// Goes through the second journey; says whether everything was as it must be.
///
/// # Errors
/// In words, if something cannot be made or written.
pub(crate) async fn demonstrate(world: &World, dir: &Path, clock: &Clock) -> Result<bool, CommandError> {
    let authority = |spec: CountrySpec| {
        let trust = world.country(spec.instance).operator.trust.as_ref().map(|trust| trust.authority.clone());
        trust.ok_or_else(|| CommandError::new(format!("{} has no trust services", spec.name)))
    };
    let (vietnam, laos) = (authority(VIETNAM)?, authority(LAOS)?);
    let (folder, clock, runtime) = (dir.join("contract"), clock.clone(), Handle::current());
    std::fs::create_dir_all(&folder).context(|| format!("make {}", folder.display()))?;
    let job = tokio::task::spawn_blocking(move || Journey { vietnam, laos, clock, runtime }.go(&folder));
    job.await.context(|| "the second journey")?
}

struct Journey {
    vietnam: CertificateAuthority,
    laos: CertificateAuthority,
    clock: Clock,
    runtime: Handle,
}

impl Journey {
    fn go(&self, folder: &Path) -> Result<bool, CommandError> {
        println!("\nthe second journey: a contract signed in Viet Nam, judged in Lao PDR");
        let operators = [self.operator("VN", &self.vietnam)?, self.operator("LA", &self.laos)?];
        let [vn_operator, la_operator] = &operators;
        let (mut of_vietnam, mut of_laos) = (self.list("VN", &operators)?, self.list("LA", &operators)?);
        let vn_list = self.publish(&mut of_vietnam, vn_operator, &folder.join("vn-list.xml"))?;
        let la_list = self.publish(&mut of_laos, la_operator, &folder.join("la-list.xml"))?;
        let company = self.company()?;
        let contract = self.sign(&company, &folder.join("contract.pdf"))?;

        let repealed_at = self.clock.now().whole_seconds() + Duration::from_secs(1);
        repeal(&mut of_laos, "VN", repealed_at)?;
        self.wait_until(repealed_at + Duration::from_secs(1));
        let repealed = self.publish(&mut of_laos, la_operator, &folder.join("la-list-repealed.xml"))?;
        let later = self.sign(&company, &folder.join("contract-later.pdf"))?;

        let by_agreement = self.setting(&[&la_list, &vn_list], la_operator)?;
        let after_repeal = self.setting(&[&repealed, &vn_list], la_operator)?;
        let mut as_expected = true;
        for (what, setting, file, counts) in [
            ("under the agreement", &by_agreement, &contract, true),
            ("agreement repealed, signed before", &after_repeal, &contract, true),
            ("agreement repealed, signed after", &after_repeal, &later, false),
        ] {
            let verdict = setting.judge(file, &Reading::default(), self.clock.now()).context(|| what)?;
            as_expected &= verdict.is_passed() && recognised(&verdict) == counts;
            show(what, &verdict);
        }
        let folder = folder.display();
        println!(
            "  mekong verify --lang lo --list {folder}/la-list.xml --list {folder}/vn-list.xml {folder}/contract.pdf"
        );
        Ok(as_expected)
    }

    /// The operator of a country's list, with a certificate for signing it.
    fn operator(&self, country: &str, authority: &CertificateAuthority) -> Result<Holder, CommandError> {
        let subject = [("C", country), ("O", "Trusted List Operator"), ("CN", "Trusted List Signer")];
        self.holder(authority, "list-signer", &subject)
    }

    fn company(&self) -> Result<Holder, CommandError> {
        let name = "Công ty Mẫu";
        let subject = [("C", "VN"), ("ST", "Hà Nội"), ("O", name), ("CN", name), ("UID", "MST:0100000000")];
        self.holder(&self.vietnam, "vn-organisation", &subject)
    }

    fn holder(
        &self,
        authority: &CertificateAuthority,
        profile: &str,
        subject: &[(&str, &str)],
    ) -> Result<Holder, CommandError> {
        let profile = CertificateProfile::built_in(profile).context(|| "certificate profile")?;
        let values = subject.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let key = PrivateKey::generate(KeyType::P256).context(|| "make a key")?;
        let name = profile.subject(&values).context(|| "certificate profile")?;
        let request = CertificateRequest::create(&key, &name).context(|| "ask for a certificate")?;
        let issued = authority.issue_by_profile(&request, &profile, &values, self.clock.now());
        Ok(Holder { certificate: issued.context(|| "issue a certificate")?, key })
    }

    /// The list of a country, from its definition.
    fn list(&self, country: &str, [vn_operator, la_operator]: &[Holder; 2]) -> Result<TrustedList, CommandError> {
        let certificate = |name: &str| {
            let (country, role) = name.split_once('-')?;
            let (authority, operator) = match country {
                "vn" => (&self.vietnam, vn_operator),
                _ => (&self.laos, la_operator),
            };
            match role {
                "ca" => Some(authority.issuing().clone()),
                "ocsp" => Some(authority.ocsp_responder().clone()),
                "tsa" => Some(authority.tsa().certificate().clone()),
                "list-signer" => Some(operator.certificate.clone()),
                _ => None,
            }
        };
        let agreement = |name: &str| {
            let (_, text) = AGREEMENTS.iter().find(|(known, _)| *known == name)?;
            definition::agreement(text).ok()
        };
        let (_, text) = LISTS.iter().find(|(known, _)| *known == country).unwrap_or(&("", ""));
        let resolve = Resolve { certificate: &certificate, agreement: &agreement };
        definition::list(text, &resolve).context(|| format!("the list of {country}"))
    }

    /// Issues a list, signs it and writes it.
    fn publish(&self, list: &mut TrustedList, by: &Holder, path: &Path) -> Result<Vec<u8>, CommandError> {
        let at = self.clock.now().whole_seconds();
        list.issue(at, at + HALF_A_YEAR).context(|| "issue a list")?;
        let xml = list::write(list).context(|| "write a list")?;
        let prepared = list::sign::prepare(&xml, &by.certificate, by.key.default_algorithm(), at);
        let prepared = prepared.context(|| "sign a list")?;
        let value = by.key.sign(prepared.algorithm, &prepared.to_be_signed).context(|| "sign a list")?;
        let signed = prepared.finish(&value).context(|| "sign a list")?;
        write_whole(path, &signed).context(|| format!("write {}", path.display()))?;
        Ok(signed)
    }

    /// A contract, signed and made fit for years (PAdES baseline LT).
    fn sign(&self, company: &Holder, path: &Path) -> Result<Vec<u8>, CommandError> {
        let document = page("Contract of sale");
        let signing = Signing {
            certificate: company.certificate.clone(),
            chain: vec![self.vietnam.issuing().clone()],
            algorithm: company.key.default_algorithm(),
            digest: DigestAlgorithm::Sha256,
            time: self.clock.now().whole_seconds(),
            place: None,
            roles: Vec::new(),
            commitment: None,
            policy: None,
        };
        let prepared = make::prepare(&document, &signing, &make::Options::default()).context(|| "sign the contract")?;
        let value = company.key.sign(signing.algorithm, &prepared.to_be_signed).context(|| "sign the contract")?;
        let signed = prepared.finish(&value).context(|| "sign the contract")?;
        let services = Online::new(
            self.runtime.clone(),
            Client::new(Limits::default()),
            self.clock.clone(),
            vec![self.vietnam.tsa_url()],
            vec![self.vietnam.root().clone()],
        );
        let extended = extend::to(&signed, Level::Lt, &Selection::All, &services, &Reading::default());
        let extended = extended.context(|| "extend the contract's signature")?;
        write_whole(path, &extended).context(|| format!("write {}", path.display()))?;
        Ok(extended)
    }

    /// What the Lao ministry relies on: its own list, and those that it points to.
    fn setting(&self, lists: &[&Vec<u8>], la_operator: &Holder) -> Result<Setting, CommandError> {
        let at = self.clock.now();
        let fetch = |bytes: &&Vec<u8>| Fetched { bytes: bytes.to_vec(), from: "the demo".to_owned(), at };
        let signers = [la_operator.certificate.clone()];
        let (snapshot, rejected) = Snapshot::assemble(lists.iter().map(fetch).collect(), &signers);
        if let Some(first) = rejected.first() {
            return Err(CommandError::because("a list is not accepted", &first.reason));
        }
        let policy = Policy::named("laos").context(|| "policy")?;
        Ok(Setting::new(snapshot, Vec::new(), Rules::national(LAOS.instance), policy))
    }

    fn wait_until(&self, at: Instant) {
        std::thread::sleep(at.since(self.clock.now()));
    }
}

/// Ends everything that was agreed with a country at a time.
fn repeal(list: &mut TrustedList, country: &str, at: Instant) -> Result<(), CommandError> {
    let pointers = list.scheme.pointers.iter_mut();
    for agreement in pointers.filter(|p| p.territory.as_deref() == Some(country)).filter_map(|p| p.agreement.as_mut()) {
        let names: Vec<String> = agreement.equivalences.iter().map(|e| e.legal_identifier.clone()).collect();
        for name in names {
            agreement.repeal(&name, at).context(|| name)?;
        }
    }
    Ok(())
}

fn recognised(verdict: &Verdict) -> bool {
    let mut all = verdict.recognitions.iter().peekable();
    all.peek().is_some() && all.all(|r| r.as_ref().is_some_and(|r| r.is_recognised()))
}

fn show(what: &str, verdict: &Verdict) {
    for signature in line::Line::of("", verdict).signatures {
        let counts = match &signature.recognised {
            Some(line) => {
                let agreement = line.agreement.as_deref().unwrap_or("own list");
                format!("recognised as {} under {agreement} since {}", line.counts_as, line.since)
            }
            None => format!("not recognised: {}", signature.not_recognised.first().map_or("", String::as_str)),
        };
        println!("  {:<34} {}  {counts}", what, signature.indication);
    }
}
