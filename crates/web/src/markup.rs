//! HTML that is safe to put into a page.

use std::fmt;

/// HTML made here: escaped text, or what a component drew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Text from anywhere, escaped.
    pub fn text(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let mut html = String::with_capacity(text.len() + 8);
        for c in text.chars() {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                other => html.push(other),
            }
        }
        Self(html)
    }

    /// Text in another language than the page's, such as a name in Lao on an English page, marked so for screen readers and fonts.
    pub fn text_in(language: crate::Language, text: impl AsRef<str>) -> Self {
        Self(format!("<span lang=\"{}\">{}</span>", language.code(), Self::text(text)))
    }

    /// An identifier or number that is copied rather than read, in a fixed-width font. It breaks after slashes first.
    pub fn code(text: impl AsRef<str>) -> Self {
        Self(format!("<code>{}</code>", Self::text(text).0.replace('/', "/<wbr>")))
    }

    /// A heading of level 2 and what belongs under it, as a region of that name. `id` is the anchor: letters, digits and dashes.
    pub fn section(id: &str, heading: &str, content: Self) -> Self {
        let id = Self::text(id);
        Self(format!(
            "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{}</h2>{content}</section>",
            Self::text(heading)
        ))
    }

    /// A paragraph.
    pub fn paragraph(content: Self) -> Self {
        Self(format!("<p>{content}</p>"))
    }

    /// Several things side by side where there is room, below each other where there is not.
    pub fn columns(parts: impl IntoIterator<Item = Self>) -> Self {
        let parts: String = parts.into_iter().map(|part| format!("<div>{part}</div>")).collect();
        Self(format!("<div class=\"columns\">{parts}</div>"))
    }

    /// Several things in one place, each on a line of its own.
    pub fn lines(parts: impl IntoIterator<Item = Self>) -> Self {
        Self(parts.into_iter().map(|part| format!("<div class=\"line\">{part}</div>")).collect())
    }

    /// Buttons and short remarks in a row.
    pub fn bar(parts: impl IntoIterator<Item = Self>) -> Self {
        let parts: String = parts.into_iter().map(|part| part.0).collect();
        Self(format!("<div class=\"bar\">{parts}</div>"))
    }

    /// A remark beside what matters.
    pub fn muted(content: Self) -> Self {
        Self(format!("<span class=\"muted\">{content}</span>"))
    }

    /// This and then another.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// HTML made by a template of this crate.
    pub(crate) const fn made(html: String) -> Self {
        Self(html)
    }

    /// What a template of this crate draws. Writing to memory does not fail.
    pub(crate) fn drawn(template: &impl askama::Template) -> Self {
        Self(template.render().unwrap_or_default())
    }
}

impl FromIterator<Self> for Markup {
    fn from_iter<I: IntoIterator<Item = Self>>(parts: I) -> Self {
        parts.into_iter().fold(Self::default(), Self::and)
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_never_html() {
        let hostile = "<script>alert('x')</script>&\"";
        assert_eq!(Markup::text(hostile).as_str(), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;");
        assert!(!Markup::section(hostile, hostile, Markup::code(hostile)).as_str().contains("<script"));
    }
}
