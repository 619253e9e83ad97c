//! The texts of the administration, a file for each page: key, then Vietnamese, Lao, English. Each file is sorted by key.

mod audit;
mod change;
mod enter;
mod events;
mod explained;
mod failure;
mod keys;
mod messages;
mod overview;
mod shared;
mod subsystem;
mod users;

use mekong_web::catalogue::Catalogue;

/// All of them.
pub(super) const WORDS: Catalogue = Catalogue::new(&[
    audit::TEXTS,
    change::TEXTS,
    enter::TEXTS,
    events::TEXTS,
    explained::TEXTS,
    failure::TEXTS,
    keys::TEXTS,
    messages::TEXTS,
    overview::TEXTS,
    shared::TEXTS,
    subsystem::TEXTS,
    users::TEXTS,
]);
