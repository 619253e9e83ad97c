//! How much a gateway's administration holds. What is beyond is refused, by name and number.

/// Subsystems.
pub const SUBSYSTEMS_MAX: usize = 10_000;
/// Services of a subsystem.
pub const SERVICES_MAX: usize = 500;
/// Topics of others that a subsystem follows.
pub const SUBSCRIPTIONS_MAX: usize = 100;
/// Addresses of a service.
pub const URLS_MAX: usize = 8;
/// Bytes of an address.
pub const URL_BYTES_MAX: usize = 1024;
/// Seconds that a service may take, at most: an asking gateway that waits is occupied as long.
pub const TIMEOUT_SECONDS_MAX: u32 = 540;
/// Endpoints of a service.
pub const ENDPOINTS_MAX: usize = 500;
/// Local groups of a subsystem.
pub const GROUPS_MAX: usize = 500;
/// Members of a local group.
pub const MEMBERS_MAX: usize = 10_000;
/// Rights that a subsystem grants.
pub const RIGHTS_MAX: usize = 20_000;
/// Addresses from which a subsystem's systems may ask.
pub const CALLERS_MAX: usize = 1_000;
/// Users.
pub const USERS_MAX: usize = 1_000;
/// Tokens of all users.
pub const TOKENS_MAX: usize = 10_000;
/// Certificates that are out of use.
pub const DISABLED_MAX: usize = 10_000;
/// Bytes of a text for people: a notice, a description, a label.
pub const TEXT_BYTES_MAX: usize = 1_000;
/// Bytes of an OpenAPI description that is kept here.
pub const DESCRIPTION_BYTES_MAX: usize = 512 << 10;
/// Commands that are carried out as one.
pub const COMMANDS_MAX: usize = 20_000;
/// Idempotency keys that are remembered, the newest.
pub const KEYS_MAX: usize = 10_000;
/// Bytes of an idempotency key.
pub const KEY_BYTES_MAX: usize = 128;
