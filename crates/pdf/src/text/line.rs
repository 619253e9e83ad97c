//! A line of text, shaped: which glyph of which font stands where.

use super::font::Font;
use super::{FontError, is_lao};
use crate::write::{number, object_bytes};
use crate::{Object, PdfString};
use rustybuzz::{GlyphBuffer, UnicodeBuffer};
use std::fmt::Write as _;

/// A glyph in its place; lengths are for text of size 1.
struct Glyph {
    font: usize,
    id: u16,
    x: f64,
    y: f64,
}

/// A line, shaped.
pub struct Line {
    text: String,
    glyphs: Vec<Glyph>,
    /// Its width for text of size 1.
    pub width: f64,
}

impl Line {
    /// Shapes a line with the first font that has each character.
    ///
    /// # Errors
    /// [`FontError::Glyph`] names a character that no font has.
    pub fn shape(text: &str, fonts: &mut [Font<'_>]) -> Result<Self, FontError> {
        let mut line = Self { text: text.to_owned(), glyphs: Vec::new(), width: 0.0 };
        for (font, run) in runs(text, fonts)? {
            line.add(&run, font, fonts);
        }
        Ok(line)
    }

    /// The width that a text would have for size 1, without taking glyphs into the fonts.
    pub(super) fn measure(text: &str, fonts: &[Font<'_>]) -> Result<f64, FontError> {
        let mut width = 0.0;
        for (index, run) in runs(text, fonts)? {
            let Some(font) = fonts.get(index) else { continue };
            let shaped = shape(&run, font);
            width += shaped.glyph_positions().iter().map(|p| f64::from(p.x_advance) / font.em).sum::<f64>();
        }
        Ok(width)
    }

    fn add(&mut self, run: &str, index: usize, fonts: &mut [Font<'_>]) {
        let Some(font) = fonts.get_mut(index) else { return };
        let shaped = shape(run, font);
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
    pub fn write(&self, content: &mut String, left: f64, base: f64, size: f64) {
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

fn shape(run: &str, font: &Font<'_>) -> GlyphBuffer {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(run);
    buffer.guess_segment_properties();
    rustybuzz::shape(&font.face, &[], buffer)
}

/// The text of the cluster that begins at byte `start`.
fn cluster<'t>(run: &'t str, start: u32, infos: &[rustybuzz::GlyphInfo]) -> &'t str {
    let start = start as usize;
    let end = infos.iter().map(|info| info.cluster as usize).filter(|next| *next > start).min().unwrap_or(run.len());
    run.get(start..end).unwrap_or_default()
}

/// Cuts a line where the font or the script changes. Spaces, digits and marks stay with what is before them.
fn runs(text: &str, fonts: &[Font<'_>]) -> Result<Vec<(usize, String)>, FontError> {
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
            None => return Err(FontError::Glyph(character)),
        }
    }
    Ok(runs)
}
