//! Why a token of hardware did not do what was asked, and what to do.

use cryptoki::error::{Error, RvError};
use std::fmt;
use std::path::PathBuf;

/// Which token of which module: named in every error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The PKCS#11 library.
    pub module: PathBuf,
    /// The number of the slot.
    pub slot: u64,
    /// The label of the token.
    pub token: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "token {:?} in slot {} of {}", self.token, self.slot, self.module.display())
    }
}

/// Why a PKCS#11 module, token or key could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The library cannot be loaded or started.
    #[error(
        "{module} is no PKCS#11 module that starts: {reason}; check the path and that the maker's software is installed"
    )]
    Module {
        /// The library.
        module: PathBuf,
        /// What it or the system says.
        reason: String,
    },
    /// No slot holds the token that was asked for.
    #[error("{module} has no token {wanted}; it has {}", list(.present))]
    NoToken {
        /// The library.
        module: PathBuf,
        /// The label or serial number asked for.
        wanted: String,
        /// Label and serial number of each token there is.
        present: Vec<String>,
    },
    /// Several tokens have the label.
    #[error("{module} has several tokens labelled {label:?}; name one by its serial number: {}", list(.serials))]
    SeveralTokens {
        /// The library.
        module: PathBuf,
        /// The label.
        label: String,
        /// The serial numbers of those that have it.
        serials: Vec<String>,
    },
    /// The PIN does not open the token.
    #[error("the PIN does not open {place}: {reason}")]
    Pin {
        /// The token.
        place: Place,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// There is no such key.
    #[error("there is no private key {label:?} in {place}; it has {}", list(.present))]
    NoKey {
        /// The token.
        place: Place,
        /// The label asked for.
        label: String,
        /// The labels there are.
        present: Vec<String>,
    },
    /// A key of that label is there; keys are never overwritten.
    #[error("there already is a private key {label:?} in {place}; choose another label")]
    Exists {
        /// The token.
        place: Place,
        /// The label.
        label: String,
    },
    /// A key is there but of no use here.
    #[error("private key {label:?} in {place} cannot be used: {reason}")]
    Key {
        /// The token.
        place: Place,
        /// The label.
        label: String,
        /// Why.
        reason: String,
    },
    /// The token did not do it.
    #[error("{what} with {place}: {reason}")]
    Operation {
        /// What was tried.
        what: String,
        /// The token.
        place: Place,
        /// What the token says, and what to do.
        reason: String,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// What a PKCS#11 error means to the person in front of the token.
pub(super) fn reason(error: &Error) -> String {
    let Error::Pkcs11(code, function) = error else { return error.to_string() };
    let meaning = match code {
        RvError::PinIncorrect => "the PIN is wrong; too many wrong ones lock the token",
        RvError::PinLocked => "the PIN is locked; unlock it with the maker's tool and the officer's PIN or PUK",
        RvError::PinExpired => "the PIN has expired; set a new one with the maker's tool",
        RvError::PinLenRange | RvError::PinInvalid => "the PIN has a length or characters that the token does not take",
        RvError::UserPinNotInitialized => "no user PIN has been set; initialise the token with the maker's tool",
        RvError::TokenNotPresent | RvError::DeviceRemoved => "the token was removed; put it back",
        RvError::DeviceMemory => "the token has no room left",
        RvError::DeviceError => "the device reports a fault",
        RvError::SessionCount => "the token has no session left; close other programs that use it",
        RvError::TokenWriteProtected | RvError::SessionReadOnly => "the token is write-protected",
        RvError::MechanismInvalid | RvError::MechanismParamInvalid => "the token does not offer this algorithm",
        RvError::UserNotLoggedIn => "the token wants the PIN for every signature, which is not supported",
        RvError::KeyFunctionNotPermitted => "the key is not allowed to sign",
        RvError::KeySizeRange | RvError::AttributeValueInvalid | RvError::CurveNotSupported => {
            "the token does not offer keys of this kind or size"
        }
        other => return format!("{function:?} says {other:?}"),
    };
    format!("{meaning} ({code:?})")
}
