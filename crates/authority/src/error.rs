//! Why the authority does not do what it is asked.

use crate::token::TokenError;
use mekong_base::Instant;
use mekong_pki::CertificateError;
use mekong_pki::issue::IssueError;
use mekong_pki::name::NameError;
use mekong_pki::request::RequestError;
use std::io;
use std::path::PathBuf;

/// Why the authority could not be made, opened, or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// There is no authority in the folder.
    #[error("no authority in {0}; make one first")]
    NotFound(PathBuf),
    /// There is one already.
    #[error("{0} already holds an authority")]
    Exists(PathBuf),
    /// Another process writes for too long, or makes it at this moment.
    #[error("the authority in {0} is being written by another process; try again when that has ended")]
    InUse(PathBuf),
    /// The description is damaged.
    #[error("{path}: {reason}")]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The journal is damaged before its last line, so that statuses would be wrong.
    #[error("{path}, line {line}: {reason}; restore the file from a backup")]
    Journal {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A line of the journal is not what it was when it was read first.
    #[error("{path}, byte {at}: {reason}; restore the file from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the line starts.
        at: u64,
        /// What is wrong.
        reason: String,
    },
    /// A file operation failed.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Store(#[from] mekong_store::StoreError),
    /// One of the authority's certificates cannot be read.
    #[error("{path}: {source}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CertificateError,
    },
    /// Certificates of that profile are not issued on request.
    #[error("certificates of profile {0} are not issued on request")]
    NotOffered(&'static str),
    /// A certificate is for another key.
    #[error(
        "the certificate of {subject} is not for the key {label} of this authority; was it made from another request?"
    )]
    NotOurs {
        /// The key's label.
        label: String,
        /// Subject of the certificate.
        subject: String,
    },
    /// No certificate with that serial number was issued here.
    #[error("no certificate with serial number {0} was issued here")]
    UnknownSerial(String),
    /// The number of an order is good for one order.
    #[error("the number {0:?} was used for another order")]
    OtherOrder(String),
    /// The certificate is revoked already.
    #[error("the certificate with serial number {serial} is revoked since {at}")]
    AlreadyRevoked {
        /// Its serial number, hexadecimal.
        serial: String,
        /// Since when.
        at: Instant,
    },
    /// The key was revoked because others know it.
    #[error(
        "this key is compromised: its certificate with serial number {serial} was revoked for that; a new key is needed"
    )]
    Compromised {
        /// Serial number of the revoked certificate, hexadecimal.
        serial: String,
    },
    /// A name cannot be written.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The request is malformed or does not prove possession of its key.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The certificate cannot be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A certificate is not renewed.
    #[error(transparent)]
    Renewal(crate::renewal::RenewalError),
    /// The custodians' shares do not open the root.
    #[error(transparent)]
    Quorum(#[from] crate::ceremony::QuorumError),
    /// A revocation list cannot be made.
    #[error("revocation list: {0}")]
    Crl(#[source] mekong_pki::crl::CrlError),
    /// What is asked for is not as its profile wants it.
    #[error(transparent)]
    Profile(#[from] crate::profile::ProfileError),
    /// A key cannot be read or stored.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl AuthorityError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
