//! Tables, which become cards on a phone.

use crate::catalogue::WORDS;
use crate::{Language, Markup};
use askama::Template;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    title: String,
    numeric: bool,
}

impl Column {
    /// Of text.
    pub fn text(title: impl Into<String>) -> Self {
        Self { title: title.into(), numeric: false }
    }

    /// Of numbers, set to the right.
    pub fn number(title: impl Into<String>) -> Self {
        Self { title: title.into(), numeric: true }
    }
}

/// A table with a caption. The first cell of each row names the row. On a narrow screen each row becomes a card whose cells carry their
/// column's title; the roles are written out, because browsers drop them when a table is laid out otherwise.
#[derive(Debug, Clone, Template)]
#[template(path = "table.html")]
pub struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Markup>>,
    empty: &'static str,
    caption_unseen: bool,
}

impl Table {
    /// A table without rows, which says so in the reader's language.
    pub fn new(language: Language, caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self {
            caption: caption.into(),
            columns,
            rows: Vec::new(),
            empty: WORDS.text(language, "table.empty"),
            caption_unseen: false,
        }
    }

    /// With one more row. Cells beyond the columns are left out.
    #[must_use]
    pub fn row(mut self, cells: Vec<Markup>) -> Self {
        self.rows.push(cells);
        self
    }

    /// With a caption for screen readers alone, where a heading above says the same.
    #[must_use]
    pub fn caption_unseen(mut self) -> Self {
        self.caption_unseen = true;
        self
    }

    /// Its HTML.
    pub fn markup(&self) -> Markup {
        Markup::drawn(self)
    }

    /// The cells of a row with their columns.
    fn cells<'a>(&'a self, row: &'a [Markup]) -> impl Iterator<Item = (usize, &'a Column, &'a Markup)> {
        self.columns.iter().zip(row).enumerate().map(|(at, (column, cell))| (at, column, cell))
    }
}
