//! What is asked and answered: the files are in numbered buffers, the rest is JSON.

use mekong_base::{Instant, Language, Source};
use mekong_pki::Certificate;
use mekong_pki::anchors::Anchor;
use mekong_recognition::snapshot::{Fetched, Snapshot};
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::validation::Policy;
use mekong_signature::{ReadError, Reading};
use mekong_verdict::line::Line;
use mekong_verdict::plain::{self, Plain};
use mekong_verdict::{Setting, Verdict, home, html};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A question. Numbers are those of buffers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    /// The signed file.
    document: usize,
    /// Its name, for the report.
    name: String,
    /// The time of validation, RFC 3339; the module has no clock.
    at: Instant,
    /// A policy by name, or the buffer with the text of one; without, that of the country of one's own list.
    policy: Option<PolicyChoice>,
    /// Trusted lists, one's own first.
    #[serde(default)]
    lists: Vec<List>,
    /// Certificates that may sign one's own lists; without any, the first list is taken as given.
    #[serde(default)]
    list_signers: Vec<usize>,
    /// Certificates that are trusted for everything, DER or PEM.
    #[serde(default)]
    anchors: Vec<usize>,
    /// Certificates that may be needed, but are not trusted.
    #[serde(default)]
    certificates: Vec<usize>,
    /// Revocation lists, DER.
    #[serde(default)]
    crls: Vec<usize>,
    /// OCSP responses, DER.
    #[serde(default)]
    ocsps: Vec<usize>,
    /// What a detached signature signs.
    #[serde(default)]
    content: Vec<Content>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum PolicyChoice {
    Named(String),
    Text { buffer: usize },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    buffer: usize,
    from: String,
    fetched: Instant,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    buffer: usize,
    name: Option<String>,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// `verdict` as `mekong verify --json` prints it, and `html` in each language.
    Verdict,
    /// The same, of a file in which no signature can be read.
    NoSignature,
    /// The question cannot be answered: `error` says why.
    BadQuestion,
}

#[derive(Serialize)]
struct Answer {
    verdict: Line,
    html: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Refusal {
    error: String,
}

/// Answers a question in JSON about files in numbered buffers, in JSON.
pub fn answer(question: &[u8], buffers: &[Vec<u8>]) -> (Outcome, Vec<u8>) {
    let read = serde_json::from_slice::<Question>(question).map_err(|error| format!("the question: {error}"));
    let (outcome, json) = match read.and_then(|question| question.answer(buffers)) {
        Ok((outcome, answer)) => (outcome, serde_json::to_vec(&answer)),
        Err(error) => (Outcome::BadQuestion, serde_json::to_vec(&Refusal { error })),
    };
    (outcome, json.unwrap_or_default())
}

impl Question {
    fn answer(&self, buffers: &[Vec<u8>]) -> Result<(Outcome, Answer), String> {
        let setting = self.setting(buffers)?;
        let source: &dyn Source = buffer(buffers, self.document)?;
        let mut reading = Reading::default();
        for content in &self.content {
            let source: &dyn Source = buffer(buffers, content.buffer)?;
            reading.detached.push(Detached { name: content.name.clone(), content: DetachedContent::Source(source) });
        }
        Ok(match setting.judge(source, &reading, self.at) {
            Ok(verdict) => (Outcome::Verdict, self.told(&verdict)),
            Err(error) => (Outcome::NoSignature, self.unjudged(&error)),
        })
    }

    fn told(&self, verdict: &Verdict) -> Answer {
        let html = in_all_languages(|language| plain::of(verdict, language));
        Answer { verdict: Line::of(&self.name, verdict), html }
    }

    fn unjudged(&self, error: &ReadError) -> Answer {
        let html = in_all_languages(|language| plain::of_error(error, language));
        Answer { verdict: Line::unjudged(&self.name, error.to_string()), html }
    }

    fn setting(&self, buffers: &[Vec<u8>]) -> Result<Setting, String> {
        let lists = self.snapshot(buffers)?;
        let policy = match &self.policy {
            None => Policy::named(home::policy(&lists)),
            Some(PolicyChoice::Named(name)) => Policy::named(name),
            Some(PolicyChoice::Text { buffer: index }) => {
                let text = std::str::from_utf8(buffer(buffers, *index)?);
                Policy::parse(text.map_err(|e| format!("the policy: {e}"))?)
            }
        };
        let given = self.anchors.iter().map(|index| Ok(Anchor::given(certificate(buffers, *index)?, "this page")));
        let rules = home::rules(&lists);
        let policy = policy.map_err(|e| e.to_string())?;
        let mut setting = Setting::new(lists, given.collect::<Result<_, String>>()?, rules, policy);
        setting.certificates = certificates(buffers, &self.certificates)?;
        setting.crls = contents(buffers, &self.crls)?;
        setting.ocsps = contents(buffers, &self.ocsps)?;
        Ok(setting)
    }

    /// Fails closed: whoever gives a list relies on it.
    fn snapshot(&self, buffers: &[Vec<u8>]) -> Result<Snapshot, String> {
        let lists = self.lists.iter().map(|list| {
            let bytes = buffer(buffers, list.buffer)?.clone();
            Ok(Fetched { bytes, from: list.from.clone(), at: list.fetched })
        });
        let signers = certificates(buffers, &self.list_signers)?;
        let (snapshot, rejected) = Snapshot::assemble(lists.collect::<Result<_, String>>()?, &signers);
        match rejected.first() {
            Some(list) => Err(format!("trusted list {}: {}", list.from, list.reason)),
            None => Ok(snapshot),
        }
    }
}

fn in_all_languages(say: impl Fn(Language) -> Plain) -> BTreeMap<&'static str, String> {
    Language::ALL.into_iter().map(|language| (language.code(), html::fragment(&say(language)))).collect()
}

fn buffer(buffers: &[Vec<u8>], index: usize) -> Result<&Vec<u8>, String> {
    buffers.get(index).ok_or_else(|| format!("there is no buffer {index}"))
}

fn contents(buffers: &[Vec<u8>], indexes: &[usize]) -> Result<Vec<Arc<[u8]>>, String> {
    indexes.iter().map(|index| Ok(buffer(buffers, *index)?.as_slice().into())).collect()
}

fn certificates(buffers: &[Vec<u8>], indexes: &[usize]) -> Result<Vec<Certificate>, String> {
    indexes.iter().map(|index| certificate(buffers, *index)).collect()
}

/// A certificate in DER or PEM.
fn certificate(buffers: &[Vec<u8>], index: usize) -> Result<Certificate, String> {
    let bytes = buffer(buffers, index)?;
    let read = match std::str::from_utf8(bytes).ok().filter(|text| text.contains("-----BEGIN")) {
        Some(pem) => Certificate::from_pem(pem),
        None => Certificate::from_der(bytes),
    };
    read.map_err(|e| format!("buffer {index}: {e}"))
}
