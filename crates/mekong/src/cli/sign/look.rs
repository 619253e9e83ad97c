//! What is seen of a signature in a PDF.

use super::super::{CommandError, Context, fonts};
use clap::Args;
use mekong_signature::making::Signing;
use mekong_signature::pades::appearance::Appearance;
use std::path::PathBuf;

/// What is seen of a signature.
#[derive(Args, Clone)]
pub(crate) struct LookOptions {
    /// PAdES: show the signature on a page: PAGE,LEFT,BOTTOM,WIDTH,HEIGHT in points from the lower left corner.
    #[arg(long, value_name = "P,X,Y,W,H", value_parser = place)]
    visible: Option<Visible>,
    /// A line of the visible signature; without any, the signer's name and the time.
    #[arg(long = "text", value_name = "LINE", requires = "visible")]
    lines: Vec<String>,
    /// A PNG or JPEG beside the text.
    #[arg(long, value_name = "FILE", requires = "visible")]
    picture: Option<PathBuf>,
    /// A TrueType font, tried before the Noto fonts of this machine.
    #[arg(long = "font", value_name = "FILE", requires = "visible")]
    fonts: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Visible {
    page: usize,
    rectangle: [f64; 4],
}

fn place(text: &str) -> Result<Visible, String> {
    let numbers: Vec<f64> = text.split(',').map_while(|n| n.trim().parse().ok()).collect();
    match numbers.as_slice() {
        [page, left, bottom, width, height] if *page >= 1.0 && page.fract() == 0.0 => {
            let rectangle = [*left, *bottom, left + width, bottom + height];
            Ok(Visible { page: format!("{page:.0}").parse().unwrap_or(1), rectangle })
        }
        _ => Err(format!("{text}: PAGE,LEFT,BOTTOM,WIDTH,HEIGHT is wanted, as 1,350,40,200,60")),
    }
}

/// What was read for a visible signature.
pub(super) struct Look {
    visible: Visible,
    lines: Vec<String>,
    picture: Option<Vec<u8>>,
    fonts: Vec<Vec<u8>>,
}

impl LookOptions {
    pub(super) const fn is_visible(&self) -> bool {
        self.visible.is_some()
    }

    /// Reads picture and fonts; `None` for an invisible signature.
    ///
    /// # Errors
    /// In words: which file.
    pub(super) fn load(&self, signing: &Signing) -> Result<Option<Look>, CommandError> {
        let Some(visible) = self.visible else { return Ok(None) };
        let read = |path: &PathBuf| std::fs::read(path).context(|| format!("read {}", path.display()));
        let fonts = fonts::load(&self.fonts)?;
        let lines = match self.lines.is_empty() {
            true => vec![mekong_verdict::holder(&signing.certificate), signing.time.to_string()],
            false => self.lines.clone(),
        };
        Ok(Some(Look { visible, lines, picture: self.picture.as_ref().map(read).transpose()?, fonts }))
    }
}

impl Look {
    pub(super) fn appearance(&self) -> Appearance<'_> {
        Appearance {
            page: self.visible.page,
            rectangle: self.visible.rectangle,
            lines: self.lines.clone(),
            fonts: self.fonts.iter().map(Vec::as_slice).collect(),
            picture: self.picture.as_deref(),
        }
    }
}
