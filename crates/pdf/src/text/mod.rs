//! Text on pages: shaped, because Lao vowels and tones and stacked Vietnamese diacritics are placed by the font; wrapped; with
//! only the glyphs used embedded; to be searched and copied. Fonts come from the caller.

mod font;
mod line;
mod wrap;

pub use font::Font;
pub use line::Line;
pub use wrap::{legible, wrap};

/// Why text cannot be written with a font.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FontError {
    /// It is no font.
    #[error("a font that cannot be read")]
    Unreadable,
    /// It is a font of another kind.
    #[error("a font without TrueType outlines: give the .ttf")]
    Outlines,
    /// No font has the character.
    #[error("no font has {0:?} (U+{code:04X}): give one that has", code = u32::from(*.0))]
    Glyph(char),
    /// The glyphs used could not be taken out.
    #[error("the font cannot be cut down: {0}")]
    Subset(String),
}

/// Lao has rules of its own; everything else goes by the font.
fn is_lao(character: char) -> bool {
    ('\u{e80}'..='\u{eff}').contains(&character)
}
