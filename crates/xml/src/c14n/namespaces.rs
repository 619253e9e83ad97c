//! Which namespace declarations an element shows, given those that its ancestors in the output have shown.

use super::C14nError;
use crate::Place;
use roxmltree::Node;

/// A namespace declaration: prefix (empty for the default one) and name (empty for none).
pub(super) type Declaration<'a> = (&'a str, &'a str);

/// The declarations in the output that are in force, innermost last.
#[derive(Default)]
pub(super) struct Rendered<'a> {
    stack: Vec<Declaration<'a>>,
}

impl<'a> Rendered<'a> {
    /// A mark to go back to when the element ends.
    pub(super) fn mark(&self) -> usize {
        self.stack.len()
    }

    /// Forgets what was declared since the mark.
    pub(super) fn back_to(&mut self, mark: usize) {
        self.stack.truncate(mark);
    }

    /// Keeps new declarations in force.
    pub(super) fn extend(&mut self, new: &[Declaration<'a>]) {
        self.stack.extend_from_slice(new);
    }

    /// Adds a declaration to `new` if the output does not have it in force already.
    pub(super) fn declare(
        &self,
        node: Node<'_, '_>,
        (prefix, uri): Declaration<'a>,
        new: &mut Vec<Declaration<'a>>,
    ) -> Result<(), C14nError> {
        let in_force = self.stack.iter().rev().find(|(p, _)| *p == prefix).map_or("", |(_, uri)| uri);
        if in_force == uri || new.iter().any(|(p, _)| *p == prefix) {
            return Ok(());
        }
        if !uri.is_empty() && is_relative(uri) {
            return Err(C14nError::RelativeNamespace { uri: uri.into(), place: Place::of(node) });
        }
        new.push((prefix, uri));
        Ok(())
    }
}

/// Whether a URI reference has no scheme (RFC 3986 §4.2).
fn is_relative(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else { return true };
    let mut characters = scheme.bytes();
    let starts = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    !(starts && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.')))
}
