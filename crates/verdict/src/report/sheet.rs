//! Sheets of A4 that are filled from top to bottom.

use super::FontError;
use mekong_base::Language;
use mekong_pdf::text::{Font, Line, legible, wrap};
use mekong_pdf::{Append, Dictionary, Object, Objects, PdfString, Reference, deflate, number};
use std::fmt::Write as _;

/// A4, in points.
const PAPER: (f64, f64) = (595.0, 842.0);
/// Distance of text from the edge.
const MARGIN: f64 = 50.0;
/// Width of text.
pub(super) const WIDTH: f64 = PAPER.0 - 2.0 * MARGIN;
/// Lowest place of text; the foot is below.
const BOTTOM: f64 = 62.0;
/// Most characters of one piece of text.
const CHARACTERS_MAX: usize = 600;

/// A colour: red, green, blue from 0 to 1.
pub(super) type Colour = [f64; 3];
pub(super) const BLACK: Colour = [0.1, 0.1, 0.12];
pub(super) const GREY: Colour = [0.4, 0.42, 0.45];
const PALE: Colour = [0.93, 0.94, 0.95];

/// A piece of text and how it looks.
#[derive(Clone)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) colour: Colour,
    /// Distance from the left of its column, in points.
    pub(super) indent: f64,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>, colour: Colour) -> Self {
        Self { text: text.into(), colour, indent: 0.0 }
    }
}

/// Sheets with what is on them so far.
pub(super) struct Sheets<'a> {
    fonts: Vec<Font<'a>>,
    /// What is drawn on each; the last one is being filled.
    full: Vec<String>,
    content: String,
    /// Where the next line begins, from below.
    y: f64,
    ascent: f64,
    leading: f64,
}

impl<'a> Sheets<'a> {
    pub(super) fn new(fonts: &[&'a [u8]]) -> Result<Self, FontError> {
        let fonts: Vec<Font<'a>> = fonts.iter().map(|bytes| Font::read(bytes)).collect::<Result<_, _>>()?;
        let (ascent, descent) = fonts.iter().fold((0.8f64, 0.2f64), |(a, d), f| (a.max(f.ascent), d.max(f.descent)));
        let (full, content, y, leading) = (Vec::new(), String::new(), PAPER.1 - MARGIN, ascent + descent);
        Ok(Self { fonts, full, content, y, ascent, leading })
    }

    /// Fails if no font has a character: for our own words, which must not turn into question marks.
    pub(super) fn must_show(&self, text: &str) -> Result<(), FontError> {
        let is_missing = |c: &char| !c.is_control() && !self.fonts.iter().any(|font| font.has(*c));
        text.chars().find(is_missing).map_or(Ok(()), |character| Err(FontError::Glyph(character)))
    }

    pub(super) fn gap(&mut self, height: f64) {
        self.y -= height;
    }

    /// A text over the whole width.
    pub(super) fn text(&mut self, text: &str, size: f64, colour: Colour) -> Result<(), FontError> {
        self.row(&[Cell::new(text, colour)], &[WIDTH], size)
    }

    /// A title, kept together with a few lines after it.
    pub(super) fn title(&mut self, text: &str, size: f64) -> Result<(), FontError> {
        self.gap(size * 0.8);
        self.room(self.leading * (size + 40.0));
        self.text(text, size, BLACK)?;
        self.gap(size * 0.25);
        Ok(())
    }

    /// Cells beside each other; a row that does not fit goes on at the top of the next sheet.
    pub(super) fn row(&mut self, cells: &[Cell], widths: &[f64], size: f64) -> Result<(), FontError> {
        let mut columns = Vec::new();
        let mut left = MARGIN;
        for (cell, width) in cells.iter().zip(widths) {
            let lines = self.wrapped(&cell.text, (width - cell.indent - 6.0) / size)?;
            columns.push((left + cell.indent, cell.colour, lines));
            left += width;
        }
        let height = columns.iter().map(|(.., lines)| lines.len()).max().unwrap_or_default();
        for index in 0..height {
            self.room(self.leading * size);
            for (left, colour, lines) in &columns {
                if let Some(line) = lines.get(index) {
                    self.content += &fill(*colour);
                    line.write(&mut self.content, *left, self.y - self.ascent * size, size);
                }
            }
            self.gap(self.leading * size);
        }
        Ok(())
    }

    /// The head of a table: a row on a ground.
    pub(super) fn head(&mut self, cells: &[Cell], widths: &[f64], size: f64) -> Result<(), FontError> {
        self.room(self.leading * size * 4.0);
        self.rectangle(MARGIN - 4.0, self.leading * size + 2.0, WIDTH + 8.0, PALE);
        self.row(cells, widths, size)?;
        self.gap(3.0);
        Ok(())
    }

    /// A thin line across.
    pub(super) fn rule(&mut self) {
        self.gap(1.5);
        self.rectangle(MARGIN, 0.4, WIDTH, [0.8, 0.81, 0.83]);
        self.gap(2.5);
    }

    /// Texts, each with its size, beside a bar of a colour on a ground of a paler one.
    pub(super) fn band(&mut self, texts: &[(&str, f64)], colour: Colour) -> Result<(), FontError> {
        let mut lines = Vec::new();
        for (text, size) in texts {
            lines.extend(self.wrapped(text, (WIDTH - 28.0) / size)?.into_iter().map(|line| (line, *size)));
        }
        let height = 16.0 + lines.iter().map(|(_, size)| self.leading * size).sum::<f64>();
        self.room(height.min(PAPER.1 - MARGIN - BOTTOM));
        self.rectangle(MARGIN, height, WIDTH, colour.map(|part| 1.0 - (1.0 - part) * 0.12));
        self.rectangle(MARGIN, height, 5.0, colour);
        self.gap(8.0);
        for (line, size) in lines {
            self.content += &fill(BLACK);
            line.write(&mut self.content, MARGIN + 16.0, self.y - self.ascent * size, size);
            self.gap(self.leading * size);
        }
        self.gap(8.0);
        Ok(())
    }

    fn wrapped(&mut self, text: &str, width: f64) -> Result<Vec<Line>, FontError> {
        let text = legible(text, &self.fonts, CHARACTERS_MAX);
        wrap(&text, &mut self.fonts, width)
    }

    /// A new sheet if there is no room for so much.
    fn room(&mut self, height: f64) {
        if self.y - height < BOTTOM && !self.content.is_empty() {
            self.full.push(std::mem::take(&mut self.content));
            self.y = PAPER.1 - MARGIN;
        }
    }

    fn rectangle(&mut self, left: f64, height: f64, width: f64, colour: Colour) {
        let [x, y, w, h] = [left, self.y - height, width, height].map(number);
        let _ = writeln!(self.content, "{}{x} {y} {w} {h} re f", fill(colour));
    }

    /// The file; the foot of each sheet says `foot` and the sheet's number.
    pub(super) fn finish(mut self, about: &About<'_>) -> Result<Vec<u8>, FontError> {
        self.full.push(std::mem::take(&mut self.content));
        let mut contents = std::mem::take(&mut self.full);
        let count = contents.len();
        for (index, content) in contents.iter_mut().enumerate() {
            let number = format!("{} / {count}", index + 1);
            for (text, left) in [(legible(about.foot, &self.fonts, 90), MARGIN), (number, PAPER.0 - MARGIN - 34.0)] {
                *content += &fill(GREY);
                Line::shape(&text, &mut self.fonts)?.write(content, left, 36.0, 8.0);
            }
        }
        let mut objects = Objects::of_new_file();
        let mut fonts = Dictionary::default();
        for (index, font) in self.fonts.into_iter().enumerate().filter(|(_, font)| font.is_used()) {
            fonts.set(&format!("F{index}"), font.embed(&mut objects)?.into());
        }
        let resources = objects.add(Append::Object(Dictionary::default().with("Font", fonts.into()).into()));
        let root = tree(&contents, resources, about, &mut objects);
        let information = objects.add(Append::Object(about.information().into()));
        Ok(objects.into_file(root, information, about.id))
    }
}

/// What a file says of itself.
pub(super) struct About<'a> {
    pub(super) title: &'a str,
    pub(super) foot: &'a str,
    pub(super) language: Language,
    /// When it was made: `D:20261122081500Z`.
    pub(super) made: Option<String>,
    pub(super) id: &'a [u8],
}

impl About<'_> {
    fn information(&self) -> Dictionary {
        let made = self.made.as_ref().map_or(Object::Null, |made| PdfString::new(made.as_str()).into());
        Dictionary::default()
            .with("Title", PdfString::text(self.title).into())
            .with("Producer", PdfString::new("Mekong").into())
            .with("CreationDate", made)
    }
}

/// Adds the sheets and the catalog over them.
fn tree(contents: &[String], resources: Reference, about: &About<'_>, objects: &mut Objects) -> Reference {
    let pages = objects.reserve();
    let mut kids = Vec::new();
    for content in contents {
        let (filter, packed) = deflate(content.as_bytes());
        let content = objects.add(Append::Stream(filter, packed));
        let corners = [0.0, 0.0, PAPER.0, PAPER.1].map(Object::Real).to_vec();
        let page = Dictionary::default()
            .with("Type", Object::named("Page"))
            .with("Parent", pages.into())
            .with("MediaBox", Object::Array(corners))
            .with("Resources", resources.into())
            .with("Contents", content.into());
        kids.push(objects.add(Append::Object(page.into())).into());
    }
    let count = Object::Integer(i64::try_from(kids.len()).unwrap_or(0));
    let node = Dictionary::default()
        .with("Type", Object::named("Pages"))
        .with("Kids", Object::Array(kids))
        .with("Count", count);
    objects.set(pages, Append::Object(node.into()));
    let view = Dictionary::default().with("DisplayDocTitle", Object::Boolean(true));
    let catalog = Dictionary::default()
        .with("Type", Object::named("Catalog"))
        .with("Pages", pages.into())
        .with("Lang", PdfString::new(about.language.code()).into())
        .with("ViewerPreferences", view.into());
    objects.add(Append::Object(catalog.into()))
}

fn fill(colour: Colour) -> String {
    let [r, g, b] = colour.map(number);
    format!("{r} {g} {b} rg\n")
}
