//! Why a change is refused.

use super::role::{Permission, Role};
use super::text::Endpoint;
use mekong_base::ClientId;

/// Why a change is refused. The asker's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It was changed since the asker looked.
    #[error("{what} was changed since you looked (it is at {found}, you saw {wanted}): look again, then change it")]
    Changed {
        /// The thing.
        what: String,
        /// Position of its last change.
        found: u64,
        /// The position that was asked for.
        wanted: u64,
    },
    /// It is there already.
    #[error("{0} is there already")]
    Exists(String),
    /// A value is not what it must be.
    #[error("{what}: {why}")]
    Invalid {
        /// The member or field.
        what: &'static str,
        /// What is wanted.
        why: String,
    },
    /// An idempotency key was used for something else.
    #[error("the idempotency key {0:?} was used for another request: use a new one")]
    KeyUsed(String),
    /// There would be too much of it.
    #[error("more than {max} {what} are not kept")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many may be.
        max: usize,
    },
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// No role of the asker permits it.
    #[error("{user} may not do this: it takes the role {roles}")]
    NotPermitted {
        /// Who asked.
        user: String,
        /// Roles that permit it, in words.
        roles: String,
    },
}

impl Refusal {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Exists(_) => "exists",
            Self::Invalid { .. } => "invalid",
            Self::KeyUsed(_) => "key_used",
            Self::Limit { .. } => "limit",
            Self::NotFound(_) => "not_found",
            Self::NotPermitted { .. } => "not_permitted",
        }
    }

    /// That nothing permits something, to this user.
    pub fn not_permitted(user: &str, permission: Permission) -> Self {
        let roles: Vec<&str> = Role::that_permit(permission).map(|role| role.name()).collect();
        Self::NotPermitted { user: user.to_owned(), roles: roles.join(" or ") }
    }
}

pub(super) fn added(is_new: bool, what: impl Fn() -> String) -> Result<(), Refusal> {
    if is_new { Ok(()) } else { Err(Refusal::Exists(what())) }
}

pub(super) fn removed(was_there: bool, what: impl Fn() -> String) -> Result<(), Refusal> {
    if was_there { Ok(()) } else { Err(Refusal::NotFound(what())) }
}

pub(super) fn invalid(what: &'static str, why: &str) -> Refusal {
    Refusal::Invalid { what, why: why.to_owned() }
}

pub(super) fn no_subsystem(id: &ClientId) -> Refusal {
    Refusal::NotFound(format!("subsystem {id} at this gateway"))
}

pub(super) fn no_service(id: &ClientId, code: &str) -> Refusal {
    Refusal::NotFound(format!("service {code} of {id}"))
}

pub(super) fn no_endpoint(service: &str, endpoint: &Endpoint) -> Refusal {
    Refusal::NotFound(format!("endpoint {endpoint} of service {service}"))
}

pub(super) fn no_group(code: &str) -> Refusal {
    Refusal::NotFound(format!("local group {code}"))
}
