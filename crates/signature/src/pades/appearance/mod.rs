//! What is seen of a signature: lines of text and a picture, drawn as a form XObject (ISO 32000-2 §12.5.5).
//!
//! Text is shaped, because Lao vowels and tones and stacked Vietnamese diacritics are placed by the font; fonts come from the
//! caller, and only the glyphs used are embedded. The text can be searched and copied.

mod picture;

use super::make::refused;
use crate::making::MakeError;
use mekong_pdf::text::{Font, FontError, Line};
use mekong_pdf::{Append, Dictionary, Object, Reference, Update, number};

/// Most lines.
const LINES_MAX: usize = 24;
/// Most characters of one line.
const LINE_CHARACTERS_MAX: usize = 500;
/// Distance from the edge, in points.
const PADDING: f64 = 3.0;
/// Largest and smallest size of text, in points.
const SIZES: (f64, f64) = (12.0, 3.0);

/// What is seen of a signature.
#[derive(Debug, Clone, Default)]
pub struct Appearance<'a> {
    /// The page, counted from 1.
    pub page: usize,
    /// Left, bottom, right, top in points from the lower left corner of the page.
    pub rectangle: [f64; 4],
    /// Lines of text in any script that the fonts have; the size is chosen so that they fit.
    pub lines: Vec<String>,
    /// TrueType fonts in order of preference, whole files: for each character the first that has it is taken.
    pub fonts: Vec<&'a [u8]>,
    /// A PNG or JPEG, left of the text.
    pub picture: Option<&'a [u8]>,
}

/// Draws into the rectangle of an existing field, else into the one that is wanted.
pub(super) fn draw(
    look: &Appearance<'_>,
    existing: Option<[f64; 4]>,
    update: &mut Update<'_, '_>,
) -> Result<Reference, MakeError> {
    let [left, bottom, right, top] = existing.unwrap_or(look.rectangle);
    let (width, height) = ((right - left).abs(), (top - bottom).abs());
    let is_sane = |length: f64| length.is_finite() && (1.0..=14_400.0).contains(&length);
    if !is_sane(width) || !is_sane(height) {
        return Err(refused("appearance", format!("a rectangle of {width} by {height} points cannot be drawn in")));
    }
    let mut resources = Dictionary::default();
    let mut content = String::from("q\n");
    let mut text_left = PADDING;
    if let Some(bytes) = look.picture {
        let picture = picture::read(bytes)?;
        let most = if look.lines.is_empty() { width } else { width / 2.0 } - 2.0 * PADDING;
        let scale = (most / picture.width).min((height - 2.0 * PADDING) / picture.height);
        let (w, h) = (picture.width * scale, picture.height * scale);
        let lower = (height - h) / 2.0;
        let (w_text, h_text) = (number(w), number(h));
        content += &format!("q {w_text} 0 0 {h_text} {} {} cm /Im0 Do Q\n", number(PADDING), number(lower));
        let image = picture.add(update);
        resources.set("XObject", Dictionary::default().with("Im0", image.into()).into());
        text_left += w + PADDING;
    }
    if !look.lines.is_empty() {
        let space = (width - text_left - PADDING, height - 2.0 * PADDING);
        let fonts = lines(look, space, text_left, height, &mut content)?;
        let mut dictionary = Dictionary::default();
        for (index, font) in fonts.into_iter().enumerate().filter(|(_, font)| font.is_used()) {
            dictionary.set(&format!("F{index}"), font.embed(update.objects()).map_err(unfit)?.into());
        }
        resources.set("Font", dictionary.into());
    }
    content += "Q\n";
    let corners = [0.0, 0.0, width, height].map(Object::Real).to_vec();
    let form = Dictionary::default()
        .with("Type", Object::named("XObject"))
        .with("Subtype", Object::named("Form"))
        .with("BBox", Object::Array(corners))
        .with("Resources", resources.into());
    Ok(update.add(Append::Stream(form, content.into_bytes())))
}

/// Writes the lines, as large as fits; gives the fonts with the glyphs that they need.
fn lines<'a>(
    look: &Appearance<'a>,
    (width, height): (f64, f64),
    left: f64,
    top: f64,
    content: &mut String,
) -> Result<Vec<Font<'a>>, MakeError> {
    if look.lines.len() > LINES_MAX || look.lines.iter().any(|line| line.chars().count() > LINE_CHARACTERS_MAX) {
        let reason = format!("more than {LINES_MAX} lines or {LINE_CHARACTERS_MAX} characters in a line");
        return Err(refused("appearance", reason));
    }
    let mut fonts: Vec<Font<'a>> =
        look.fonts.iter().map(|bytes| Font::read(bytes).map_err(unfit)).collect::<Result<_, _>>()?;
    let lines: Vec<Line> =
        look.lines.iter().map(|line| Line::shape(line, &mut fonts).map_err(unfit)).collect::<Result<_, MakeError>>()?;
    let (ascent, descent) = fonts.iter().fold((0.0f64, 0.0f64), |(a, d), f| (a.max(f.ascent), d.max(f.descent)));
    let leading = (ascent + descent).max(1.0);
    let widest = lines.iter().fold(0.0f64, |widest, line| widest.max(line.width));
    #[expect(clippy::cast_precision_loss, reason = "at most 24 lines")]
    let count = lines.len() as f64;
    let size = (height / (count * leading)).min(width / widest.max(0.001)).min(SIZES.0);
    if size < SIZES.1 {
        let reason = format!("the text would be {size:.1} points high: enlarge the rectangle or shorten the text");
        return Err(refused("appearance", reason));
    }
    let mut base = top - (top - count * leading * size) / 2.0 - ascent * size;
    for line in &lines {
        line.write(content, left, base, size);
        base -= leading * size;
    }
    Ok(fonts)
}

/// How faults of fonts are told to who signs.
fn unfit(error: FontError) -> MakeError {
    refused("appearance", error.to_string())
}
