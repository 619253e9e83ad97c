//! Notices: something the reader should see before the rest.

use super::badge::{Tone, sign};
use crate::Markup;

/// A box with a heading and text. Bad news and warnings are announced by screen readers (`role="alert"`).
pub fn notice(tone: Tone, heading: &str, text: Markup) -> Markup {
    let role = if matches!(tone, Tone::Bad | Tone::Warning) { "alert" } else { "status" };
    Markup::made(format!(
        "<div class=\"notice {}\" role=\"{role}\">{}<div><strong>{}</strong><div>{text}</div></div></div>",
        tone.class(),
        sign(tone),
        Markup::text(heading),
    ))
}
