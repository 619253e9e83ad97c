//! Private keys in tokens of hardware: smart cards, USB tokens and HSMs by PKCS#11 (OASIS, 2.40 and 3).
//!
//! [`Module::open`] loads the maker's library, [`Module::token`] finds a token by label or serial number and opens it with
//! its PIN, [`Token::key`] gives a [`mekong_crypto::PrivateKey`] that signs in the token: everything that signs takes it like
//! a key in memory. Digests are computed here and only they go to the token, so its speed does not depend on sizes; each
//! signature is verified before it leaves.

mod error;
mod key;
mod objects;
mod session;

pub use error::{Pkcs11Error, Place};
pub use objects::{TokenCertificate, TokenKeyInfo};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::Slot;
use error::reason;
use mekong_crypto::Zeroizing;
use session::Sessions;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Modules loaded so far: PKCS#11 allows a process to start each once, so they stay until it ends.
static LOADED: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// A PKCS#11 library of a maker of tokens.
#[derive(Clone)]
pub struct Module {
    path: PathBuf,
    context: Pkcs11,
}

/// A token that is in some slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// The number of the slot; may change when the reader is plugged elsewhere.
    pub slot: u64,
    /// The label that the owner gave.
    pub label: String,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's name of the model.
    pub model: String,
    /// Few tries are left before the PIN is locked.
    pub pin_tries_low: bool,
}

/// Which token is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// That with this label.
    Label(String),
    /// That with this serial number.
    Serial(String),
}

impl Module {
    /// Loads and starts a library; one that is loaded already is shared.
    ///
    /// # Errors
    /// [`Pkcs11Error::Module`] if it is no such library or does not start.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Pkcs11Error> {
        let failed = |path: &Path, e: &dyn std::fmt::Display| Pkcs11Error::Module {
            module: path.to_path_buf(),
            reason: e.to_string(),
        };
        let path = path.as_ref();
        let path = path.canonicalize().map_err(|e| failed(path, &e))?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = loaded.get(&path) {
            return Ok(Self { path, context: context.clone() });
        }
        let context = Pkcs11::new(&path).map_err(|e| failed(&path, &e))?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(failed(&path, &reason(&error))),
        }
        loaded.insert(path.clone(), context.clone());
        Ok(Self { path, context })
    }

    /// The tokens that are there now.
    ///
    /// # Errors
    /// [`Pkcs11Error::Module`] if the library cannot say.
    pub fn tokens(&self) -> Result<Vec<TokenInfo>, Pkcs11Error> {
        Ok(self.slots()?.into_iter().map(|(_, info)| info).collect())
    }

    fn slots(&self) -> Result<Vec<(Slot, TokenInfo)>, Pkcs11Error> {
        let failed = |e| Pkcs11Error::Module { module: self.path.clone(), reason: reason(&e) };
        let mut found = Vec::new();
        for slot in self.context.get_slots_with_token().map_err(failed)? {
            // A token may be pulled out, or not be initialised: the others are listed all the same.
            let Ok(info) = self.context.get_token_info(slot) else { continue };
            if info.token_initialized() {
                found.push((
                    slot,
                    TokenInfo {
                        slot: slot.id(),
                        label: info.label().trim_end().to_owned(),
                        serial: info.serial_number().trim_end().to_owned(),
                        model: info.model().trim_end().to_owned(),
                        pin_tries_low: info.user_pin_count_low() || info.user_pin_final_try(),
                    },
                ));
            }
        }
        Ok(found)
    }

    /// Opens a token with its PIN; where the reader has a PIN pad, the person is asked there and `pin` is not used.
    ///
    /// # Errors
    /// [`Pkcs11Error::NoToken`], [`Pkcs11Error::SeveralTokens`], [`Pkcs11Error::Pin`], [`Pkcs11Error::Operation`].
    pub fn token(&self, which: &Which, pin: Zeroizing<String>) -> Result<Token, Pkcs11Error> {
        let (slot, info) = self.find(which)?;
        let place = Place { module: self.path.clone(), slot: info.slot, token: info.label };
        Ok(Token(Arc::new(Sessions::open(self.context.clone(), slot, place, pin)?)))
    }

    fn find(&self, which: &Which) -> Result<(Slot, TokenInfo), Pkcs11Error> {
        let slots = self.slots()?;
        let is_it = |info: &TokenInfo| match which {
            Which::Label(label) => info.label == *label,
            Which::Serial(serial) => info.serial == *serial,
        };
        let (mut matching, others): (Vec<_>, Vec<_>) = slots.into_iter().partition(|(_, info)| is_it(info));
        let module = self.path.clone();
        match (matching.pop(), which) {
            (Some(found), _) if matching.is_empty() => Ok(found),
            (Some(found), Which::Label(label)) => {
                let serials = matching.iter().chain([&found]).map(|(_, info)| info.serial.clone()).collect();
                Err(Pkcs11Error::SeveralTokens { module, label: label.clone(), serials })
            }
            _ => {
                let wanted = match which {
                    Which::Label(label) => format!("labelled {label:?}"),
                    Which::Serial(serial) => format!("with serial number {serial:?}"),
                };
                let present = others.iter().map(|(_, i)| format!("{:?} ({})", i.label, i.serial)).collect();
                Err(Pkcs11Error::NoToken { module, wanted, present })
            }
        }
    }
}

/// An open token. Clones share it; it is closed when the last of them and of its keys goes.
#[derive(Clone)]
pub struct Token(Arc<Sessions>);

impl Token {
    /// Where this token is.
    pub fn place(&self) -> &Place {
        self.0.place()
    }
}
