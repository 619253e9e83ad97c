//! Why a registration does not happen, by whose fault it is.

use super::change::Impossible;
use crate::publish::PublishError;
use mekong_authority::AuthorityError;
use mekong_base::Instant;
use mekong_crypto::CryptoError;
use std::path::PathBuf;

/// Why the operator's side does not register.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The request cannot be read.
    #[error("the request cannot be read: {0}")]
    Malformed(String),
    /// No such invitation, or the signature is not of its key.
    #[error("this invitation is not known here: ask the operator for one")]
    UnknownInvitation,
    /// It was used before.
    #[error("this invitation was used at {at} for the server {server}: ask the operator for another")]
    Used {
        /// When.
        at: Instant,
        /// For which server.
        server: String,
    },
    /// It is too late.
    #[error("this invitation was good until {until}, it is {now}: ask the operator for another")]
    Expired {
        /// Its end.
        until: Instant,
        /// The operator's clock.
        now: Instant,
    },
    /// The operator took it back.
    #[error("the operator took this invitation back: ask for another")]
    Withdrawn,
    /// The operator said no.
    #[error("the operator refused this request: {0}")]
    Refused(String),
    /// It is not from the member, or not from now.
    #[error("{0}")]
    NotAllowed(String),
    /// The request's time is too far from the operator's.
    #[error("the request is of {said} and the operator's clock says {now}: set the clock that is wrong")]
    Clock {
        /// The time in the request.
        said: Instant,
        /// The operator's clock.
        now: Instant,
    },
    /// It was made before another one about the same server that was carried out: who holds requests back undoes nothing.
    #[error(
        "this request is of {said}, and a newer one about this server, of {newest}, was carried out already: send it again, \
         made anew (if the clock of its maker was wrong before, it is taken after {newest})"
    )]
    Superseded {
        /// The time in the request.
        said: Instant,
        /// The time in the newest request that was carried out.
        newest: Instant,
    },
    /// A certificate cannot be had for that key or address.
    #[error("{0}")]
    Certificate(String),
    /// The directory cannot be changed so.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// The authority does not issue.
    #[error("the authority did not issue a certificate")]
    Authority(#[from] AuthorityError),
    /// The directory is not published.
    #[error("the directory was not published")]
    Publish(#[from] PublishError),
    /// The operator's key cannot sign.
    #[error("the answer cannot be signed: {0}")]
    Signing(#[from] CryptoError),
    /// The journal cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The journal is damaged.
    #[error("{path}, line {line}: {reason}; restore the file from a backup")]
    Journal {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// Another process has the journal for long.
    #[error("{0} is in use by another process: try again when it is done")]
    InUse(PathBuf),
}

impl RegistrationError {
    /// The stable code, lower snake case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::UnknownInvitation => "unknown_invitation",
            Self::Used { .. } => "invitation_used",
            Self::Expired { .. } => "invitation_expired",
            Self::Withdrawn => "invitation_withdrawn",
            Self::Refused(_) => "refused",
            Self::NotAllowed(_) => "not_allowed",
            Self::Clock { .. } => "clock",
            Self::Superseded { .. } => "superseded",
            Self::Certificate(_) => "certificate",
            Self::Impossible(_) => "impossible",
            _ => "internal",
        }
    }

    /// Whether it is the asker's to mend; what is not is told without details, and logged.
    pub fn is_askers(&self) -> bool {
        self.code() != "internal"
    }

    pub(super) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + use<'_> {
        move |source| Self::Io { path: path.to_path_buf(), source }
    }
}

/// Why asking the operator brought nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfficeError {
    /// It could not be asked.
    #[error("the registration service cannot be reached")]
    Unreachable(#[from] mekong_authority::http::HttpError),
    /// What answered has not the operator's key.
    #[error("{url} did not answer with the operator's key: {reason}; is something in between?")]
    NotTheOperator {
        /// What was asked.
        url: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The operator refuses.
    #[error("{reason}")]
    Refused {
        /// Stable code.
        code: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The request cannot be made.
    #[error("the request cannot be made: {0}")]
    Request(String),
}
