//! Verdicts on foreign files: what is trusted, and what must hold of every verdict.

use crate::fixtures::{MESSAGE, STAMPED};
use mekong_base::{Instant, Language};
use mekong_pki::Certificate;
use mekong_pki::anchors::Anchor;
use mekong_recognition::snapshot::{Fetched, Snapshot};
use mekong_signature::Reading;
use mekong_signature::facts::{DataKind, DataState};
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::validation::{Policy, Report, SignatureReport};
use mekong_verdict::line::Line;
use mekong_verdict::report::Case;
use mekong_verdict::{Setting, Verdict, home, html, plain};
use std::sync::OnceLock;
use std::time::Duration;

/// The root above all of `corpus/fuzz_verdict`.
const ROOT: &[u8] = include_bytes!("../fixtures/verdict/root.cer");
/// The authority between the root and the others.
const ISSUING: &[u8] = include_bytes!("../fixtures/verdict/issuing.cer");
/// The status of the time-stamping authority and of the issuing one.
const OCSPS: [&[u8]; 2] =
    [include_bytes!("../fixtures/verdict/tsa.ocsp"), include_bytes!("../fixtures/verdict/issuing.ocsp")];
/// The signer of all of it.
const SIGNER: &[u8] = include_bytes!("../fixtures/verdict/signer.cer");
/// The list that names the authority between them.
pub const LIST: &[u8] = include_bytes!("../fixtures/verdict/list.xml");
/// Fonts for reports as PDF, where Debian's fonts-noto-core puts them; without them none is written.
const FONTS: [&str; 2] =
    ["/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "/usr/share/fonts/truetype/noto/NotoSansLao-Regular.ttf"];
/// Signature values that the fixed signer made.
const VALUES: &str = include_str!("../fixtures/verdict/values.txt");

/// When files are judged: a day after they were signed.
pub fn at() -> Instant {
    crate::fixtures::now() + Duration::from_secs(86_400)
}

/// The list, verified.
pub fn lists() -> &'static Snapshot {
    static LISTS: OnceLock<Snapshot> = OnceLock::new();
    LISTS.get_or_init(|| {
        let fetched = Fetched { bytes: LIST.to_vec(), from: "list.xml".into(), at: crate::fixtures::now() };
        let (snapshot, rejected) = Snapshot::assemble(vec![fetched], &[]);
        assert!(rejected.is_empty(), "{:?}", rejected.first().map(|r| r.reason.to_string()));
        snapshot
    })
}

/// A setting with the fixed root and list, by a policy.
pub fn setting(policy: Policy) -> Setting {
    let [root, issuing] = [ROOT, ISSUING].map(|der| Certificate::from_der(der).expect("a certificate of our own"));
    let anchors = vec![Anchor::given(root, "fixture")];
    let mut setting = Setting::new(lists().clone(), anchors, home::rules(lists()), policy);
    setting.certificates.push(issuing);
    setting.ocsps.extend(OCSPS.map(Into::into));
    setting
}

/// Judges a file, beside what detached signatures may sign, and writes every report on it but the PDF.
pub fn check(setting: &Setting, data: &[u8]) -> Option<Verdict> {
    let (bytes, message, stamped) = (data.to_vec(), MESSAGE.to_vec(), STAMPED.to_vec());
    let detached = [(None, &message), (Some("a.txt"), &stamped)]
        .map(|(name, content)| Detached { name: name.map(str::to_owned), content: DetachedContent::Source(content) });
    let judged = setting.judge(&bytes, &Reading { detached: detached.into(), ..Reading::default() }, at());
    let case = Case { file: "file", sha256: [0; 32], judged: judged.as_ref(), lists: lists() };
    assert_json(&case.json());
    let _ = case.etsi();
    for language in Language::ALL {
        let _ = case.page(language, "");
        let said = judged.as_ref().map_or_else(|e| plain::of_error(e, language), |v| plain::of(v, language));
        let _ = html::fragment(&said);
    }
    let verdict = judged.ok()?;
    assert_json(&Line::of("file", &verdict).to_json());
    check_report(&verdict.report);
    Some(verdict)
}

/// Writes the report as PDF, where there are fonts.
pub fn write_pdf(verdict: &Verdict) {
    static READ: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let read = READ.get_or_init(|| FONTS.iter().filter_map(|path| std::fs::read(path).ok()).collect());
    let fonts: Vec<&[u8]> = read.iter().map(Vec::as_slice).collect();
    let case = Case { file: "file", sha256: [0; 32], judged: Ok(verdict), lists: lists() };
    assert!(fonts.len() < FONTS.len() || case.pdf(Language::Lao, &fonts).is_ok());
}

fn assert_json(text: &str) {
    assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
}

/// What is valid was signed by the fixed signer, or stamped by the fixed authority, and nothing of it was changed.
fn check_report(report: &Report) {
    for signature in report.signatures.iter().filter(|signature| signature.conclusion.is_passed()) {
        assert!(is_genuine(signature), "{signature:?}");
    }
    let timestamps = report.signatures.iter().flat_map(|s| &s.timestamps).chain(&report.timestamps);
    for timestamp in timestamps.filter(|timestamp| timestamp.conclusion.is_passed()) {
        let (from, until) = (crate::fixtures::now(), at());
        assert!(timestamp.time.is_some_and(|time| from <= time && time < until), "{timestamp:?}");
    }
}

fn is_genuine(signature: &SignatureReport) -> bool {
    let is_signers = signature.signer.as_ref().is_some_and(|signer| signer.public_key().spki() == signer_key());
    let is_made = VALUES.lines().any(|line| line == hex(&signature.value));
    let is_document = |kind| matches!(kind, DataKind::Document | DataKind::SignedProperties);
    is_signers && is_made && signature.data.iter().all(|d| !is_document(d.kind) || d.state == DataState::Intact)
}

fn signer_key() -> &'static [u8] {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| Certificate::from_der(SIGNER).expect("ours").public_key().spki().to_vec())
}

/// Digits as `values.txt` has them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
