//! Links, and links that look like buttons. Addresses are the caller's own or are escaped; `javascript:` is never one.

use crate::Markup;

/// A link. An address that is neither a path, a fragment, `http:` nor `https:` becomes `#`.
pub fn link(href: &str, text: impl AsRef<str>) -> Markup {
    anchor(href, text.as_ref(), "", "")
}

/// A link that looks like a button. `about` completes its name for those who hear it out of its context: "Verify, message 17".
pub fn button(href: &str, text: impl AsRef<str>, about: &str) -> Markup {
    anchor(href, text.as_ref(), " class=\"button\"", about)
}

fn anchor(href: &str, text: &str, class: &str, about: &str) -> Markup {
    let href = if is_plain(href) { href } else { "#" };
    let about = if about.is_empty() {
        String::new()
    } else {
        format!("<span class=\"unseen\">, {}</span>", Markup::text(about))
    };
    Markup::made(format!("<a{class} href=\"{}\">{}{about}</a>", Markup::text(href), Markup::text(text)))
}

fn is_plain(href: &str) -> bool {
    let is_path = href.starts_with(['/', '#', '?']) && !href.starts_with("//");
    is_path || href.starts_with("http://") || href.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_addresses_lead_nowhere() {
        for href in ["javascript:alert(1)", "//evil.example", "data:text/html,x", " javascript:x"] {
            assert_eq!(link(href, "x").as_str(), "<a href=\"#\">x</a>", "{href}");
        }
        assert_eq!(link("/a?b=\"><script>", "<i>").as_str(), "<a href=\"/a?b=&quot;&gt;&lt;script&gt;\">&lt;i&gt;</a>");
    }
}
