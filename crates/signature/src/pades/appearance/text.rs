//! A line of text, shaped: which glyph of which font stands where.

use super::font::Font;
use crate::making::MakeError;
use crate::pades::make::refused;
use mekong_pdf::{Object, PdfString, number, object_bytes};
use rustybuzz::UnicodeBuffer;
use std::fmt::Write as _;

/// A glyph in its place; lengths are for text of size 1.
struct Glyph {
    font: usize,
    id: u16,
    x: f64,
    y: f64,
}

/// A line, shaped.
pub(super) struct Line {
    text: String,
    glyphs: Vec<Glyph>,
    /// Its width for text of size 1.
    pub(super) width: f64,
}

/// Lao has rules of its own; everything else goes by the font.
fn is_lao(character: char) -> bool {
    ('\u{e80}'..='\u{eff}').contains(&character)
}

impl Line {
    /// Shapes a line with the first font that has each character.
    ///
    /// # Errors
    /// [`MakeError::Document`] names a character that no font has.
    pub(super) fn shape(text: &str, fonts: &mut [Font<'_>]) -> Result<Self, MakeError> {
        let mut line = Self { text: text.to_owned(), glyphs: Vec::new(), width: 0.0 };
        for (font, run) in runs(text, fonts)? {
            line.add(&run, font, fonts);
        }
        Ok(line)
    }

    fn add(&mut self, run: &str, index: usize, fonts: &mut [Font<'_>]) {
        let Some(font) = fonts.get_mut(index) else { return };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(run);
        buffer.guess_segment_properties();
        let shaped = rustybuzz::shape(&font.face, &[], buffer);
        let em = font.em;
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let Ok(old) = u16::try_from(info.glyph_id) else { continue };
            let cluster = cluster(run, info.cluster, shaped.glyph_infos());
            let id = font.glyph(old, cluster);
            let x = self.width + f64::from(position.x_offset) / em;
            self.glyphs.push(Glyph { font: index, id, x, y: f64::from(position.y_offset) / em });
            self.width += f64::from(position.x_advance) / em;
        }
    }

    /// Draws the line from (`left`, `base`) on; what it says stands beside, for search and copying.
    pub(super) fn write(&self, content: &mut String, left: f64, base: f64, size: f64) {
        let mut said = PdfString::text(&self.text);
        said.hexadecimal = true;
        let said = object_bytes(&Object::String(said));
        let _ = writeln!(content, "/Span <</ActualText {}>> BDC\nBT", String::from_utf8_lossy(&said));
        let mut current = None;
        for glyph in &self.glyphs {
            if current != Some(glyph.font) {
                let _ = writeln!(content, "/F{} {} Tf", glyph.font, number(size));
                current = Some(glyph.font);
            }
            let (x, y) = (number(left + glyph.x * size), number(base + glyph.y * size));
            let _ = writeln!(content, "1 0 0 1 {x} {y} Tm <{:04x}> Tj", glyph.id);
        }
        content.push_str("ET\nEMC\n");
    }
}

/// The text of the cluster that begins at byte `start`.
fn cluster<'t>(run: &'t str, start: u32, infos: &[rustybuzz::GlyphInfo]) -> &'t str {
    let start = start as usize;
    let end = infos.iter().map(|info| info.cluster as usize).filter(|next| *next > start).min().unwrap_or(run.len());
    run.get(start..end).unwrap_or_default()
}

/// Cuts a line where the font or the script changes. Spaces, digits and marks stay with what is before them.
fn runs(text: &str, fonts: &[Font<'_>]) -> Result<Vec<(usize, String)>, MakeError> {
    let mut runs: Vec<(usize, String)> = Vec::new();
    for character in text.chars().filter(|character| !character.is_control()) {
        let last = runs.last_mut();
        if let Some((font, run)) = last {
            let same_script = run.chars().any(is_lao) == is_lao(character) || !character.is_alphabetic();
            if same_script && fonts.get(*font).is_some_and(|font| font.has(character)) {
                run.push(character);
                continue;
            }
        }
        match fonts.iter().position(|font| font.has(character)) {
            Some(font) => runs.push((font, character.to_string())),
            None => {
                let code = u32::from(character);
                let reason = format!("no font has {character:?} (U+{code:04X}): give one that has");
                return Err(refused("appearance", reason));
            }
        }
    }
    Ok(runs)
}
