//! Signed files of every form and level under one authority, the list that names it, and what its signer's values are: the
//! verdict on each is that it is valid.

use crate::documents::{evidence_record_xml, signing};
use crate::files::{Failure, fixture, seed};
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, Zeroizing};
use mekong_fuzz::fixtures::{MESSAGE, ORDER, STAMPED, now};
use mekong_fuzz::judged::hex;
use mekong_pki::issue::{self, Order, Profile, Serial, Urls};
use mekong_pki::ocsp::Request as OcspRequest;
use mekong_pki::request::CertificateRequest;
use mekong_pki::tsp::{Request, Response};
use mekong_pki::{Certificate, name};
use mekong_recognition::definition::{self, Resolve};
use mekong_recognition::list;
use mekong_recognition::snapshot::{Fetched, Snapshot};
use mekong_signature::making::{MakeError, Material, Selection, ServiceError, Services, Signing};
use mekong_signature::{Reading, asic, cades, evidence_record, jades, pades, xades};
use std::cell::{Cell, RefCell};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const ALL: Selection = Selection::All;

/// The authority, the signer, and a clock that goes on by a minute with every answer.
struct Country {
    authority: CertificateAuthority,
    certificate: Certificate,
    key: PrivateKey,
    answers: Cell<u64>,
    values: RefCell<Vec<String>>,
}

pub(crate) fn all() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let country = Country::found(folder.path())?;
    fixture("verdict/root.cer", country.authority.root().der())?;
    fixture("verdict/issuing.cer", country.authority.issuing().der())?;
    fixture("verdict/signer.cer", country.certificate.der())?;
    fixture("verdict/list.xml", &country.list()?)?;
    let signing = signing(&country.certificate, vec![country.authority.issuing().clone()], &country.key);
    country.cades(&signing)?;
    country.xades(&signing)?;
    country.pades(&signing)?;
    country.jades(&signing)?;
    country.containers(&signing)?;
    country.records()?;
    let statuses = country.material(&[]).map_err(|e| e.reason)?.ocsps;
    for (name, status) in ["signer", "tsa", "issuing"].iter().zip(&statuses).skip(1) {
        fixture(&format!("verdict/{name}.ocsp"), status)?;
    }
    packed()?;
    fixture("verdict/values.txt", country.values.borrow().join("\n").as_bytes())
}

/// Those of the seeds that can be taken apart, taken apart; the manifest of the list, and a small list.
pub(crate) fn packed() -> Result<(), Failure> {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(here.join("fixtures/verdict/list.xml"))?;
    let mut small = list::read(&bytes)?;
    small.providers.truncate(1);
    small.providers.iter_mut().for_each(|provider| provider.services.truncate(1));
    small.scheme.pointers.truncate(1);
    seed("trusted_list", "small", list::draft(&small).as_bytes())?;
    let (snapshot, _) = Snapshot::assemble(vec![Fetched { bytes, from: "list.xml".into(), at: now() }], &[]);
    seed("agreement", "manifest", &snapshot.manifest().0)?;
    for file in std::fs::read_dir(here.join("corpus/fuzz_verdict"))? {
        let path = file?.path();
        if let Some(parts) = mekong_fuzz::packed::unpack(&std::fs::read(&path)?) {
            seed("packed", &path.file_name().unwrap_or_default().to_string_lossy(), &parts)?;
        }
    }
    Ok(())
}

impl Country {
    fn found(folder: &std::path::Path) -> Result<Self, Failure> {
        let secret = Zeroizing::new("a passphrase of some length".to_owned());
        let mut spec = AuthoritySpec::new("Authority of Viet Nam", "VN", "Example", "http://ca.vn.example");
        spec.ocsp_validity = DAY * 30;
        let authority = CertificateAuthority::create(folder, secret, &spec, now() - DAY)?;
        let key = PrivateKey::generate(KeyType::P256)?;
        let subject = name::build(&[(name::COUNTRY, "VN"), (name::COMMON_NAME, "Nguy\u{1ec5}n V\u{103}n A")])?;
        let request = CertificateRequest::create(&key, &subject)?;
        let certificate = authority.issue(&request, Profile::Signing, None, now() - Duration::from_secs(3600))?;
        Ok(Self { authority, certificate, key, answers: Cell::new(0), values: RefCell::default() })
    }

    /// The list of the country; all services have the certificate of the issuing authority, agreements are those of the
    /// demonstrations.
    fn list(&self) -> Result<Vec<u8>, Failure> {
        let agreement = include_str!("../../../definitions/trust/agreements/vn-la.toml");
        let resolve = Resolve {
            certificate: &|_| Some(self.authority.issuing().clone()),
            agreement: &|_| definition::agreement(agreement).ok(),
        };
        let mut list = definition::list(include_str!("../../../definitions/trust/lists/vn.toml"), &resolve)?;
        list.issue(now(), now() + DAY * 180)?;
        let key = PrivateKey::generate(KeyType::P256)?;
        let subject =
            name::build(&[(name::COUNTRY, "VN"), (name::ORGANIZATION, "Operator"), (name::COMMON_NAME, "List")])?;
        let certificate = issue::self_sign(
            &key,
            &Order {
                profile: mekong_authority::profile::CertificateProfile::built_in("list-signer")?.profile(),
                subject: &subject,
                public_key: key.public_key(),
                serial: Serial::random()?,
                not_before: now() - DAY,
                not_after: now() + DAY * 365,
                urls: &Urls::default(),
                policies: &[],
            },
        )?;
        let prepared = list::sign::prepare(&list::draft(&list), &certificate, key.default_algorithm(), now())?;
        let value = key.sign(prepared.algorithm, &prepared.to_be_signed)?;
        Ok(prepared.finish(&value)?)
    }

    fn sign(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, Failure> {
        let value = self.key.sign(self.key.default_algorithm(), to_be_signed)?;
        self.values.borrow_mut().push(hex(&value));
        Ok(value)
    }

    fn time(&self) -> Instant {
        self.answers.set(self.answers.get() + 1);
        now() + Duration::from_secs(60) * u32::try_from(self.answers.get()).unwrap_or(0)
    }

    fn cades(&self, signing: &Signing) -> Result<(), Failure> {
        use cades::make::{Options, Packaging, prepare};
        let message = MESSAGE.to_vec();
        for (name, packaging) in [("cades", Packaging::Attached), ("cades_detached", Packaging::Detached)] {
            let prepared = prepare(&message, signing, &Options { packaging, ..Options::default() })?;
            let value = self.sign(&prepared.to_be_signed)?;
            let b = prepared.finish(&value)?;
            seed("verdict", &format!("{name}_b"), &b)?;
            let lt = cades::augment::add_material(&cades::augment::add_timestamp(&b, &ALL, self)?, &ALL, self)?;
            let lta = cades::augment::add_archive_timestamp(&lt, cades::Content::Source(&message), &ALL, self)?;
            seed("verdict", &format!("{name}_lta"), &lta)?;
        }
        Ok(())
    }

    fn xades(&self, signing: &Signing) -> Result<(), Failure> {
        use xades::make::{Data, DataContent, Options, Part, What, prepare};
        let stamped = STAMPED.to_vec();
        let data = Data { uri: "a.txt".into(), mime: None, content: DataContent::Source(&stamped) };
        let enveloped =
            What::Enveloped { document: ORDER.as_bytes(), parent: None, part: Part::WholeWithoutSignatures };
        let detached = What::Detached { files: vec![data.clone()], into: None, asic: false };
        let forms = [("enveloped", enveloped), ("enveloping", What::Enveloping(vec![data])), ("detached", detached)];
        let resolve = |_: &str| Some(xades::Resolved::Bytes(stamped.as_slice().into()));
        for (name, what) in forms {
            let prepared = prepare(&what, signing, &Options::default())?;
            let value = self.sign(&prepared.to_be_signed)?;
            let b = prepared.finish(&value)?;
            seed("verdict", &format!("xades_{name}_b"), &b)?;
            let lt = xades::augment::add_material(&xades::augment::add_timestamp(&b, &ALL, self)?, &ALL, self)?;
            let lta = xades::augment::add_archive_timestamp(&lt, &ALL, self, &resolve)?;
            seed("verdict", &format!("xades_{name}_lta"), &lta)?;
        }
        Ok(())
    }

    fn pades(&self, signing: &Signing) -> Result<(), Failure> {
        let plain = include_bytes!("../../corpus/fuzz_pdf/plain.pdf").to_vec();
        let options = pades::make::Options { contents_bytes: Some(6_000), ..pades::make::Options::default() };
        let prepared = pades::make::prepare(&plain, signing, &options)?;
        let value = self.sign(&prepared.to_be_signed)?;
        let t = prepared.finish_with_timestamp(&value, self)?;
        seed("verdict", "pades_t", &t)?;
        seed("verdict", "pades_lt", &pades::augment::add_material(&t, &ALL, self)?)?;
        seed("verdict", "pades_lta", &pades::augment::add_archive_timestamp(&t, &ALL, self)?)
    }

    fn jades(&self, signing: &Signing) -> Result<(), Failure> {
        use jades::make::{Options, Payload, Serialization, prepare};
        let message = MESSAGE.to_vec();
        let options = Options { serialization: Serialization::General, ..Options::default() };
        let prepared = prepare(&Payload::Attached(&message), signing, &options)?;
        let b = prepared.finish(&self.sign(&prepared.to_be_signed)?)?;
        seed("verdict", "jades_b", &b)?;
        questions(&b)?;
        let lt = jades::augment::add_material(&jades::augment::add_timestamp(&b, &ALL, self)?, &ALL, self)?;
        let lta = jades::augment::add_archive_timestamp(&lt, &Reading::default(), &ALL, self)?;
        seed("verdict", "jades_lta", &lta)
    }

    fn containers(&self, signing: &Signing) -> Result<(), Failure> {
        use asic::make::{Form, Kind, NewFile, What, prepare, timestamped};
        let message = MESSAGE.to_vec();
        let file = || NewFile { name: "a.txt".into(), media_type: None, content: &message };
        let forms = [
            ("s_xades", Kind::Simple, Form::Xades),
            ("s_cades", Kind::Simple, Form::Cades),
            ("e_xades", Kind::Extended, Form::Xades),
            ("e_cades", Kind::Extended, Form::Cades),
        ];
        for (name, kind, form) in forms {
            let prepared = prepare(&What::New(kind, form, vec![file()]), signing)?;
            let value = self.sign(&prepared.to_be_signed)?;
            let b = prepared.finish(&value)?;
            let t = asic::augment::add_timestamp(&b, &ALL, self)?;
            let lt = asic::augment::add_material(&t, &ALL, self)?;
            seed("verdict", &format!("asic_{name}_lta"), &asic::augment::add_archive_timestamp(&lt, &ALL, self)?)?;
        }
        let made: Result<Vec<u8>, MakeError> = timestamped(&file(), now(), self);
        seed("verdict", "asic_s_timestamp", &made?)
    }

    /// Evidence records over content that lies beside.
    fn records(&self) -> Result<(), Failure> {
        let digest = |data: &[u8]| DigestAlgorithm::Sha256.digest(data).as_ref().to_vec();
        let made = evidence_record::make::initial(DigestAlgorithm::Sha256, &[digest(MESSAGE), digest(STAMPED)], self)?;
        let [record, ..] = made.as_slice() else { return Err("no record".into()) };
        seed("verdict", "record", record)?;
        let token = self.timestamp(DigestAlgorithm::Sha256, &digest(MESSAGE))?;
        seed("verdict", "record_xml", evidence_record_xml(&digest(MESSAGE), &token).as_bytes())
    }
}

/// Questions of a page about a file, with anchors and with a list.
fn questions(file: &[u8]) -> Result<(), Failure> {
    let anchors = r#"{"document":0,"name":"a","at":"2026-11-20T00:00:00Z","policy":"vietnam","anchors":[2],"certificates":[3],"content":[{"buffer":0,"name":"a"}]}"#;
    let list = r#"{"document":0,"name":"a","at":"2026-11-20T00:00:00Z","policy":{"buffer":4},"lists":[{"buffer":1,"from":"own","fetched":"2026-11-20T00:00:00Z"}],"list_signers":[],"crls":[],"ocsps":[]}"#;
    for (name, question) in [("anchors", anchors), ("list", list)] {
        seed("question", name, &[question.as_bytes(), b"\n", file].concat())?;
    }
    Ok(())
}

impl Services for Country {
    fn timestamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let request = Request { wants_certificate: true, ..Request::new(algorithm, digest.to_vec()) };
        let answer = self.authority.tsa().respond(&request.to_der(), self.time());
        let refused = |reason: String| ServiceError { service: "time-stamp".into(), reason };
        Response::from_der(&answer).map(|r| r.token).map_err(|e| refused(e.to_string()))
    }

    fn material(&self, _: &[Certificate]) -> Result<Material, ServiceError> {
        let (issuing, root) = (self.authority.issuing(), self.authority.root());
        let time = self.time();
        let asked = [(&self.certificate, issuing), (self.authority.tsa().certificate(), issuing), (issuing, root)];
        let answers = asked.map(|(certificate, issuer)| {
            self.authority.answer_ocsp(&OcspRequest::new(certificate, issuer).to_der(), time).der.to_vec()
        });
        Ok(Material { certificates: vec![issuing.clone(), root.clone()], ocsps: answers.into(), crls: Vec::new() })
    }
}
