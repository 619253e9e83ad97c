//! Who reads a page, and what the query asks for.

use super::words::WORDS;
use crate::serving::reader::{self, Texts};
use mekong_web::catalogue::Catalogue;

/// The texts of the office.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ours;

impl Texts for Ours {
    const WORDS: Catalogue = WORDS;
}

/// The reader of a page.
pub(super) type Reader = reader::Reader<Ours>;
