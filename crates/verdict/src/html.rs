//! The verdict as a fragment of a page: the same in the server's answer and in the browser that judged by itself.

use crate::Outcome;
use crate::plain::{Plain, PlainSignature};

/// The fragment: a section with headline, facts and advice. Everything in it is escaped.
pub fn fragment(plain: &Plain) -> String {
    let mut html = format!(
        "<section class=\"verdict {}\" lang=\"{}\"><h2>{}</h2>",
        class(plain.outcome),
        plain.language.code(),
        escape(&plain.headline)
    );
    for signature in &plain.signatures {
        push(&mut html, signature);
    }
    html.push_str("<p class=\"advice\">");
    html.push_str(&escape(&plain.advice));
    html.push_str("</p></section>");
    html
}

fn push(html: &mut String, signature: &PlainSignature) {
    html.push_str(&format!("<dl class=\"signature {}\">", class(signature.outcome)));
    for (name, value) in &signature.facts {
        html.push_str(&format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value)));
    }
    html.push_str("</dl>");
}

const fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "good",
        Outcome::NotPassed => "bad",
        Outcome::Open => "open",
    }
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_base::Language;

    #[test]
    fn names_in_certificates_cannot_write_html() {
        let facts = vec![("Signed by".to_owned(), "<script>alert('x')</script>\"&".to_owned())];
        let signatures = vec![PlainSignature { outcome: Outcome::Passed, facts }];
        let (headline, advice) = ("<b>".to_owned(), "<i>".to_owned());
        let plain = Plain { language: Language::Lao, outcome: Outcome::Open, headline, signatures, advice };
        let html = fragment(&plain);
        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<i>"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"), "{html}");
    }
}
