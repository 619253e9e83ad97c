//! Which level the structure of a signature amounts to (EN 319 142-1 §6.3).

use crate::facts::Level;

/// From the level of the CMS, and what the document adds.
pub(super) fn of(cms: Level, has_time: bool, has_material: bool, is_archived: bool) -> Level {
    match cms {
        Level::NotAdes | Level::Bes => cms,
        _ if !has_time => Level::B,
        _ if !has_material => Level::T,
        _ if !is_archived => Level::Lt,
        _ => Level::Lta,
    }
}
