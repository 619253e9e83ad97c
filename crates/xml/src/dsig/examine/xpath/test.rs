//! Whether an element is meant: a name test with predicates.

use super::lexer::{Token, Tokens};
use crate::NS_DSIG;
use roxmltree::Node;

/// Predicates on one step.
const PREDICATES_MAX: usize = 8;

/// A name test with predicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    /// Namespace; `None` is any.
    namespace: Option<String>,
    /// Local name; `None` is any.
    name: Option<String>,
    predicates: Vec<Predicate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Predicate {
    /// An attribute without namespace has this value.
    Attribute(String, String),
    /// The local name.
    LocalName(String),
    /// The namespace.
    Namespace(String),
}

impl Test {
    /// Reads a test; `context` is the element whose namespaces are in scope.
    pub(super) fn read(context: Node<'_, '_>, tokens: &mut Tokens) -> Result<Self, String> {
        let mut test = Self { namespace: None, name: None, predicates: Vec::new() };
        let mut any_node = false;
        match tokens.next() {
            Some(Token::Sign("*")) => {}
            Some(Token::Name(name)) if name == "node" && tokens.all(&["(", ")"]) => any_node = true,
            Some(Token::Name(name)) => test.named(context, &name)?,
            _ => return Err(tokens.unsupported()),
        }
        while tokens.sign("[") {
            loop {
                test.predicates.push(predicate(tokens)?);
                if test.predicates.len() > PREDICATES_MAX {
                    return Err(format!("more than {PREDICATES_MAX} predicates in an XPath step"));
                }
                if !tokens.name("and") {
                    break;
                }
            }
            tokens.expect("]")?;
        }
        // `node()` without a predicate also means texts and comments.
        if any_node && test.predicates.is_empty() { Err(tokens.unsupported()) } else { Ok(test) }
    }

    /// A test of a name alone.
    pub(super) fn of_name(context: Node<'_, '_>, name: &str) -> Result<Self, String> {
        let mut test = Self { namespace: None, name: None, predicates: Vec::new() };
        test.named(context, name)?;
        Ok(test)
    }

    fn named(&mut self, context: Node<'_, '_>, name: &str) -> Result<(), String> {
        let (prefix, local) = name.split_once(':').map_or((None, name), |(prefix, local)| (Some(prefix), local));
        self.namespace = Some(match prefix {
            None => String::new(),
            Some(prefix) => context
                .lookup_namespace_uri(Some(prefix))
                .ok_or_else(|| format!("the prefix {prefix} of an XPath expression is not declared"))?
                .to_owned(),
        });
        self.name = (local != "*").then(|| local.to_owned());
        Ok(())
    }

    /// Whether only `ds:Signature` passes.
    pub(super) fn is_of_signatures(&self) -> bool {
        let named = self.name.as_deref() == Some("Signature")
            || self.predicates.iter().any(|p| matches!(p, Predicate::LocalName(name) if name == "Signature"));
        let spaced = self.namespace.as_deref() == Some(NS_DSIG)
            || self.predicates.iter().any(|p| matches!(p, Predicate::Namespace(ns) if ns == NS_DSIG));
        named && spaced
    }

    /// Whether an element passes.
    pub(super) fn passes(&self, node: Node<'_, '_>) -> bool {
        let namespace = || node.tag_name().namespace().unwrap_or_default();
        node.is_element()
            && self.name.as_deref().is_none_or(|name| node.tag_name().name() == name)
            && self.namespace.as_deref().is_none_or(|wanted| namespace() == wanted)
            && self.predicates.iter().all(|predicate| match predicate {
                Predicate::Attribute(name, value) => node.attribute(name.as_str()) == Some(value),
                Predicate::LocalName(name) => node.tag_name().name() == name,
                Predicate::Namespace(wanted) => namespace() == wanted,
            })
    }
}

/// `@Id='x'`, `local-name()='x'` or `namespace-uri()='x'`.
fn predicate(tokens: &mut Tokens) -> Result<Predicate, String> {
    if tokens.sign("@") {
        let Some(Token::Name(name)) = tokens.next() else { return Err(tokens.unsupported()) };
        if name.contains(':') {
            return Err(tokens.unsupported());
        }
        tokens.expect("=")?;
        return Ok(Predicate::Attribute(name, tokens.literal()?));
    }
    let is_local = tokens.all(&["local-name", "(", ")", "="]);
    if is_local {
        return Ok(Predicate::LocalName(tokens.literal()?));
    }
    if tokens.all(&["namespace-uri", "(", ")", "="]) {
        return Ok(Predicate::Namespace(tokens.literal()?));
    }
    Err(tokens.unsupported())
}
