//! Reading, validation and recognition, one after the other.

use mekong_base::{Instant, Source};
use mekong_pki::Certificate;
use mekong_pki::anchors::{Anchor, Anchors};
use mekong_recognition::anchors::Grade;
use mekong_recognition::list::Freshness;
use mekong_recognition::qualification::{Rules, Technical};
use mekong_recognition::recognise::{Question, Recognition, recognise};
use mekong_recognition::snapshot::{Entry, Snapshot};
use mekong_signature::facts::{Finding, Weight};
use mekong_signature::validation::{self, Context, Indication, Memory, Policy, Report, SignatureReport};
use mekong_signature::{ReadError, Reading};
use std::sync::Arc;

/// Longest path that is looked at for listed services.
const ABOVE_MAX: usize = 16;

/// Code of the finding that a list is past its next update: what was withdrawn since is not known.
pub(crate) const LIST_OVERDUE: &str = "list_not_current";
/// Code of the finding that a list is younger than the time of validation, or closed.
const LIST_OF_ANOTHER_TIME: &str = "list_of_another_time";

/// What verdicts rest on. Make it once and judge many files with it.
pub struct Setting {
    /// What is trusted, for what, and when.
    pub anchors: Anchors,
    /// The trusted lists, own and of other countries; empty if recognition is not asked for.
    pub lists: Snapshot,
    /// By whose law a signature counts.
    pub rules: Rules,
    /// The validation policy.
    pub policy: Policy,
    /// Certificates beside those in files; not trusted.
    pub certificates: Vec<Certificate>,
    /// CRLs beside those in files, DER.
    pub crls: Vec<Arc<[u8]>>,
    /// OCSP responses beside those in files, DER.
    pub ocsps: Vec<Arc<[u8]>>,
    memory: Memory,
}

impl Setting {
    /// The anchors that the lists give, and others given by hand.
    pub fn new(lists: Snapshot, given: Vec<Anchor>, rules: Rules, policy: Policy) -> Self {
        let mut anchors = mekong_recognition::anchors::anchors(&lists, Grade::Any);
        given.into_iter().for_each(|anchor| anchors.add(anchor));
        let (certificates, crls, ocsps) = (Vec::new(), Vec::new(), Vec::new());
        Self { anchors, lists, rules, policy, certificates, crls, ocsps, memory: Memory::default() }
    }

    /// The verdict on a file at a time.
    ///
    /// # Errors
    /// [`ReadError`] if it is not a signed file, or broken beyond reading.
    pub fn judge(&self, source: &dyn Source, reading: &Reading<'_>, at: Instant) -> Result<Verdict, ReadError> {
        let document = mekong_signature::read(source, reading)?;
        let context = Context {
            anchors: &self.anchors,
            certificates: &self.certificates,
            crls: &self.crls,
            ocsps: &self.ocsps,
            at,
            policy: &self.policy,
            memory: Some(&self.memory),
        };
        let mut report = validation::validate(&document, &context);
        report.findings.extend(self.stale_lists(at));
        let recognitions = report.signatures.iter().map(|signature| self.recognise(signature)).collect();
        Ok(Verdict { report, recognitions })
    }

    /// What is to be said of lists that are not current at the time of validation.
    fn stale_lists(&self, at: Instant) -> Vec<Finding> {
        let told = |(entry, freshness): (&Entry, Freshness)| {
            let (code, what) = match freshness {
                Freshness::Stale { next_update } => (LIST_OVERDUE, format!("its next update was due at {next_update}")),
                Freshness::NotYetIssued { issued } => {
                    (LIST_OF_ANOTHER_TIME, format!("it was issued later, at {issued}"))
                }
                _ => (LIST_OF_ANOTHER_TIME, "it is closed: there will be no next update".to_owned()),
            };
            let territory = entry.verified.list.scheme.territory.as_deref().unwrap_or("?");
            Finding::new(Weight::Warning, code, format!("the list of {territory} ({}): {what}", entry.from))
        };
        self.lists.not_fresh(at).map(told).collect()
    }

    fn recognise(&self, signature: &SignatureReport) -> Option<Recognition> {
        let signer = signature.signer.as_ref()?;
        if self.lists.is_empty() {
            return None;
        }
        let chain = match &signature.chain {
            Some(chain) => self.continued(chain.certificates.iter().skip(1).chain([&chain.anchor]).cloned().collect()),
            // A changed document is found out before a path is sought; who signed it can be named all the same.
            None => self.continued(vec![signer.clone()]).split_off(1),
        };
        let technical = match signature.conclusion.indication {
            Indication::TotalPassed | Indication::Passed => Technical::Passed,
            Indication::TotalFailed | Indication::Failed => Technical::Failed,
            _ => Technical::Indeterminate,
        };
        let question = Question { signer, chain: &chain, best_time: signature.best_time, technical };
        Some(recognise(&question, &self.lists, &self.rules))
    }
}

impl Setting {
    /// A path may end at an anchor below a service that a list names: goes on upwards through the other anchors.
    fn continued(&self, mut path: Vec<Certificate>) -> Vec<Certificate> {
        while let Some(last) = path.last().filter(|last| !last.is_self_issued() && path.len() < ABOVE_MAX) {
            let issued = |anchor: &&Anchor| last.verify_signature(anchor.certificate.public_key()).is_ok();
            let Some(issuer) = self.anchors.issuers_of(last).find(issued).map(|anchor| anchor.certificate.clone())
            else {
                break;
            };
            path.push(issuer);
        }
        path
    }
}

/// What was found out about a file.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The technical verdict.
    pub report: Report,
    /// What each signature counts as here, in the order of the report; `None` without lists or signer.
    pub recognitions: Vec<Option<Recognition>>,
}

/// A verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There is a signature, and all are valid.
    Passed,
    /// Some are not valid, or nothing is signed.
    NotPassed,
    /// What is at hand does not suffice to say.
    Open,
}

impl Verdict {
    /// All signatures total-passed, or not.
    pub fn is_passed(&self) -> bool {
        self.report.is_passed()
    }

    /// Every signature with what it counts as.
    pub fn signatures(&self) -> impl Iterator<Item = (&SignatureReport, Option<&Recognition>)> {
        self.report.signatures.iter().zip(self.recognitions.iter().map(Option::as_ref))
    }

    /// Whether a file without signatures has time-stamps or evidence records, of which none is wrong.
    fn has_open_proof(&self) -> bool {
        let records = self.report.evidence_records.iter().map(|record| record.conclusion.indication);
        let mut all = self.report.timestamps.iter().map(|stamp| stamp.conclusion.indication).chain(records);
        self.report.indication() == Indication::Indeterminate && all.all(|indication| indication != Indication::Failed)
    }

    /// For the reader who wants one word: failed outweighs open, open outweighs passed.
    pub fn outcome(&self) -> Outcome {
        let any =
            |wanted: &[Indication]| self.report.signatures.iter().any(|s| wanted.contains(&s.conclusion.indication));
        if self.is_passed() {
            Outcome::Passed
        } else if any(&[Indication::TotalFailed, Indication::Failed])
            || (self.report.signatures.is_empty() && !self.has_open_proof())
        {
            Outcome::NotPassed
        } else {
            Outcome::Open
        }
    }
}
