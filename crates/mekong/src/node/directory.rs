//! The directory of an instance: published from a members file, signed, served.

use super::config::{DirectorySection, read_passphrase};
use super::enrolment;
use super::listener::Listener;
use crate::cli::{CommandError, Context};
use crate::serving::sockets::Sockets;
use mekong_authority::ca::CertificateAuthority;
use mekong_authority::token::Token;
use mekong_base::{Clock, Instant};
use mekong_crypto::KeyType;
use mekong_directory::publish::{Definition, History, KeyRing, Publisher, SigningKey, SigningKeys};
use mekong_directory::registration::Journal;
use mekong_directory::{Anchor, anchor::AnchorSource};
use mekong_ledger::{Disk, Ledger, Options};
use mekong_pki::Certificate;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Folder of the keys within a directory's folder.
pub(crate) const KEYS: &str = "keys";
/// Labels of the keys, and names of their certificates without `.pem`.
const INTERNAL: &str = "internal";
const EXTERNAL: &str = "external";

/// Folder of the registrations within a directory's folder.
const REGISTRATION: &str = "registration";
/// Folder of the ledger of what was published.
pub(crate) const HISTORY: &str = "history";
/// How long to wait for the process before in a restart.
const HANDOVER: Duration = Duration::from_secs(5);

/// A running directory.
pub(crate) struct Directory {
    listener: Listener,
    history: History,
    tasks: Vec<JoinHandle<()>>,
}

/// What a directory is made from: the members file with all registrations upon it.
pub(crate) struct Membership {
    /// What is published.
    pub(crate) definition: Definition,
    /// Invitations and registrations.
    pub(crate) journal: Journal,
}

impl Membership {
    /// Reads the members file and the registrations of a directory.
    ///
    /// # Errors
    /// In words: every fault of the members file, or of the journal.
    pub(crate) fn read(section: &DirectorySection) -> Result<Self, CommandError> {
        let definition = Definition::read(&section.members);
        let mut definition = definition.context(|| format!("understand {}", section.members.display()))?;
        let folder = section.folder.join(REGISTRATION);
        let journal = Journal::open(&folder).context(|| format!("read the registrations in {}", folder.display()))?;
        journal.state().apply_to(&mut definition);
        Ok(Self { definition, journal })
    }
}

/// The folder of a directory's keys, open.
///
/// # Errors
/// In words, if the passphrase does not open it.
pub(crate) fn keys(section: &DirectorySection) -> Result<Token, CommandError> {
    Token::open(section.folder.join(KEYS), read_passphrase(&section.passphrase_file)?)
        .context(|| format!("open the keys in {}", section.folder.display()))
}

fn signing_keys(section: &DirectorySection, token: &Token) -> Result<SigningKeys, CommandError> {
    let ring = |label: &str| -> Result<KeyRing, CommandError> {
        let path = section.folder.join(label).with_extension("pem");
        let pem = std::fs::read_to_string(&path).context(|| format!("read {}", path.display()))?;
        let certificate = Certificate::from_pem(&pem).context(|| format!("understand {}", path.display()))?;
        let key = token.key(label).context(|| format!("open the key {label}"))?;
        Ok(KeyRing::new(SigningKey::new(key, certificate).context(|| path.display().to_string())?))
    };
    Ok(SigningKeys { internal: ring(INTERNAL)?, external: ring(EXTERNAL)? })
}

impl Directory {
    /// Publishes the members file and what was registered, and serves it; with `[directory.registration]`, takes
    /// registrations. `authority` is the one that runs in this node.
    ///
    /// # Errors
    /// In words: every fault of the members file, or keys that do not open, or an address that is taken.
    pub(crate) async fn start(
        section: &DirectorySection,
        authority: Option<CertificateAuthority>,
        clock: &Clock,
        sockets: &Sockets,
    ) -> Result<Self, CommandError> {
        let folder = section.folder.join(HISTORY);
        let options = Options { wait_for_lock: HANDOVER, ..Options::default() };
        let ledger = Ledger::open_files(&folder, options, Disk::real(), clock.clone()).await;
        let history = History::new(ledger.context(|| format!("open the directory's history in {}", folder.display()))?);
        let (own, kept, time) = (section.clone(), history.clone(), clock.clone());
        let publish = move || -> Result<_, CommandError> {
            let Membership { definition, journal } = Membership::read(&own)?;
            let token = keys(&own)?;
            let keys = signing_keys(&own, &token)?;
            let publisher = Publisher::recorded(definition, keys, time.clone(), Some(kept));
            let publisher = publisher.context(|| "publish the directory")?;
            let registrar = match &own.registration {
                None => None,
                Some(registration) => {
                    let authority = enrolment::authority(registration, authority)?;
                    let key = enrolment::key(&token)?;
                    Some(enrolment::registrar(&publisher, authority, key, journal, time)?)
                }
            };
            Ok((publisher, registrar))
        };
        let (publisher, registrar) =
            tokio::task::spawn_blocking(publish).await.context(|| "publish the directory")??;
        let mut router = publisher.router();
        let mut tasks = vec![tokio::spawn(publisher.run())];
        if let Some(registrar) = registrar {
            router = router.merge(registrar.router());
            tasks.push(tokio::spawn(registrar.run()));
        }
        let listener = Listener::on(sockets.listen(section.listen, "the directory").await?, "the directory", router)?;
        Ok(Self { listener, history, tasks })
    }

    /// What it published, as a ledger.
    pub(crate) const fn history(&self) -> &History {
        &self.history
    }

    /// Stops serving.
    pub(crate) async fn stop(self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.listener.stop().await;
        self.history.ledger().close().await;
    }
}

/// Whether what a directory is made from can be read.
///
/// # Errors
/// As [`Directory::start`].
pub(super) async fn check(section: &DirectorySection) -> Result<(), CommandError> {
    let section = section.clone();
    let check = move || {
        Membership::read(&section)?;
        signing_keys(&section, &keys(&section)?).map(|_| ())
    };
    tokio::task::spawn_blocking(check).await.context(|| "check the directory")?
}

/// Makes the keys of a new directory in `folder` and its two anchors, `anchor-internal.xml` for its own gateways and
/// `anchor-external.xml` for federated instances.
///
/// # Errors
/// In words, if keys or files cannot be written.
pub(crate) fn create(
    folder: &Path,
    passphrase_file: &Path,
    instance: &str,
    listen: SocketAddr,
    now: Instant,
) -> Result<(), CommandError> {
    let keys = folder.join(KEYS);
    std::fs::create_dir_all(&keys).context(|| format!("make {}", keys.display()))?;
    let token = Token::open(&keys, read_passphrase(passphrase_file)?).context(|| format!("open {}", keys.display()))?;
    for (label, path) in [(INTERNAL, "internalconf"), (EXTERNAL, "externalconf")] {
        let key = token.generate(label, KeyType::P256).context(|| format!("make the key {label}"))?;
        let signing = SigningKey::self_signed(key, &format!("{instance} directory, {label}"), now)
            .context(|| format!("certify the key {label}"))?;
        let certificate = signing.certificate();
        let anchor = Anchor {
            generated_at: Some(now),
            instance: instance.to_owned(),
            sources: vec![AnchorSource {
                url: format!("http://{listen}/{path}"),
                certificates: vec![certificate.der().to_vec()],
            }],
        };
        let write = |name: String, text: String| {
            let path = folder.join(name);
            std::fs::write(&path, text).context(|| format!("write {}", path.display()))
        };
        write(format!("{label}.pem"), certificate.pem())?;
        write(format!("anchor-{label}.xml"), anchor.write())?;
    }
    Ok(())
}
