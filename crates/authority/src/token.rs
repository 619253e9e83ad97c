//! Private keys in a folder: one encrypted PKCS#8 PEM file a key, readable by OpenSSL and everybody else.
//!
//! `LABEL.pem` holds `ENCRYPTED PRIVATE KEY`: PBES2 with scrypt (N 16384, r 8, p 1) and AES-256-CBC (RFC 8018, RFC 7914);
//! PBES2 files of other programs are read too. Files are created with mode 0600, complete or not at all, and synced. A key is
//! decrypted when first asked for (about 40 ms of CPU) and stays in memory until the last handle goes.

use base64::Engine as _;
use mekong_crypto::{CryptoError, KeyType, PrivateKey, Zeroizing};
use pkcs8::pkcs5::{pbes2, scrypt};
use pkcs8::{EncryptedPrivateKeyInfo, PrivateKeyInfo};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const PEM_LABEL: &str = "ENCRYPTED PRIVATE KEY";
/// Largest key file that is read, in bytes.
pub const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;
/// Longest key label, in characters.
pub const LABEL_CHARS_MAX: usize = 64;
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 1;
/// Most rounds of PBKDF2 that a key file may ask for: seconds.
const PBKDF2_ROUNDS_MAX: u32 = 4_000_000;
/// Most memory that a key file may ask scrypt for, in bytes, and as much again in work for each of its lanes.
const SCRYPT_BYTES_MAX: u64 = 256 << 20;

/// Why a key cannot be stored or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An empty passphrase protects nothing.
    #[error("the passphrase of key folder {0} is empty")]
    EmptyPassphrase(PathBuf),
    /// The passphrase does not decrypt the file.
    #[error("the passphrase does not open {path} (or the file is damaged)")]
    WrongPassphrase {
        /// The key file.
        path: PathBuf,
    },
    /// The file is not an encrypted private key that we can read.
    #[error("{path} is not an ENCRYPTED PRIVATE KEY in PEM with PBES2: {reason}")]
    Malformed {
        /// The key file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is no such key.
    #[error("there is no key {label:?} in {dir}")]
    NotFound {
        /// The label asked for.
        label: String,
        /// The folder.
        dir: PathBuf,
    },
    /// A key of that label is there; keys are never overwritten.
    #[error("there already is a key {label:?} in {dir}")]
    Exists {
        /// The label.
        label: String,
        /// The folder.
        dir: PathBuf,
    },
    /// The label is no file name.
    #[error("{0:?} is not a key label: 1 to 64 letters a-z A-Z, digits, '-', '_' and '.', not beginning with '.'")]
    Label(String),
    /// The key cannot be generated, written or read back.
    #[error("key {label:?}: {source}")]
    Key {
        /// The label.
        label: String,
        /// What is wrong.
        source: CryptoError,
    },
    /// Encryption did not work.
    #[error("cannot encrypt key {label:?}: {reason}")]
    Encryption {
        /// The label.
        label: String,
        /// What is wrong.
        reason: String,
    },
}

/// A folder of private keys, opened with its passphrase. Share it behind an `Arc`.
pub struct Token {
    dir: PathBuf,
    passphrase: Zeroizing<String>,
    open: Mutex<BTreeMap<String, PrivateKey>>,
}

impl Token {
    /// Opens a folder, creating it (mode 0700) if there is none. If it holds keys, the first is decrypted to check the
    /// passphrase; an empty folder takes whatever passphrase comes.
    ///
    /// # Errors
    /// [`TokenError::EmptyPassphrase`], [`TokenError::WrongPassphrase`], [`TokenError::Malformed`], [`TokenError::Io`].
    pub fn open(dir: impl AsRef<Path>, passphrase: Zeroizing<String>) -> Result<Self, TokenError> {
        let dir = dir.as_ref().to_path_buf();
        if passphrase.is_empty() {
            return Err(TokenError::EmptyPassphrase(dir));
        }
        let created = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
        created.map_err(|source| TokenError::Io { path: dir.clone(), source })?;
        let token = Self { dir, passphrase, open: Mutex::default() };
        if let Some(first) = token.labels()?.first() {
            token.key(first)?;
        }
        Ok(token)
    }

    /// The labels of all keys, sorted.
    ///
    /// # Errors
    /// [`TokenError::Io`].
    pub fn labels(&self) -> Result<Vec<String>, TokenError> {
        let failed = |source| TokenError::Io { path: self.dir.clone(), source };
        let mut labels = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let label = name.to_str().and_then(|n| n.strip_suffix(".pem")).filter(|l| is_label(l));
            labels.extend(label.map(str::to_owned));
        }
        labels.sort();
        Ok(labels)
    }

    /// Whether there is a key of that label.
    pub fn has(&self, label: &str) -> bool {
        self.path(label).is_ok_and(|path| path.is_file())
    }

    /// Generates a key and stores it.
    ///
    /// # Errors
    /// [`TokenError::Exists`], [`TokenError::Label`], [`TokenError::Key`] for unsupported kinds, [`TokenError::Io`].
    pub fn generate(&self, label: &str, key_type: KeyType) -> Result<PrivateKey, TokenError> {
        self.refuse_existing(label)?;
        let key =
            PrivateKey::generate(key_type).map_err(|source| TokenError::Key { label: label.to_owned(), source })?;
        self.import(label, &key)?;
        Ok(key)
    }

    /// Stores a key that was made elsewhere.
    ///
    /// # Errors
    /// [`TokenError::Exists`], [`TokenError::Label`], [`TokenError::Encryption`], [`TokenError::Io`].
    pub fn import(&self, label: &str, key: &PrivateKey) -> Result<(), TokenError> {
        self.refuse_existing(label)?;
        let pkcs8 = key.to_pkcs8().map_err(|source| TokenError::Key { label: label.to_owned(), source })?;
        let encrypted = encrypt(&pkcs8, self.passphrase.as_bytes())
            .map_err(|reason| TokenError::Encryption { label: label.to_owned(), reason })?;
        self.write_new(label, mekong_pki::pem::encode(PEM_LABEL, &encrypted).as_bytes())?;
        self.remember(label, key);
        Ok(())
    }

    /// A key, decrypted now if this is the first time.
    ///
    /// # Errors
    /// [`TokenError::NotFound`], [`TokenError::Label`], [`TokenError::WrongPassphrase`], [`TokenError::Malformed`],
    /// [`TokenError::Key`] for kinds that we do not support, [`TokenError::Io`].
    pub fn key(&self, label: &str) -> Result<PrivateKey, TokenError> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(label).cloned();
        if let Some(key) = open {
            return Ok(key);
        }
        let path = self.path(label)?;
        let der = self.read(label, &path)?;
        let key = decrypt(&der, self.passphrase.as_bytes(), &path)?;
        let key = PrivateKey::from_pkcs8(&key).map_err(|source| TokenError::Key { label: label.to_owned(), source })?;
        self.remember(label, &key);
        Ok(key)
    }

    fn remember(&self, label: &str, key: &PrivateKey) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(label.to_owned(), key.clone());
    }

    fn path(&self, label: &str) -> Result<PathBuf, TokenError> {
        if !is_label(label) {
            return Err(TokenError::Label(label.to_owned()));
        }
        Ok(self.dir.join(format!("{label}.pem")))
    }

    fn refuse_existing(&self, label: &str) -> Result<(), TokenError> {
        match self.path(label)?.exists() {
            true => Err(TokenError::Exists { label: label.to_owned(), dir: self.dir.clone() }),
            false => Ok(()),
        }
    }

    fn read(&self, label: &str, path: &Path) -> Result<Vec<u8>, TokenError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => TokenError::NotFound { label: label.to_owned(), dir: self.dir.clone() },
            _ => TokenError::Io { path: path.to_path_buf(), source },
        };
        let malformed = |reason: String| TokenError::Malformed { path: path.to_path_buf(), reason };
        let size = fs::metadata(path).map_err(failed)?.len();
        if size > KEY_FILE_BYTES_MAX {
            return Err(malformed(format!("{size} bytes are more than {KEY_FILE_BYTES_MAX}")));
        }
        let text = fs::read(path).map_err(failed)?;
        let text = std::str::from_utf8(&text).map_err(|_| malformed("it is not text".to_owned()))?;
        let blocks = mekong_pki::pem::blocks(text, PEM_LABEL).map_err(|e| malformed(e.to_string()))?;
        blocks.into_iter().next().ok_or_else(|| malformed("no such block".to_owned()))
    }

    /// Writes a file that is there completely or not at all, and never replaces another one: a temporary file is synced and
    /// then linked under its name, which fails if the name is taken.
    fn write_new(&self, label: &str, content: &[u8]) -> Result<(), TokenError> {
        let target = self.path(label)?;
        let temporary = self.dir.join(format!(".{label}.{}.tmp", random_name()));
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |source| TokenError::Io { path, source }
        };
        write_synced(&temporary, content).map_err(failed(&temporary))?;
        let linked = fs::hard_link(&temporary, &target);
        let removed = fs::remove_file(&temporary);
        match linked {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                return Err(TokenError::Exists { label: label.to_owned(), dir: self.dir.clone() });
            }
            other => other.map_err(failed(&target))?,
        }
        removed.map_err(failed(&temporary))?;
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(failed(&self.dir))
    }
}

/// A private key from the text of a PEM file: PKCS#8, encrypted (PBES2) or not, or the older form of RSA and EC keys is told
/// how to be converted.
///
/// # Errors
/// [`TokenError::Malformed`] if there is no such key in the text, [`TokenError::EmptyPassphrase`] if it is encrypted and no
/// passphrase is given, [`TokenError::WrongPassphrase`]. `path` is for the messages.
pub fn key_from_pem(text: &str, passphrase: Option<&str>, path: &Path) -> Result<PrivateKey, TokenError> {
    let malformed = |reason: String| TokenError::Malformed { path: path.to_path_buf(), reason };
    let first = |label: &str| mekong_pki::pem::blocks(text, label).ok().and_then(|blocks| blocks.into_iter().next());
    let der = if let Some(encrypted) = first(PEM_LABEL) {
        let passphrase = passphrase.ok_or_else(|| TokenError::EmptyPassphrase(path.to_path_buf()))?;
        decrypt(&encrypted, passphrase.as_bytes(), path)?
    } else if let Some(plain) = first("PRIVATE KEY") {
        Zeroizing::new(plain)
    } else {
        let convert = "no PKCS#8 key in it; convert another form with: openssl pkcs8 -topk8 -in KEY -out NEW";
        return Err(malformed(convert.to_owned()));
    };
    PrivateKey::from_pkcs8(&der).map_err(|e| malformed(e.to_string()))
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("dir", &self.dir).finish_non_exhaustive()
    }
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_CHARS_MAX).contains(&label.len())
        && !label.starts_with('.')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn random_name() -> String {
    let mut bytes = [0; 9];
    // A predictable name is no harm: the file is created new or not at all.
    OsRng.try_fill_bytes(&mut bytes).unwrap_or_default();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn encrypt(pkcs8: &[u8], passphrase: &[u8]) -> Result<Vec<u8>, String> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    OsRng.try_fill_bytes(&mut salt).map_err(|e| e.to_string())?;
    OsRng.try_fill_bytes(&mut iv).map_err(|e| e.to_string())?;
    let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P, 32).map_err(|e| e.to_string())?;
    let parameters = pbes2::Parameters::scrypt_aes256cbc(cost, &salt, &iv).map_err(|e| e.to_string())?;
    let info = PrivateKeyInfo::try_from(pkcs8).map_err(|e| e.to_string())?;
    let document = info.encrypt_with_params(parameters, passphrase).map_err(|e| e.to_string())?;
    Ok(document.as_bytes().to_vec())
}

fn decrypt(der: &[u8], passphrase: &[u8], path: &Path) -> Result<Zeroizing<Vec<u8>>, TokenError> {
    let malformed = |e: pkcs8::Error| TokenError::Malformed { path: path.to_path_buf(), reason: e.to_string() };
    let info = EncryptedPrivateKeyInfo::try_from(der).map_err(malformed)?;
    affordable(&info).map_err(|reason| TokenError::Malformed { path: path.to_path_buf(), reason })?;
    let document = info.decrypt(passphrase).map_err(|_| TokenError::WrongPassphrase { path: path.to_path_buf() })?;
    Ok(document.to_bytes())
}

/// Whether the key derivation of a file costs no more than it may; what it costs is what the file says.
fn affordable(info: &EncryptedPrivateKeyInfo<'_>) -> Result<(), String> {
    let Some(parameters) = info.encryption_algorithm.pbes2() else {
        return Err("it is encrypted by PBES1, which is too weak".to_owned());
    };
    match &parameters.kdf {
        pbes2::Kdf::Pbkdf2(cost) if cost.iteration_count > PBKDF2_ROUNDS_MAX => {
            Err(format!("{} rounds of PBKDF2, at most {PBKDF2_ROUNDS_MAX} are made", cost.iteration_count))
        }
        pbes2::Kdf::Scrypt(cost) => {
            let (n, r, p) = (cost.cost_parameter, u64::from(cost.block_size), u64::from(cost.parallelization));
            let bytes = n.checked_mul(128 * r).and_then(|bytes| bytes.checked_mul(p));
            match n > 1 && r > 0 && p > 0 && bytes.is_some_and(|bytes| bytes <= SCRYPT_BYTES_MAX) {
                true => Ok(()),
                false => Err(format!(
                    "scrypt with N {n}, r {r}, p {p}: 1 < N, 128\u{b7}N\u{b7}r\u{b7}p \u{2264} {SCRYPT_BYTES_MAX} wanted"
                )),
            }
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
