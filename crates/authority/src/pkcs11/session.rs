//! Sessions with a token: as many as there are threads that use it, opened again after the token was away.

use super::error::{Pkcs11Error, Place, reason};
use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use mekong_crypto::Zeroizing;
use std::sync::{Mutex, PoisonError};

/// Idle sessions that are kept open for the next user.
const IDLE_SESSIONS_MAX: usize = 16;

/// The sessions of one token. Logging in counts for all sessions of the process with the token (PKCS#11 §5.6).
pub(super) struct Sessions {
    context: Pkcs11,
    slot: Slot,
    place: Place,
    pin: Zeroizing<String>,
    idle: Mutex<Vec<Session>>,
}

impl Sessions {
    /// Opens the first session and logs in.
    pub(super) fn open(context: Pkcs11, slot: Slot, place: Place, pin: Zeroizing<String>) -> Result<Self, Pkcs11Error> {
        let sessions = Self { context, slot, place, pin, idle: Mutex::default() };
        let first = sessions.start()?;
        sessions.keep(first);
        Ok(sessions)
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Does something in a session; once more in a new one if the token had been away or had logged us out.
    pub(super) fn with<T>(&self, what: &str, act: impl Fn(&Session) -> Result<T, Error>) -> Result<T, Pkcs11Error> {
        let failed = |error: Error| Pkcs11Error::Operation {
            what: what.to_owned(),
            place: self.place.clone(),
            reason: reason(&error),
        };
        let idle = self.idle().pop();
        let session = idle.map_or_else(|| self.start(), Ok)?;
        match act(&session) {
            Ok(result) => {
                self.keep(session);
                Ok(result)
            }
            Err(error) if is_gone(&error) => {
                drop(session);
                self.idle().clear();
                let session = self.start()?;
                let result = act(&session).map_err(failed)?;
                self.keep(session);
                Ok(result)
            }
            Err(error) => {
                self.keep(session);
                Err(failed(error))
            }
        }
    }

    fn start(&self) -> Result<Session, Pkcs11Error> {
        let operation = |error: Error| Pkcs11Error::Operation {
            what: "opening a session".to_owned(),
            place: self.place.clone(),
            reason: reason(&error),
        };
        let session = self.context.open_rw_session(self.slot).or_else(|error| match error {
            Error::Pkcs11(RvError::TokenWriteProtected, _) => self.context.open_ro_session(self.slot),
            other => Err(other),
        });
        let session = session.map_err(operation)?;
        let info = self.context.get_token_info(self.slot).map_err(operation)?;
        if !info.login_required() {
            return Ok(session);
        }
        let pin = (!info.protected_authentication_path()).then(|| AuthPin::from(self.pin.as_str()));
        match session.login(UserType::User, pin.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => Err(Pkcs11Error::Pin { place: self.place.clone(), reason: reason(&error) }),
        }
    }

    fn keep(&self, session: Session) {
        let mut idle = self.idle();
        if idle.len() < IDLE_SESSIONS_MAX {
            idle.push(session);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_gone(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::SessionHandleInvalid
                | RvError::SessionClosed
                | RvError::UserNotLoggedIn
                | RvError::DeviceRemoved
                | RvError::TokenNotPresent,
            _
        )
    )
}
