//! Where the signing key is: a PEM file, a folder of keys, a token of hardware; or elsewhere, with only its value coming back.

use super::super::{CommandError, Context};
use crate::node::config::read_passphrase;
use clap::Args;
use mekong_authority::pkcs11::{Module, Which};
use mekong_authority::token;
use mekong_crypto::{PrivateKey, Zeroizing};
use std::path::{Path, PathBuf};

/// Where the key is.
#[derive(Args, Clone)]
pub(crate) struct KeyOptions {
    /// The private key: PKCS#8 in PEM, encrypted or not.
    #[arg(long = "key", value_name = "FILE", conflicts_with = "pkcs11")]
    file: Option<PathBuf>,
    /// File with the passphrase of the key, or the PIN of the token; its line end does not count.
    #[arg(long, value_name = "FILE", env = "MEKONG_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// The PKCS#11 module of a token: `/usr/lib/softhsm/libsofthsm2.so`.
    #[arg(long, value_name = "FILE", requires = "key_label")]
    pkcs11: Option<PathBuf>,
    /// Label of the token [default: the only one].
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    token: Option<String>,
    /// Label of the key in the token.
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    key_label: Option<String>,
}

impl KeyOptions {
    /// The key; `None` if none is given, for signing in two steps.
    ///
    /// # Errors
    /// In words: which file or token, and what to do.
    pub(crate) fn open(&self) -> Result<Option<PrivateKey>, CommandError> {
        if let Some(module) = &self.pkcs11 {
            return self.in_token(module).map(Some);
        }
        let Some(file) = &self.file else { return Ok(None) };
        let text = Zeroizing::new(std::fs::read_to_string(file).context(|| format!("read {}", file.display()))?);
        let passphrase = self.passphrase_file.as_deref().map(read_passphrase).transpose()?;
        if passphrase.is_none() && text.contains("BEGIN ENCRYPTED PRIVATE KEY") {
            let reason = "the key is encrypted: give its passphrase with --passphrase-file FILE";
            return Err(CommandError::new(format!("{}: {reason}", file.display())));
        }
        let key = token::key_from_pem(&text, passphrase.as_ref().map(|p| p.as_str()), file);
        key.context(|| "open the key").map(Some)
    }

    fn in_token(&self, module: &Path) -> Result<PrivateKey, CommandError> {
        let opened = Module::open(module).context(|| "open the PKCS#11 module")?;
        let Some(pin) = &self.passphrase_file else {
            return Err(CommandError::new("the token wants a PIN: give it with --passphrase-file FILE"));
        };
        let which = match &self.token {
            Some(label) => Which::Label(label.clone()),
            None => {
                let tokens = opened.tokens().context(|| "list the tokens")?;
                match tokens.as_slice() {
                    [only] => Which::Label(only.label.clone()),
                    [] => return Err(CommandError::new(format!("{}: no token is there", module.display()))),
                    several => {
                        let labels: Vec<&str> = several.iter().map(|token| token.label.as_str()).collect();
                        let text = format!("there are several tokens: choose with --token: {}", labels.join(", "));
                        return Err(CommandError::new(text));
                    }
                }
            }
        };
        let token = opened.token(&which, read_passphrase(pin)?).context(|| "open the token")?;
        token.key(self.key_label.as_deref().unwrap_or_default()).context(|| "find the key")
    }
}
