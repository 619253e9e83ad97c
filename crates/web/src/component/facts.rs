//! Facts: labels with their values.

use crate::Markup;

/// A list of labels and values, such as what a verification found.
pub fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, Markup)>) -> Markup {
    let rows: String = facts
        .into_iter()
        .map(|(label, value)| format!("<div><dt>{}</dt><dd>{value}</dd></div>", Markup::text(label)))
        .collect();
    Markup::made(format!("<dl class=\"facts\">{rows}</dl>"))
}
