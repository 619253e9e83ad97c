//! The folder of a new gateway. Everything in it is for its owner only.

use super::Failed;
use crate::cli::{CommandError, Context};
use crate::file::write_whole;
use crate::node::config::{HardwareSection, read_passphrase};
use crate::node::gateway::{AUTHENTICATION_KEY, KEYS};
use mekong_authority::pkcs11::{Module, Which};
use mekong_authority::token::Token;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_directory::Anchor;
use mekong_directory::registration::{Envelope, Invitation, Registered};
use mekong_pki::Certificate;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Label of the signing key.
pub(super) const SIGNING_KEY: &str = "signing";
/// Names of the files, as the configuration names them.
pub(super) const PASSPHRASE: &str = "passphrase";
pub(super) const GATEWAY: &str = "gateway";
pub(super) const LEDGER_KEYS: &str = "ledger-keys";
pub(super) const ANCHOR: &str = "anchor.xml";
pub(super) const SIGNING: &str = "signing.pem";
pub(super) const AUTHENTICATION: &str = "authentication.pem";
/// What was asked; sent again as it is until it is answered.
const REQUEST: &str = "join.json";

/// The folder.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    invitation: String,
}

/// The gateway's keys.
pub(super) struct Keys {
    pub(super) signing: PrivateKey,
    pub(super) authentication: PrivateKey,
}

/// Its certificates and the anchor of its directory.
pub(super) struct Certificates {
    pub(super) signing: Certificate,
    pub(super) authentication: Certificate,
    pub(super) anchor: Anchor,
}

/// What was asked, with what.
#[derive(Serialize, Deserialize)]
pub(super) struct Asked {
    /// Name of the invitation.
    pub(super) invitation: String,
    /// The server's code.
    pub(super) server: String,
    /// Its address.
    pub(super) address: String,
    /// The request.
    pub(super) request: Envelope,
}

/// Makes a folder for its owner only, if it is not there.
fn make(path: &Path) -> Result<(), CommandError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.context(|| format!("make the folder {}", path.display()))
}

impl Folder {
    /// Makes a folder in it.
    pub(super) fn make(&self, name: &str) -> Result<(), CommandError> {
        make(&self.path.join(name))
    }

    /// Makes the folder, or finds it as an earlier run left it.
    pub(super) fn open(path: &Path, invitation: &Invitation) -> Result<Self, Failed> {
        make(path)?;
        let id = invitation.id().context(|| "understand the invitation")?;
        let folder = Self { path: path.to_owned(), invitation: id };
        if let Some(asked) = folder.asked()?.filter(|asked| asked.invitation != folder.invitation) {
            let (path, other, own) = (path.display(), asked.invitation, &folder.invitation);
            return Err(Failed::for_good(format!(
                "{path} is the gateway of another invitation ({other}, not {own}): choose another folder with --dir, or \
                 remove {path} if that gateway never came to be"
            )));
        }
        folder.passphrase()?;
        Ok(folder)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A random passphrase in a file for the owner only, unless there is one.
    fn passphrase(&self) -> Result<(), CommandError> {
        let path = self.file(PASSPHRASE);
        if path.is_file() {
            return Ok(());
        }
        let mut random = [0_u8; 24];
        rand::TryRngCore::try_fill_bytes(&mut rand::rngs::OsRng, &mut random).context(|| "make a passphrase")?;
        // Beside its place first: a passphrase is there whole or not at all.
        let new = self.file("passphrase.new");
        let write = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(hex::encode(random).as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&new, &path)
        };
        write().context(|| format!("write {}", path.display()))
    }

    /// The keys, made if they are not there: in the folder, or in a token of hardware.
    pub(super) fn keys(&self, key_type: KeyType, hardware: Option<&HardwareSection>) -> Result<Keys, CommandError> {
        // The folder is there with hardware, too: renewed keys may come into it.
        let path = self.file(GATEWAY).join(KEYS);
        let token = Token::open(&path, read_passphrase(&self.file(PASSPHRASE))?);
        let token = token.context(|| format!("open the keys in {}", path.display()))?;
        let Some(section) = hardware else {
            let key = |label: &str| {
                let key = if token.has(label) { token.key(label) } else { token.generate(label, key_type) };
                key.context(|| format!("make the key {label}"))
            };
            return Ok(Keys { signing: key(SIGNING_KEY)?, authentication: key(AUTHENTICATION_KEY)? });
        };
        let module = Module::open(&section.module).context(|| "open the library of --pkcs11")?;
        let token = module.token(&Which::Label(section.token.clone()), read_passphrase(&section.pin_file)?);
        let token = token.context(|| format!("open the token {}", section.token))?;
        let key = |label: &str| {
            let key = token.key(label).or_else(|_| token.generate(label, key_type));
            key.context(|| format!("make the key {label} in the token {}", section.token))
        };
        Ok(Keys { signing: key(SIGNING_KEY)?, authentication: key(AUTHENTICATION_KEY)? })
    }

    /// What an earlier run asked.
    pub(super) fn asked(&self) -> Result<Option<Asked>, CommandError> {
        let path = self.file(REQUEST);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let asked = serde_json::from_slice(&bytes);
                asked.map(Some).context(|| format!("understand {} (remove it if it is damaged)", path.display()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(CommandError::because(format!("read {}", path.display()), &error)),
        }
    }

    /// What is about to be asked.
    pub(super) fn ask(&self, server: &str, address: &str, request: Envelope) -> Asked {
        let (server, address) = (server.to_owned(), address.to_owned());
        Asked { invitation: self.invitation.clone(), server, address, request }
    }

    /// Keeps what is about to be asked.
    pub(super) fn keep_asked(&self, asked: &Asked) -> Result<(), CommandError> {
        let path = self.file(REQUEST);
        let text = serde_json::to_vec_pretty(asked).context(|| "write down the request")?;
        write_whole(&path, &text).context(|| format!("write {}", path.display()))
    }

    /// Keeps what the operator answered, if it is for our keys.
    pub(super) fn keep(&self, registered: &Registered, keys: &Keys) -> Result<Certificates, Failed> {
        let anchor = Anchor::read(registered.anchor.as_bytes()).context(|| "understand the operator's anchor")?;
        let missing = || Failed::for_good("the operator answered without certificates: ask it for another invitation");
        let signing = registered.signing_certificate().context(|| "understand the answer")?.ok_or_else(missing)?;
        let authentication =
            registered.authentication_certificate().context(|| "understand the answer")?.ok_or_else(missing)?;
        for (certificate, key, what) in
            [(&signing, &keys.signing, SIGNING_KEY), (&authentication, &keys.authentication, AUTHENTICATION_KEY)]
        {
            if certificate.public_key().spki() != key.public_key().spki() {
                let text = format!(
                    "the operator's {what} certificate is not for the key in {}: were the keys made anew after the \
                     registration? Ask for another invitation and join in another folder",
                    self.path.display()
                );
                return Err(Failed::for_good(text));
            }
        }
        let write = |name: &str, text: &str| {
            let path = self.file(name);
            write_whole(&path, text.as_bytes()).context(|| format!("write {}", path.display()))
        };
        write(SIGNING, &signing.pem())?;
        write(AUTHENTICATION, &authentication.pem())?;
        write(ANCHOR, &registered.anchor)?;
        Ok(Certificates { signing, authentication, anchor })
    }
}
