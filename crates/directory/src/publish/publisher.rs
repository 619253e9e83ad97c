//! Signs what is published and holds it for serving.

use super::history::{Document, History, Publication};
use super::{Definition, Faults, Ring, SigningKeys};
use crate::anchor::AnchorSource;
use crate::shared::Source;
use crate::signed::{DirectoryContent, OutgoingPart};
use crate::{Anchor, PRIVATE_PARAMETERS, SHARED_PARAMETERS, Version};
use bytes::Bytes;
use mekong_base::{Clock, Instant};
use mekong_crypto::{CryptoError, DigestAlgorithm};
use mekong_pki::Certificate;
use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

/// Generations whose parts are still served: a client may hold a directory that lists them.
const GENERATIONS_MAX: usize = 16;

/// Why nothing new is published. What was published before still is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The membership does not hold together.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The key cannot sign.
    #[error("the directory cannot be signed: {0}")]
    Signing(#[from] CryptoError),
    /// It cannot be recorded, so that it is not served either.
    #[error("the publication cannot be recorded in the directory's history")]
    History(#[from] mekong_ledger::LedgerError),
    /// It cannot be written down.
    #[error("the publication cannot be written down: {0}")]
    Record(String),
    /// A folder cannot be written.
    #[error("{path}: cannot be written")]
    NotWritten {
        /// Which file or folder.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Something served, with its entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) bytes: Bytes,
    /// Strong, in quotes.
    pub(super) etag: String,
    /// Hex.
    sha256: String,
}

impl Served {
    fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let digest = DigestAlgorithm::Sha256.digest(&bytes);
        let etag = format!("\"{}\"", hex::encode(digest.as_ref().get(..16).unwrap_or_default()));
        Self { bytes, etag, sha256: hex::encode(digest.as_ref()) }
    }
}

/// Everything that is served at one time.
#[derive(Debug, Default)]
pub(super) struct Published {
    instance: String,
    generation: String,
    expires: Option<Instant>,
    internal: HashMap<Version, Served>,
    external: HashMap<Version, Served>,
    /// By path; parts of earlier generations too.
    parts: HashMap<String, Served>,
    generations: VecDeque<String>,
}

impl Published {
    pub(super) fn directory(&self, ring: Ring, version: Version) -> Option<&Served> {
        match ring {
            Ring::Internal => self.internal.get(&version),
            Ring::External => self.external.get(&version),
        }
    }

    pub(super) fn part(&self, path: &str) -> Option<&Served> {
        self.parts.get(path)
    }
}

/// Publishes the configuration of one instance. Share it in an [`Arc`].
#[derive(Debug)]
pub struct Publisher {
    /// Locked while publishing, so that there is one generation at a time.
    source: Mutex<PublishedFrom>,
    published: RwLock<Arc<Published>>,
    clock: Clock,
    history: Option<History>,
}

#[derive(Debug)]
struct PublishedFrom {
    definition: Definition,
    keys: SigningKeys,
    last_generation: Instant,
    rendered: Option<Rendered>,
}

/// The parts of a definition, written; kept while it does not change.
#[derive(Debug, Clone)]
struct Rendered {
    private: Served,
    shared: Vec<(Version, Served)>,
    optional: Vec<(String, String, Served)>,
}

fn unpoisoned<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Publisher {
    /// Publishes for the first time, and keeps no history.
    ///
    /// # Errors
    /// [`PublishError::Invalid`] with every fault, [`PublishError::Signing`].
    pub fn new(definition: Definition, keys: SigningKeys, clock: Clock) -> Result<Arc<Self>, PublishError> {
        Self::recorded(definition, keys, clock, None)
    }

    /// Publishes for the first time; nothing is served that is not in the history. With one, this and every publication
    /// blocks for the disk: not within a task.
    ///
    /// # Errors
    /// As [`Publisher::new`]; [`PublishError::History`].
    pub fn recorded(
        definition: Definition,
        keys: SigningKeys,
        clock: Clock,
        history: Option<History>,
    ) -> Result<Arc<Self>, PublishError> {
        let source = PublishedFrom { definition, keys, last_generation: Instant::from_unix_seconds(0), rendered: None };
        let publisher = Self { source: Mutex::new(source), published: RwLock::default(), clock, history };
        publisher.update(|_, _| ())?;
        Ok(Arc::new(publisher))
    }

    /// Publishes a new generation of the same membership, with a new expiry.
    ///
    /// # Errors
    /// [`PublishError::Signing`].
    pub fn publish(&self) -> Result<(), PublishError> {
        let mut source = unpoisoned(&self.source);
        let published = source.publish(&self.published(), self.clock.now())?;
        self.record(&published)?;
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(published);
        Ok(())
    }

    /// Changes membership or keys and publishes the result at once: readers see all of the change or nothing of it.
    ///
    /// # Errors
    /// [`PublishError::Invalid`] with every fault, [`PublishError::Signing`]; then nothing changes.
    pub fn update<R>(&self, change: impl FnOnce(&mut Definition, &mut SigningKeys) -> R) -> Result<R, PublishError> {
        let mut source = unpoisoned(&self.source);
        let (mut definition, mut keys) = (source.definition.clone(), source.keys.clone());
        let result = change(&mut definition, &mut keys);
        definition.check()?;
        let last_generation = source.last_generation;
        let mut changed = PublishedFrom { definition, keys, last_generation, rendered: None };
        let published = changed.publish(&self.published(), self.clock.now())?;
        self.record(&published)?;
        *source = changed;
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(published);
        Ok(result)
    }

    /// Writes a publication down before it is served.
    fn record(&self, published: &Published) -> Result<(), PublishError> {
        let Some(history) = &self.history else { return Ok(()) };
        let before = self.published();
        let known: std::collections::HashSet<&str> = before.parts.values().map(|part| part.sha256.as_str()).collect();
        let newest = format!("/{}/{}/", Version::NEWEST, published.generation);
        let mut new: Vec<_> = published
            .parts
            .iter()
            .filter(|(path, part)| path.starts_with(&newest) && !known.contains(part.sha256.as_str()))
            .collect();
        new.sort_by_key(|(path, _)| path.as_str());
        let content: Vec<&[u8]> = new.into_iter().map(|(_, part)| part.bytes.as_ref()).collect();
        history.record(&published.publication(), &content)
    }

    /// Signs with `next` from now on and announces the certificate of the key before.
    ///
    /// Clients learn of `next` from shared parameters that the key before signed: announce its certificate
    /// ([`super::KeyRing::announce`] in [`Publisher::update`]) at least one refresh of theirs earlier.
    ///
    /// # Errors
    /// [`PublishError::Signing`].
    pub fn rotate(&self, ring: Ring, next: super::SigningKey) -> Result<(), PublishError> {
        self.update(|_, keys| keys.ring_mut(ring).activate(next))
    }

    /// What is published, as it is now.
    pub fn definition(&self) -> Definition {
        unpoisoned(&self.source).definition.clone()
    }

    /// When the published directories expire.
    pub fn expires(&self) -> Option<Instant> {
        self.published().expires
    }

    pub(super) fn published(&self) -> Arc<Published> {
        Arc::clone(&self.published.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The anchor for our own gateways.
    pub fn internal_anchor(&self) -> Anchor {
        self.anchor(Ring::Internal)
    }

    /// The anchor to hand to federated instances.
    pub fn external_anchor(&self) -> Anchor {
        self.anchor(Ring::External)
    }

    fn anchor(&self, ring: Ring) -> Anchor {
        let mut source = unpoisoned(&self.source);
        let certificates: Vec<Vec<u8>> = source.keys.ring_mut(ring).certificates().map(|c| c.der().to_vec()).collect();
        let name = match ring {
            Ring::Internal => "internalconf",
            Ring::External => "externalconf",
        };
        let sources = source.definition.sources.iter().map(|address| AnchorSource {
            url: format!("http://{address}/{name}"),
            certificates: certificates.clone(),
        });
        Anchor {
            generated_at: Some(self.clock.now().whole_seconds()),
            instance: source.definition.instance().to_owned(),
            sources: sources.collect(),
        }
    }

    /// Publishes anew for ever, before what is published expires. Failures are logged; abort the task to stop.
    pub async fn run(self: Arc<Self>) {
        loop {
            let pause = unpoisoned(&self.source).definition.refresh;
            tokio::time::sleep(pause.max(Duration::from_millis(100))).await;
            let publisher = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || publisher.publish()).await {
                Ok(Ok(())) => tracing::debug!(expires = ?self.expires(), "global configuration published"),
                Ok(Err(error)) => tracing::error!(%error, "global configuration not published"),
                Err(error) => tracing::error!(%error, "publishing was interrupted"),
            }
        }
    }

    /// Writes what is served into a folder, for a plain web server: `V6/internalconf`, `V6/<generation>/…`. Folders of
    /// generations that are served no more are removed.
    ///
    /// # Errors
    /// [`PublishError::NotWritten`].
    pub fn write_dir(&self, folder: &Path) -> Result<(), PublishError> {
        let published = self.published();
        let parts = published.parts.iter().map(|(path, served)| (path.trim_start_matches('/').to_owned(), served));
        let internal = published.internal.iter().map(|(v, served)| (format!("{v}/internalconf"), served));
        let external = published.external.iter().map(|(v, served)| (format!("{v}/externalconf"), served));
        // Parts first: a directory never names a part that is not there yet.
        for (path, served) in parts.chain(internal).chain(external) {
            let path = folder.join(path);
            let aside = path.with_extension("new");
            let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            let written = written.and_then(|()| std::fs::write(&aside, &served.bytes));
            written
                .and_then(|()| std::fs::rename(&aside, &path))
                .map_err(|source| PublishError::NotWritten { path, source })?;
        }
        for version in published.internal.keys() {
            let path = folder.join(version.to_string());
            let removed = published.remove_old(&path);
            removed.map_err(|source| PublishError::NotWritten { path, source })?;
        }
        Ok(())
    }
}

impl PublishedFrom {
    /// Makes the next generation.
    fn publish(&mut self, before: &Published, now: Instant) -> Result<Published, PublishError> {
        let at = now.max(self.last_generation + Duration::from_micros(1));
        let generation = generation(at);
        let expires = now.whole_seconds() + self.definition.expire;
        let rendered = self.rendered.take().unwrap_or_else(|| self.render());
        let mut published = Published {
            instance: self.definition.instance().to_owned(),
            generation: generation.clone(),
            expires: Some(expires),
            ..Published::default()
        };
        published.take_over(before);
        for (version, shared) in &rendered.shared {
            let location = |file: &str| format!("/{version}/{generation}/{file}");
            let mut parts = vec![
                (SHARED_PARAMETERS, location("shared-params.xml"), shared),
                (PRIVATE_PARAMETERS, location("private-params.xml"), &rendered.private),
            ];
            parts.extend(rendered.optional.iter().map(|(id, file, served)| (id.as_str(), location(file), served)));
            let internal = self.sign(Ring::Internal, *version, expires, &parts)?;
            let external = self.sign(Ring::External, *version, expires, parts.get(..1).unwrap_or_default())?;
            published.internal.insert(*version, internal);
            published.external.insert(*version, external);
            published.parts.extend(parts.into_iter().map(|(_, path, served)| (path, served.clone())));
        }
        self.last_generation = at;
        self.rendered = Some(rendered);
        Ok(published)
    }

    fn sign(
        &mut self,
        ring: Ring,
        version: Version,
        expires: Instant,
        parts: &[(&str, String, &Served)],
    ) -> Result<Served, CryptoError> {
        let parts: Vec<OutgoingPart<'_>> = parts
            .iter()
            .map(|(content_id, location, served)| OutgoingPart { content_id, location, bytes: &served.bytes })
            .collect();
        let content = DirectoryContent { instance: self.definition.instance(), version, expires, parts: &parts };
        let key = self.keys.ring_mut(ring).active();
        content.sign(key.key(), key.certificate()).map(Served::new)
    }

    fn render(&self) -> Rendered {
        let der =
            |certificates: &mut dyn Iterator<Item = &Certificate>| certificates.map(|c| c.der().to_vec()).collect();
        let source = |address: &String| Source {
            address: address.clone(),
            internal_certs: der(&mut self.keys.internal.certificates()),
            external_certs: der(&mut self.keys.external.certificates()),
        };
        let mut shared = self.definition.shared.clone();
        shared.sources = self.definition.sources.iter().map(source).collect();
        let optional = self.definition.optional.iter();
        Rendered {
            private: Served::new(self.definition.private.write()),
            shared: Version::WRITTEN.map(|version| (version, Served::new(shared.write(version)))).to_vec(),
            optional: optional
                .map(|o| (o.content_id.clone(), o.file_name.clone(), Served::new(o.bytes.clone())))
                .collect(),
        }
    }
}

impl Published {
    /// Removes the folders of other generations than those that are served.
    fn remove_old(&self, folder: &Path) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_generation = name.len() == self.generation.len() && name.bytes().all(|b| b.is_ascii_digit());
            if is_generation && name != self.generation && !self.generations.contains(&name) {
                std::fs::remove_dir_all(path)?;
            }
        }
        Ok(())
    }

    /// What the history says of it.
    fn publication(&self) -> Publication {
        let document = |path: String, served: &Served| Document { path, sha256: served.sha256.clone() };
        let signed = [("internalconf", &self.internal), ("externalconf", &self.external)];
        let documents = signed.into_iter().flat_map(|(name, by_version)| {
            by_version
                .iter()
                .map(move |(version, served)| document(format!("/{name}?version={}", version.number()), served))
        });
        let of_generation = |path: &&String| path.split('/').nth(2) == Some(self.generation.as_str());
        let parts = self.parts.iter().filter(|(path, _)| of_generation(path));
        let mut publication = Publication {
            instance: self.instance.clone(),
            generation: self.generation.clone(),
            expires: self.expires.unwrap_or(Instant::from_unix_seconds(0)),
            documents: documents.collect(),
            parts: parts.map(|(path, served)| document(path.clone(), served)).collect(),
        };
        publication.documents.sort_by(|a, b| a.path.cmp(&b.path));
        publication.parts.sort_by(|a, b| a.path.cmp(&b.path));
        publication
    }

    /// Keeps the parts of the last generations.
    fn take_over(&mut self, before: &Self) {
        self.generations = before.generations.iter().take(GENERATIONS_MAX - 2).cloned().collect();
        if !before.generation.is_empty() {
            self.generations.push_front(before.generation.clone());
        }
        let kept = |path: &str| self.generations.iter().any(|g| path.split('/').nth(2) == Some(g));
        self.parts = before.parts.iter().filter(|(p, _)| kept(p)).map(|(p, s)| (p.clone(), s.clone())).collect();
    }
}

/// The generation in locations, as the reference writes it: `20251110170000548026000`, date and time with nanoseconds.
fn generation(at: Instant) -> String {
    let micros = at.unix_micros().rem_euclid(1_000_000);
    let digits: String = at.whole_seconds().to_string().chars().filter(char::is_ascii_digit).collect();
    format!("{digits}{micros:06}000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_written_as_the_reference_does() {
        let at = "2025-11-10T17:00:00.548026Z".parse().map(generation);
        assert_eq!(at, Ok("20251110170000548026000".to_owned()));
        assert_eq!("2025-01-01T00:00:00Z".parse().map(generation), Ok("20250101000000000000000".to_owned()));
    }
}
