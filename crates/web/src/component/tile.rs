//! Tiles: one number each, to be seen at a glance.

use crate::Markup;

/// A number with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// What is counted.
    pub label: String,
    /// The number, formatted, with its unit.
    pub value: String,
    /// A short remark below; may be empty.
    pub note: String,
}

impl Tile {
    /// A tile without a remark.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), note: String::new() }
    }

    /// With a remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// Tiles side by side, as many in a row as there is room for.
pub fn tiles(tiles: &[Tile]) -> Markup {
    let tile = |tile: &Tile| {
        let note = if tile.note.is_empty() {
            String::new()
        } else {
            format!("<dd class=\"note\">{}</dd>", Markup::text(&tile.note))
        };
        let (label, value) = (Markup::text(&tile.label), Markup::text(&tile.value));
        format!("<div><dt>{label}</dt><dd class=\"value\">{value}</dd>{note}</div>")
    };
    Markup::made(format!("<dl class=\"tiles\">{}</dl>", tiles.iter().map(tile).collect::<String>()))
}
