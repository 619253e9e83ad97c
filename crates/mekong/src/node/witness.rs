//! A witness of other logs as a role (C2SP tlog-witness): cosigns checkpoints that continue what it saw, keeps what shows two
//! histories. What it saw is on disk before a cosignature leaves.

use super::config::{WitnessSection, read_passphrase};
use super::listener::Listener;
use crate::cli::{CommandError, Context};
use crate::serving::sockets::Sockets;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path as UrlPath, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use mekong_authority::token::Token;
use mekong_base::{Clock, Instant};
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_ledger::checkpoint::{Log, SignedCheckpoint};
use mekong_ledger::note::{Algorithm, Signer, VerifierKey};
use mekong_ledger::proof::PROOF_BYTES_MAX;
use mekong_ledger::witness::{Answer, Equivocation, decide, parse};
use mekong_store::file;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Label of the key of a witness.
pub(crate) const KEY: &str = "witness";
/// Folder of the key within a witness's folder.
const KEYS: &str = "keys";
/// Media type of the size in a conflict.
const SIZE_TYPE: &str = "text/x.tlog.size";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";
/// The most pieces of evidence against a log that are kept: anybody can send its checkpoints with nonsense for a proof. As many
/// again that speak for themselves, which only who has its key can make.
const EVIDENCE_MAX: usize = 64;

/// A running witness.
pub(crate) struct Witness {
    listener: Listener,
}

impl Witness {
    /// Opens its key (made if there is none) and its memory, and begins to listen.
    ///
    /// # Errors
    /// In words: which file, key or address, and what to do.
    pub(crate) async fn start(
        section: &WitnessSection,
        clock: &Clock,
        sockets: &Sockets,
    ) -> Result<Self, CommandError> {
        let memory = Memory::open(section)?;
        let listener = Listener::on(
            sockets.listen(section.listen, "the witness").await?,
            "the witness",
            router(memory, clock.clone()),
        )?;
        Ok(Self { listener })
    }

    /// Its verifier key; made if there is none.
    ///
    /// # Errors
    /// In words, if the key does not open.
    pub(crate) fn key(section: &WitnessSection) -> Result<VerifierKey, CommandError> {
        let keys = section.folder.join(KEYS);
        std::fs::create_dir_all(&keys).context(|| format!("make the folder {}", keys.display()))?;
        let signer = signer(&keys, &section.passphrase_file, KEY, &section.name, Algorithm::Cosignature)?;
        Ok(signer.verifier().clone())
    }

    /// Stops.
    pub(crate) async fn stop(self) {
        self.listener.stop().await;
    }
}

/// The key of a log or witness in a folder of keys, made if there is none.
pub(super) fn signer(
    keys: &Path,
    passphrase_file: &Path,
    label: &str,
    name: &str,
    algorithm: Algorithm,
) -> Result<Signer, CommandError> {
    let token = Token::open(keys, read_passphrase(passphrase_file)?)
        .context(|| format!("open the keys in {}", keys.display()))?;
    let key = if token.has(label) { token.key(label) } else { token.generate(label, KeyType::Ed25519) };
    let key = key.context(|| format!("key {label}"))?;
    let name = name.parse().context(|| "name of a log or witness")?;
    Signer::new(name, algorithm, key).context(|| format!("key {label}"))
}

/// What the witness knows of one log.
struct Witnessed {
    log: Log,
    folder: PathBuf,
    /// The newest checkpoint that it cosigned; the file has the same.
    seen: Mutex<Option<SignedCheckpoint>>,
}

struct Memory {
    signer: Signer,
    /// By origin.
    logs: BTreeMap<String, Witnessed>,
    evidence: PathBuf,
}

impl Memory {
    fn open(section: &WitnessSection) -> Result<Self, CommandError> {
        let keys = section.folder.join(KEYS);
        let signer = signer(&keys, &section.passphrase_file, KEY, &section.name, Algorithm::Cosignature)?;
        let mut logs = BTreeMap::new();
        for log in &section.logs {
            let log = witnessed_log(log)?;
            let folder = section.folder.join("logs").join(origin_hash(&log.origin));
            std::fs::create_dir_all(&folder).context(|| format!("make the folder {}", folder.display()))?;
            let seen = Mutex::new(remembered(&folder, &log, signer.verifier())?);
            logs.insert(log.origin.clone(), Witnessed { log, folder, seen });
        }
        let evidence = section.folder.join("evidence");
        std::fs::create_dir_all(&evidence).context(|| format!("make the folder {}", evidence.display()))?;
        Ok(Self { signer, logs, evidence })
    }

    /// Answers a request; what it changes is on disk when this returns.
    fn add_checkpoint(&self, body: &[u8], now: Instant) -> Answer {
        let request = match parse(body) {
            Ok(request) => request,
            Err(answer) => return answer,
        };
        let Some(witnessed) = self.logs.get(&request.checkpoint.unverified().origin) else {
            return decide(&request, None, None, &self.signer, now);
        };
        // Held from looking to storing: two requests at once must not both be right.
        let mut seen = witnessed.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = decide(&request, Some(&witnessed.log), seen.as_ref(), &self.signer, now);
        match &answer {
            Answer::Cosigned { seen: newest, .. } => {
                if let Err(error) = file::write(&witnessed.folder.join("checkpoint"), newest.to_string().as_bytes()) {
                    tracing::error!(%error, "a checkpoint was not cosigned: it cannot be stored");
                    return Answer::Unstored(error.to_string());
                }
                *seen = Some((**newest).clone());
            }
            Answer::Conflict { evidence: Some(evidence), .. }
            | Answer::Inconsistent { evidence: Some(evidence), .. } => {
                keep(&self.evidence, evidence);
            }
            _ => {}
        }
        answer
    }
}

/// A log as the configuration names it.
fn witnessed_log(section: &super::config::WitnessedSection) -> Result<Log, CommandError> {
    let keys = section.keys.iter().map(|key| key.parse().context(|| "witness.logs.keys"));
    let keys: Vec<VerifierKey> = keys.collect::<Result<_, _>>()?;
    let Some(first) = keys.first() else {
        return Err(CommandError::new("witness.logs.keys: at least one key is needed"));
    };
    Ok(Log { origin: section.origin.clone().unwrap_or_else(|| first.name().to_string()), keys })
}

/// What was cosigned last. A witness that forgot could be told another history, so a file that cannot be read stops it.
fn remembered(folder: &Path, log: &Log, key: &VerifierKey) -> Result<Option<SignedCheckpoint>, CommandError> {
    let path = folder.join("checkpoint");
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read.context(|| format!("read {}", path.display()))?,
    };
    let seen = SignedCheckpoint::parse(&bytes).context(|| path.display().to_string())?;
    let verified = seen.note().verify(std::slice::from_ref(key)).context(|| path.display().to_string())?;
    if verified.is_empty() || seen.unverified().origin != log.origin {
        return Err(CommandError::new(format!("{} is not what this witness cosigned", path.display())));
    }
    Ok(Some(seen))
}

/// Keeps evidence, once, and says so.
pub(super) fn keep(folder: &Path, evidence: &Equivocation) {
    let text = evidence.to_string();
    let log: String = origin_hash(&evidence.first.unverified().origin).chars().take(16).collect();
    let path = folder.join(format!("{log}-{}.txt", hex::encode(DigestAlgorithm::Sha256.digest(text.as_bytes()))));
    if path.exists() {
        return;
    }
    // A log can make as many histories as it likes, and shall not fill the disk with them.
    let kept = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let kept = kept.filter(|entry| entry.file_name().to_string_lossy().starts_with(&log)).count();
    let room = if evidence.proven { EVIDENCE_MAX * 2 } else { EVIDENCE_MAX };
    if kept >= room {
        return;
    }
    tracing::error!(evidence = %path.display(), "{}", evidence.summary());
    if let Err(error) = file::write(&path, text.as_bytes()) {
        tracing::error!(%error, "evidence could not be kept");
    }
}

/// The name of a log in paths: SHA-256 of its origin, hexadecimal.
pub(super) fn origin_hash(origin: &str) -> String {
    hex::encode(DigestAlgorithm::Sha256.digest(origin.as_bytes()))
}

#[derive(Clone)]
struct Served {
    memory: Arc<Memory>,
    clock: Clock,
}

fn router(memory: Memory, clock: Clock) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{log}/checkpoint", get(newest))
        .layer(DefaultBodyLimit::max(PROOF_BYTES_MAX))
        .with_state(Served { memory: Arc::new(memory), clock })
}

async fn add_checkpoint(State(served): State<Served>, body: Bytes) -> Response {
    // Not given up in the middle when the asker goes away: what is stored and what is remembered stay the same.
    let answering = tokio::task::spawn_blocking(move || served.memory.add_checkpoint(&body, served.clock.now()));
    match answering.await {
        Ok(answer) => respond(answer),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (media_type, text) = match answer {
        Answer::Cosigned { cosignature, .. } => (TEXT_TYPE, cosignature.to_string()),
        Answer::Conflict { size, .. } => (SIZE_TYPE, size.to_string()),
        Answer::Unknown { origin } => (TEXT_TYPE, format!("the log {origin:?} is not witnessed here")),
        Answer::Malformed(reason) | Answer::Forbidden(reason) | Answer::Inconsistent { reason, .. } => {
            (TEXT_TYPE, reason)
        }
        Answer::Unstored(_) | Answer::Failed(_) => (TEXT_TYPE, "it could not be cosigned; try again later".to_owned()),
    };
    (status, [(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-store")], format!("{text}\n")).into_response()
}

async fn newest(State(served): State<Served>, UrlPath(log): UrlPath<String>) -> Response {
    let witnessed = served.memory.logs.iter().find(|(origin, _)| origin_hash(origin) == log);
    let seen = witnessed.and_then(|(_, known)| known.seen.lock().unwrap_or_else(PoisonError::into_inner).clone());
    match seen {
        Some(seen) => ([(CONTENT_TYPE, TEXT_TYPE), (CACHE_CONTROL, "no-store")], seen.to_string()).into_response(),
        None => (StatusCode::NOT_FOUND, "nothing of this log was cosigned here\n").into_response(),
    }
}
