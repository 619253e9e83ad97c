//! A font of the caller, and the part of it that is embedded (ISO 32000-2 §9.7, §9.9).

use super::FontError;
use crate::write::{Append, Objects, deflate};
use crate::{Dictionary, Object, PdfString, Reference};
use rustybuzz::Face;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use subsetter::GlyphRemapper;

/// A font with the glyphs used so far.
pub struct Font<'a> {
    bytes: &'a [u8],
    pub(super) face: Face<'a>,
    /// Units of the em square.
    pub(super) em: f64,
    /// Height above the line for text of size 1.
    pub ascent: f64,
    /// Depth below the line for text of size 1.
    pub descent: f64,
    glyphs: GlyphRemapper,
    /// Old glyph and text of each new glyph.
    used: BTreeMap<u16, (u16, String)>,
}

impl<'a> Font<'a> {
    /// Reads a TrueType font.
    ///
    /// # Errors
    /// [`FontError::Unreadable`] for other files, [`FontError::Outlines`] for fonts with outlines of another kind.
    pub fn read(bytes: &'a [u8]) -> Result<Self, FontError> {
        let face = Face::from_slice(bytes, 0).ok_or(FontError::Unreadable)?;
        if face.tables().glyf.is_none() {
            return Err(FontError::Outlines);
        }
        let em = f64::from(face.units_per_em()).max(1.0);
        let (ascent, descent) = (f64::from(face.ascender()) / em, -f64::from(face.descender()) / em);
        Ok(Self { bytes, face, em, ascent, descent, glyphs: GlyphRemapper::new(), used: BTreeMap::new() })
    }

    /// Whether it has a glyph for a character.
    pub fn has(&self, character: char) -> bool {
        self.face.glyph_index(character).is_some()
    }

    /// Whether any glyph is used.
    pub fn is_used(&self) -> bool {
        !self.used.is_empty()
    }

    /// The number of a glyph in the part that is embedded; `cluster` is the text that it helps to show.
    pub(super) fn glyph(&mut self, old: u16, cluster: &str) -> u16 {
        let new = self.glyphs.remap(old);
        if !self.used.contains_key(&new) {
            let own = cluster.chars().find(|c| self.face.glyph_index(*c).is_some_and(|glyph| glyph.0 == old));
            let text = own.map_or_else(|| cluster.to_owned(), String::from);
            self.used.insert(new, (old, text));
        }
        new
    }

    /// Adds the font with its used glyphs to a document.
    ///
    /// # Errors
    /// [`FontError::Subset`] if the font breaks its format where the reader of [`Font::read`] did not look.
    pub fn embed(self, objects: &mut Objects) -> Result<Reference, FontError> {
        let part = subsetter::subset(self.bytes, 0, &self.glyphs);
        let part = part.map_err(|error| FontError::Subset(error.to_string()))?;
        let length = Object::Integer(i64::try_from(part.len()).unwrap_or(0));
        let (filter, packed) = deflate(&part);
        let file = objects.add(Append::Stream(filter.with("Length1", length), packed));
        let name = Object::Name(self.name());
        let descriptor = objects.add(Append::Object(self.descriptor(&name, file).into()));
        let information = Dictionary::default()
            .with("Registry", PdfString::new("Adobe").into())
            .with("Ordering", PdfString::new("Identity").into())
            .with("Supplement", Object::Integer(0));
        let descendant = Dictionary::default()
            .with("Type", Object::named("Font"))
            .with("Subtype", Object::named("CIDFontType2"))
            .with("BaseFont", name.clone())
            .with("CIDSystemInfo", information.into())
            .with("FontDescriptor", descriptor.into())
            .with("CIDToGIDMap", Object::named("Identity"))
            .with("DW", Object::Integer(0))
            .with("W", Object::Array(self.widths()));
        let descendant = objects.add(Append::Object(descendant.into()));
        let (filter, packed) = deflate(self.to_unicode().as_bytes());
        let to_unicode = objects.add(Append::Stream(filter, packed));
        let font = Dictionary::default()
            .with("Type", Object::named("Font"))
            .with("Subtype", Object::named("Type0"))
            .with("BaseFont", name)
            .with("Encoding", Object::named("Identity-H"))
            .with("DescendantFonts", Object::Array(vec![descendant.into()]))
            .with("ToUnicode", to_unicode.into());
        Ok(objects.add(Append::Object(font.into())))
    }

    /// `MEKONG+Name`, six letters for a part of a font (§9.9.2).
    fn name(&self) -> Vec<u8> {
        let names = self.face.names();
        let own =
            names.into_iter().find(|name| name.name_id == 6 && name.is_unicode()).and_then(|name| name.to_string());
        let own = own.unwrap_or_else(|| "Font".into());
        let clean: String = own.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect();
        format!("MEKONG+{clean}").into_bytes()
    }

    fn descriptor(&self, name: &Object, file: Reference) -> Dictionary {
        let bounds = self.face.global_bounding_box();
        let scaled = |value: i16| Object::Integer(self.thousandths(f64::from(value)));
        let corners = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(scaled).to_vec();
        let capital = self.face.capital_height().unwrap_or_else(|| self.face.ascender());
        Dictionary::default()
            .with("Type", Object::named("FontDescriptor"))
            .with("FontName", name.clone())
            .with("Flags", Object::Integer(4))
            .with("FontBBox", Object::Array(corners))
            .with("ItalicAngle", Object::Integer(0))
            .with("Ascent", scaled(self.face.ascender()))
            .with("Descent", scaled(self.face.descender()))
            .with("CapHeight", scaled(capital))
            .with("StemV", Object::Integer(80))
            .with("FontFile2", file.into())
    }

    fn thousandths(&self, value: f64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a measure of a font")]
        let scaled = (value * 1000.0 / self.em).round() as i64;
        scaled
    }

    fn widths(&self) -> Vec<Object> {
        let width = |old: u16| self.face.glyph_hor_advance(rustybuzz::ttf_parser::GlyphId(old)).unwrap_or(0);
        let one = |(new, (old, _)): (&u16, &(u16, String))| {
            let width = self.thousandths(f64::from(width(*old)));
            [Object::Integer((*new).into()), Object::Array(vec![Object::Integer(width)])]
        };
        self.used.iter().flat_map(one).collect()
    }

    /// Glyphs to text (§9.10.3).
    fn to_unicode(&self) -> String {
        let mut map = String::from(
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapType 2 def\n/CMapName /Mekong def\n\
             1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n",
        );
        let all: Vec<_> = self.used.iter().filter(|(_, (_, text))| !text.is_empty()).collect();
        for some in all.chunks(100) {
            let _ = writeln!(map, "{} beginbfchar", some.len());
            for (new, (_, text)) in some {
                let units: String = text.encode_utf16().map(|unit| format!("{unit:04x}")).collect();
                let _ = writeln!(map, "<{new:04x}> <{units}>");
            }
            map.push_str("endbfchar\n");
        }
        map + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    }
}
