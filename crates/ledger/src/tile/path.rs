//! Paths of tiles: `tile/0/x001/x234/067.p/17`, `tile/entries/000`.

use super::WIDTH;
use std::fmt;
use std::str::FromStr;

/// The longest path that is read, in bytes; the longest possible one has 50.
const PATH_BYTES_MAX: usize = 64;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// Hashes of the tree, at this level of tiles: 0 to 63.
    Hashes {
        /// 0 for leaf hashes, 1 for the roots of full tiles of level 0, and so on.
        level: u8,
    },
    /// Entries, from which the leaf hashes are made.
    Entries,
}

/// Which tile: what it holds, its place, and how wide it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    content: Content,
    index: u64,
    /// 1 to 256.
    width: u16,
}

/// The text is no path of a tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the path of a tile such as tile/0/x001/234 or tile/entries/000.p/17")]
pub struct PathError(pub String);

impl TilePath {
    /// A tile of hashes. A width outside 1 to 256 becomes the nearest of these.
    pub fn hashes(level: u8, index: u64, width: u16) -> Self {
        Self { content: Content::Hashes { level }, index, width: width.clamp(1, WIDTH) }
    }

    /// A bundle of entries. A width outside 1 to 256 becomes the nearest of these.
    pub fn entries(index: u64, width: u16) -> Self {
        Self { content: Content::Entries, index, width: width.clamp(1, WIDTH) }
    }

    /// What it holds.
    pub const fn content(&self) -> Content {
        self.content
    }

    /// Its place within its level.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes or entries it holds: 1 to 256.
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// The full tile at the same place.
    #[must_use]
    pub const fn full(&self) -> Self {
        Self { content: self.content, index: self.index, width: WIDTH }
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Content::Hashes { level } => write!(f, "tile/{level}/")?,
            Content::Entries => f.write_str("tile/entries/")?,
        }
        let mut above = 1_000_000_000_000_000_000;
        while above > 1 {
            if self.index >= above {
                write!(f, "x{:03}/", self.index / above % 1000)?;
            }
            above /= 1000;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.width < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for TilePath {
    type Err = PathError;
    fn from_str(text: &str) -> Result<Self, PathError> {
        // Whatever is not written as we would write it is refused: one tile, one path.
        let path = parse(text).filter(|path| path.to_string() == text);
        path.ok_or_else(|| PathError(text.chars().take(PATH_BYTES_MAX).collect()))
    }
}

fn parse(text: &str) -> Option<TilePath> {
    if text.len() > PATH_BYTES_MAX {
        return None;
    }
    let (level, place) = text.strip_prefix("tile/")?.split_once('/')?;
    let (place, width) = match place.split_once(".p/") {
        Some((place, width)) => (place, width.parse().ok().filter(|width| (1..WIDTH).contains(width))?),
        None => (place, WIDTH),
    };
    let mut index: u64 = 0;
    for group in place.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let number: u64 = digits.parse().ok().filter(|_| digits.len() == 3)?;
        index = index.checked_mul(1000)?.checked_add(number)?;
    }
    match level {
        "entries" => Some(TilePath::entries(index, width)),
        level => level.parse().ok().filter(|level| *level < 64).map(|level| TilePath::hashes(level, index, width)),
    }
}
