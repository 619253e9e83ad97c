//! A picture for an appearance: PNG decoded, JPEG taken as it is (ISO 32000-2 §8.9).

use crate::making::MakeError;
use crate::pades::make::refused;
use mekong_pdf::{Append, Dictionary, Object, Reference, Update, deflate};
use std::io::Cursor;

/// Most bytes of a picture file.
const FILE_BYTES_MAX: usize = 8 << 20;
/// Most pixels on a side.
const SIDE_MAX: u32 = 8_192;
/// Most bytes of a decoded picture.
const PIXEL_BYTES_MAX: usize = 64 << 20;

/// A picture, ready to be embedded.
pub(super) struct Picture {
    /// Pixels from left to right.
    pub(super) width: f64,
    /// Pixels from top to bottom.
    pub(super) height: f64,
    image: (Dictionary, Vec<u8>),
    mask: Option<(Dictionary, Vec<u8>)>,
}

impl Picture {
    /// Adds the picture to the document.
    pub(super) fn add(self, update: &mut Update<'_, '_>) -> Reference {
        let (mut dictionary, bytes) = self.image;
        if let Some((mask, bytes)) = self.mask {
            dictionary.set("SMask", update.add(Append::Stream(mask, bytes)).into());
        }
        update.add(Append::Stream(dictionary, bytes))
    }
}

fn wrong(reason: impl Into<String>) -> MakeError {
    refused("picture", reason)
}

/// Reads a PNG or JPEG.
pub(super) fn read(bytes: &[u8]) -> Result<Picture, MakeError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(wrong(format!("{} bytes, at most {FILE_BYTES_MAX} are taken", bytes.len())));
    }
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => png(bytes),
        [0xff, 0xd8, ..] => jpeg(bytes),
        _ => Err(wrong("neither PNG nor JPEG")),
    }
}

fn image(mut dictionary: Dictionary, width: u32, height: u32, space: &str) -> Dictionary {
    dictionary.set("Type", Object::named("XObject"));
    dictionary.set("Subtype", Object::named("Image"));
    dictionary.set("Width", Object::Integer(width.into()));
    dictionary.set("Height", Object::Integer(height.into()));
    dictionary.set("ColorSpace", Object::named(space));
    dictionary.with("BitsPerComponent", Object::Integer(8))
}

fn check_size(width: u32, height: u32) -> Result<(), MakeError> {
    if width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX {
        return Err(wrong(format!("{width} by {height} pixels, at most {SIDE_MAX} on a side are taken")));
    }
    Ok(())
}

fn png(bytes: &[u8]) -> Result<Picture, MakeError> {
    let broken = |error: png::DecodingError| wrong(format!("broken PNG: {error}"));
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: PIXEL_BYTES_MAX });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(broken)?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_size(width, height)?;
    let size = reader.output_buffer_size().filter(|size| *size <= PIXEL_BYTES_MAX);
    let mut pixels = vec![0; size.ok_or_else(|| wrong("too many pixels"))?];
    reader.next_frame(&mut pixels).map_err(broken)?;
    let (samples, has_alpha) = match reader.output_color_type().0 {
        png::ColorType::Grayscale => (1, false),
        png::ColorType::GrayscaleAlpha => (2, true),
        png::ColorType::Rgb => (3, false),
        png::ColorType::Rgba => (4, true),
        png::ColorType::Indexed => return Err(wrong("a PNG whose palette was not resolved")),
    };
    let colors = if has_alpha { samples - 1 } else { samples };
    let mut plain = Vec::with_capacity(pixels.len());
    let mut alpha = Vec::new();
    for pixel in pixels.chunks_exact(samples) {
        plain.extend(pixel.iter().take(colors));
        alpha.extend(pixel.iter().skip(colors));
    }
    let (filter, packed) = deflate(&plain);
    let space = if colors == 1 { "DeviceGray" } else { "DeviceRGB" };
    let mask = has_alpha.then(|| {
        let (filter, packed) = deflate(&alpha);
        (image(filter, width, height, "DeviceGray"), packed)
    });
    let (w, h) = (f64::from(width), f64::from(height));
    Ok(Picture { width: w, height: h, image: (image(filter, width, height, space), packed), mask })
}

/// Finds the frame header (ITU-T T.81 §B.2.2) for size and colours.
fn jpeg(bytes: &[u8]) -> Result<Picture, MakeError> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        let (marker, length) = match rest {
            [0xff, 0xff, ..] => {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            [0xff, marker, high, low, ..] => (*marker, usize::from(*high) << 8 | usize::from(*low)),
            _ => return Err(wrong("broken JPEG: no frame header")),
        };
        let segment = rest.get(4..2 + length.max(2)).ok_or_else(|| wrong("broken JPEG: cut short"))?;
        if matches!(marker, 0xc0..=0xc2) {
            let [8, h1, h2, w1, w2, components, ..] = segment else {
                return Err(wrong("a JPEG of other than 8 bits"));
            };
            let (width, height) = (u16::from_be_bytes([*w1, *w2]), u16::from_be_bytes([*h1, *h2]));
            check_size(width.into(), height.into())?;
            let space = match components {
                1 => "DeviceGray",
                3 => "DeviceRGB",
                other => return Err(wrong(format!("a JPEG of {other} colours: save it as RGB"))),
            };
            let filter = Dictionary::default().with("Filter", Object::named("DCTDecode"));
            let dictionary = image(filter, width.into(), height.into(), space);
            let (w, h) = (f64::from(width), f64::from(height));
            return Ok(Picture { width: w, height: h, image: (dictionary, bytes.to_vec()), mask: None });
        }
        rest = rest.get(2 + length..).unwrap_or_default();
    }
}
