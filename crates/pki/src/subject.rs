//! The X-Road member that a certificate's subject names.
//!
//! The global configuration says, per approved authority, which profile its subjects follow, as the name of a Java class.

use crate::Certificate;
use mekong_base::MemberId;

/// How an authority writes members into subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubjectProfile {
    /// Finnish: `serialNumber=INSTANCE/SERVER/CLASS`, `CN=code`.
    FiVrk,
    /// `businessCategory=class`, `serialNumber=code`.
    Basic,
    /// As [`SubjectProfile::Basic`], issued over ACME.
    BasicAcme,
    /// Faroese: `O=INSTANCE`, `OU=class`, `CN=code`.
    Fo,
    /// Icelandic: as Faroese, with an older form.
    Is,
    /// `C=INSTANCE`, `O=class`, `CN=code`.
    Ejbca,
    /// Estonian company seals, class from the register code.
    SkKlass3,
    /// Estonian identity cards.
    SkEsteId,
}

/// Why a subject names no member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// The subject lacks what its profile demands, or has it in another form.
    #[error("subject {subject} does not name a member: {reason}")]
    NoMember {
        /// The subject, RFC 4514.
        subject: String,
        /// What is missing or wrong.
        reason: String,
    },
    /// The class name is of no known profile.
    #[error("unknown certificate profile {0:?}")]
    UnknownProfile(String),
}

impl SubjectProfile {
    /// The member that the subject names, as seen in `instance`.
    ///
    /// # Errors
    /// [`SubjectError::NoMember`].
    pub fn member_of(self, _certificate: &Certificate, _instance: &str) -> Result<MemberId, SubjectError> {
        unimplemented!()
    }
}
