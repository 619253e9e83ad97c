//! The texts of the registration office, a file for each page: key, then Vietnamese, Lao, English. Each file is sorted by key.

mod certificate;
mod certificates;
mod contents;
mod enter;
mod failure;
mod issue;
mod lists;
mod overview;
mod shared;

use mekong_web::catalogue::Catalogue;

/// All of them.
pub(super) const WORDS: Catalogue = Catalogue::new(&[
    certificate::TEXTS,
    certificates::TEXTS,
    contents::TEXTS,
    enter::TEXTS,
    failure::TEXTS,
    issue::TEXTS,
    lists::TEXTS,
    overview::TEXTS,
    shared::TEXTS,
]);
