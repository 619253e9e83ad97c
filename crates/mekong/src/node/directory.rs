//! The directory of an instance: published from a members file, signed, served.

use super::config::{DirectorySection, read_passphrase};
use super::listener::Listener;
use crate::cli::{CommandError, Context};
use mekong_authority::token::Token;
use mekong_base::{Clock, Instant};
use mekong_crypto::KeyType;
use mekong_directory::publish::{Definition, KeyRing, Publisher, SigningKey, SigningKeys};
use mekong_directory::{Anchor, anchor::AnchorSource};
use mekong_pki::Certificate;
use std::net::SocketAddr;
use std::path::Path;
use tokio::task::JoinHandle;

/// Folder of the keys within a directory's folder.
const KEYS: &str = "keys";
/// Labels of the keys, and names of their certificates without `.pem`.
const INTERNAL: &str = "internal";
const EXTERNAL: &str = "external";

/// A running directory.
pub(crate) struct Directory {
    listener: Listener,
    refresh: JoinHandle<()>,
}

impl Directory {
    /// Publishes the members file and serves it.
    ///
    /// # Errors
    /// In words: every fault of the members file, or keys that do not open, or an address that is taken.
    pub(crate) async fn start(section: &DirectorySection, clock: &Clock) -> Result<Self, CommandError> {
        let definition =
            Definition::read(&section.members).context(|| format!("understand {}", section.members.display()))?;
        let token = Token::open(section.folder.join(KEYS), read_passphrase(&section.passphrase_file)?)
            .context(|| format!("open the keys in {}", section.folder.display()))?;
        let ring = |label: &str| -> Result<KeyRing, CommandError> {
            let path = section.folder.join(label).with_extension("pem");
            let pem = std::fs::read_to_string(&path).context(|| format!("read {}", path.display()))?;
            let certificate = Certificate::from_pem(&pem).context(|| format!("understand {}", path.display()))?;
            let key = token.key(label).context(|| format!("open the key {label}"))?;
            Ok(KeyRing::new(SigningKey::new(key, certificate).context(|| path.display().to_string())?))
        };
        let keys = SigningKeys { internal: ring(INTERNAL)?, external: ring(EXTERNAL)? };
        let publisher = Publisher::new(definition, keys, clock.clone()).context(|| "publish the directory")?;
        let listener = Listener::start(section.listen, "the directory", publisher.router()).await?;
        let refresh = tokio::spawn(publisher.run());
        Ok(Self { listener, refresh })
    }

    /// Stops serving.
    pub(crate) async fn stop(self) {
        self.refresh.abort();
        self.listener.stop().await;
    }
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
