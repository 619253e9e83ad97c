//! The XML declaration, read as strictly as XML 1.0 §2.8 writes it; the parser below is more generous.

/// What `<?xml ..?>` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Declaration<'t> {
    /// `1.0`, one hopes.
    pub(super) version: &'t str,
    /// As written.
    pub(super) encoding: Option<&'t str>,
}

/// Whether a text, without its byte order mark, begins with a declaration.
pub(super) fn is_there(text: &str) -> bool {
    text.strip_prefix("<?xml").is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Reads the declaration that [`is_there`]; `None` if it is malformed.
pub(super) fn read(text: &str) -> Option<Declaration<'_>> {
    let mut rest = text.strip_prefix("<?xml")?;
    let version = next(&mut rest, "version")?;
    let encoding = next(&mut rest, "encoding");
    let standalone = next(&mut rest, "standalone");
    let whole = rest.trim_ascii_start().starts_with("?>");
    (whole && standalone.is_none_or(|s| matches!(s, "yes" | "no"))).then_some(Declaration { version, encoding })
}

/// Takes `S name S? '=' S? quote value quote` off the front, or nothing.
fn next<'t>(rest: &mut &'t str, name: &str) -> Option<&'t str> {
    let after = rest.strip_prefix([' ', '\t', '\r', '\n'])?.trim_ascii_start();
    let after = after.strip_prefix(name)?.trim_ascii_start().strip_prefix('=')?.trim_ascii_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, after) = after.get(1..)?.split_once(quote)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if value.is_empty() || !value.chars().all(plain) {
        return None;
    }
    *rest = after;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::{Declaration, read};

    #[test]
    fn reads_what_xml_allows() {
        let plain = Some(Declaration { version: "1.0", encoding: None });
        assert_eq!(read("<?xml version='1.0'?>"), plain);
        assert_eq!(read("<?xml version='1.0' standalone = \"yes\" ?>"), plain);
        let utf8 = Some(Declaration { version: "1.0", encoding: Some("UTF-8") });
        assert_eq!(read("<?xml\n version =\t\"1.0\"\r\nencoding='UTF-8' standalone='no'?>"), utf8);
    }

    #[test]
    fn refuses_what_it_does_not() {
        for text in [
            "<?xml?>",
            "<?xml ?>",
            "<?xml encoding='UTF-8'?>",
            "<?xml version='1.0'encoding='UTF-8'?>",
            "<?xml version='1.0' standalone='yes' encoding='UTF-8'?>",
            "<?xml version='1.0' standalone='maybe'?>",
            "<?xml version='1?>.0'?>",
            "<?xml version\u{B7}='1.0'?>",
            "<?xml version='1.0\"?>",
            "<?xml version=''?>",
            "<?xml version='1.0' encoding='utf=8'?>",
            "<?xml version='1.0'",
            "<?xml version='1.0' ?",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
