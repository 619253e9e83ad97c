//! `xml:*` attributes that a subtree takes over from the ancestors it loses.
//!
//! Canonical XML 1.0 §2.4 takes all of them; 1.1 §2.4 takes `xml:lang` and `xml:space`, never `xml:id`, and joins the
//! values of `xml:base`.

use super::{BASE_BYTES_MAX, C14nError};
use crate::{NS_XML, Place};
use roxmltree::{Attribute, Node};

/// The `xml:*` attributes of the ancestors that `apex` has not itself, nearest first.
pub(super) fn inherited<'a, 'i>(apex: Node<'a, 'i>) -> Vec<Attribute<'a, 'i>> {
    let mut found: Vec<Attribute<'a, 'i>> = Vec::new();
    for ancestor in apex.ancestors().skip(1) {
        for attribute in ancestor.attributes().filter(|a| a.namespace() == Some(NS_XML)) {
            let known = found.iter().any(|f| f.name() == attribute.name());
            if !known && apex.attribute((NS_XML, attribute.name())).is_none() {
                found.push(attribute);
            }
        }
    }
    found
}

/// The joined `xml:base` of an apex whose ancestors carry some; `None` if none of them does. Only the nearest ancestors that
/// are `lost` count.
pub(super) fn joined<'a, 'i>(
    apex: Node<'a, 'i>,
    lost: impl Fn(Node<'a, 'i>) -> bool,
) -> Result<Option<String>, C14nError> {
    let own = apex.attribute((NS_XML, "base"));
    let ancestors = apex.ancestors().skip(1).take_while(|a| lost(*a));
    let outer: Vec<&str> = ancestors.filter_map(|a| a.attribute((NS_XML, "base"))).collect();
    if outer.iter().map(|value| value.len()).sum::<usize>() > BASE_BYTES_MAX {
        return Err(C14nError::BaseTooLong(Place::of(apex)));
    }
    let mut values = own.into_iter().chain(outer.iter().copied());
    let Some(innermost) = values.next().filter(|_| !outer.is_empty()) else { return Ok(None) };
    Ok(Some(values.fold(innermost.to_owned(), |reference, base| join(base, &reference))))
}

/// A URI reference in its components (RFC 3986 §5.2.1); the fragment is dropped.
struct Parts<'u> {
    scheme: Option<&'u str>,
    authority: Option<&'u str>,
    path: &'u str,
    query: Option<&'u str>,
}

fn split(uri: &str) -> Parts<'_> {
    let uri = uri.split_once('#').map_or(uri, |(before, _)| before);
    let (uri, query) = uri.split_once('?').map_or((uri, None), |(before, query)| (before, Some(query)));
    let (scheme, rest) = match uri.split_once(':') {
        Some((scheme, rest)) if !scheme.is_empty() && !scheme.contains('/') => (Some(scheme), rest),
        _ => (None, uri),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(authority), path)
        }
        None => (None, rest),
    };
    Parts { scheme, authority, path, query }
}

/// `join-URI-References` of Canonical XML 1.1 §2.4: RFC 3986 §5.2.2, but the base may be relative.
fn join(base: &str, reference: &str) -> String {
    let (base, reference) = (split(base), split(reference));
    let (scheme, authority, path, query);
    if reference.scheme.is_some() || reference.authority.is_some() {
        scheme = reference.scheme.or(base.scheme);
        authority = reference.authority;
        path = remove_dot_segments(reference.path);
        query = reference.query;
    } else {
        scheme = base.scheme;
        authority = base.authority;
        query = if reference.path.is_empty() { reference.query.or(base.query) } else { reference.query };
        path = join_paths(&base, reference.path);
    }
    let mut out = String::new();
    if let Some(scheme) = scheme {
        out.extend([scheme, ":"]);
    }
    if let Some(authority) = authority {
        out.extend(["//", authority]);
    }
    out.push_str(&path);
    if let Some(query) = query {
        out.extend(["?", query]);
    }
    out
}

fn join_paths(base: &Parts<'_>, path: &str) -> String {
    if path.is_empty() {
        return base.path.to_owned();
    }
    if path.starts_with('/') {
        return remove_dot_segments(path);
    }
    if base.authority.is_some() && base.path.is_empty() {
        return remove_dot_segments(&format!("/{path}"));
    }
    let parent = match base.path.rsplit_once('/') {
        _ if base.path == ".." || base.path.ends_with("/..") => format!("{}/", base.path),
        Some((parent, _)) => format!("{parent}/"),
        None => String::new(),
    };
    remove_dot_segments(&(parent + path))
}

/// RFC 3986 §5.2.4 as Canonical XML 1.1 changes it: leading `..` segments stay, runs of `/` become one, a last `..` gets
/// a `/`.
fn remove_dot_segments(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').filter(|s| !s.is_empty() && *s != ".") {
        match (segment, kept.last().copied()) {
            ("..", None) if absolute => {}
            ("..", None | Some("..")) => kept.push(segment),
            ("..", Some(_)) => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    let open_ended = matches!(path.rsplit('/').next(), Some("" | "." | ".."));
    let mut out = String::from(if absolute { "/" } else { "" });
    out.push_str(&kept.join("/"));
    if open_ended && !kept.is_empty() {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn joins_as_canonical_xml_demands() {
        for (base, reference, joined) in [
            ("http://example.org/a/b", "../c", "http://example.org/c"),
            ("http://example.org", "c", "http://example.org/c"),
            ("foo/bar", "..", ""),
            ("foo/bar/x", "..", "foo/"),
            ("../foo", "..", "../../"),
            ("..", "x", "../x"),
            ("a//b/c", "d", "a/b/d"),
            ("/a/b", "../../../c", "/c"),
            ("a/b", "", "a/b"),
            ("a?q", "#f", "a?q"),
            ("http://x/y", "//z/./w", "http://z/w"),
            ("http://x/y", "urn:a:b", "urn:a:b"),
        ] {
            assert_eq!(join(base, reference), joined, "{base} + {reference}");
        }
    }
}
