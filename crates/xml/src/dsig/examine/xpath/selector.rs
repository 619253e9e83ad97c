//! What an expression of XPath Filter 2.0 selects.

use super::condition::here_ancestor;
use super::lexer::{Token, Tokens};
use super::test::Test;
use crate::c14n::Selection;
use crate::dsig::{Ids, NamedBy};
use crate::{NS_DSIG, find};
use roxmltree::{Document, Node};

/// Steps of one path.
const STEPS_MAX: usize = 16;
/// Paths of one union.
const PATHS_MAX: usize = 16;

/// Subtrees of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector<'a, 'i> {
    paths: Vec<Path<'a, 'i>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Path<'a, 'i> {
    start: Start<'a, 'i>,
    steps: Vec<(Axis, Test)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Start<'a, 'i> {
    /// The document.
    Root,
    /// The element of this Id.
    Id(String),
    /// This very element; `None` if there was none.
    Is(Option<Node<'a, 'i>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Child,
    Descendant,
}

impl<'a, 'i> Selector<'a, 'i> {
    /// Reads an expression; `here` is the element that holds it.
    ///
    /// # Errors
    /// What of it is not supported.
    pub fn parse(here: Node<'a, 'i>, expression: &str) -> Result<Self, String> {
        let mut tokens = Tokens::read(expression)?;
        let mut paths = Vec::new();
        loop {
            if paths.len() == PATHS_MAX {
                return Err(format!("more than {PATHS_MAX} paths in an XPath expression"));
            }
            paths.push(path(here, &mut tokens)?);
            if tokens.is_at_end() {
                return Ok(Self { paths });
            }
            tokens.expect("|")?;
        }
    }

    /// Whether it means the place where it is written, so that it cannot be used on another document.
    pub fn is_bound(&self) -> bool {
        self.paths.iter().any(|path| matches!(path.start, Start::Is(_)))
    }

    /// Whether it selects nothing but `ds:Signature` elements.
    pub fn selects_only_signatures(&self) -> bool {
        self.paths.iter().all(|path| match (path.steps.last(), &path.start) {
            (Some((_, test)), _) => test.is_of_signatures(),
            (None, Start::Is(element)) => element.is_none_or(|e| find::is(e, NS_DSIG, "Signature")),
            (None, Start::Root | Start::Id(_)) => false,
        })
    }

    /// The selected subtrees of a document.
    pub fn select(&self, document: &Document<'_>, ids: &Ids<'_, '_>) -> Selection {
        let mut roots = Selection::none(document);
        for path in &self.paths {
            roots.unite(&path.select(document, ids));
        }
        for node in document.descendants() {
            if node.parent().is_some_and(|parent| roots.contains(parent.id())) {
                roots.insert(node.id());
            }
        }
        roots
    }
}

impl Path<'_, '_> {
    fn select(&self, document: &Document<'_>, ids: &Ids<'_, '_>) -> Selection {
        let mut current = Selection::none(document);
        match &self.start {
            Start::Root => current.insert(document.root().id()),
            Start::Is(Some(element)) => current.insert(element.id()),
            Start::Is(None) => {}
            Start::Id(id) => {
                if let NamedBy::One(node) = ids.named(id) {
                    current.insert(node.id());
                }
            }
        }
        for (axis, test) in &self.steps {
            current = take(document, &current, *axis, test);
        }
        current
    }
}

fn take(document: &Document<'_>, from: &Selection, axis: Axis, test: &Test) -> Selection {
    let mut below = Selection::none(document);
    let mut taken = Selection::none(document);
    for node in document.descendants() {
        let Some(parent) = node.parent() else { continue };
        let reached = from.contains(parent.id()) || (axis == Axis::Descendant && below.contains(parent.id()));
        if reached {
            below.insert(node.id());
            if test.passes(node) {
                taken.insert(node.id());
            }
        }
    }
    taken
}

fn path<'a, 'i>(here: Node<'a, 'i>, tokens: &mut Tokens) -> Result<Path<'a, 'i>, String> {
    let mut steps = Vec::new();
    if let Some(Token::Name(name)) = tokens.peek() {
        match name.as_str() {
            "here" => return Ok(Path { start: Start::Is(here_ancestor(here, tokens)?), steps }),
            "id" => {
                tokens.all(&["id", "("]);
                let start = Start::Id(tokens.literal()?);
                tokens.expect(")")?;
                return rest(here, tokens, start, steps);
            }
            _ => return Err(tokens.unsupported()),
        }
    }
    if tokens.sign("//") {
        steps.push(step(here, tokens, Axis::Descendant)?);
    } else {
        tokens.expect("/")?;
        if tokens.is_at_end() || tokens.peek() == Some(&Token::Sign("|")) {
            return Ok(Path { start: Start::Root, steps });
        }
        steps.push(step(here, tokens, Axis::Child)?);
    }
    rest(here, tokens, Start::Root, steps)
}

fn rest<'a, 'i>(
    here: Node<'a, 'i>,
    tokens: &mut Tokens,
    start: Start<'a, 'i>,
    mut steps: Vec<(Axis, Test)>,
) -> Result<Path<'a, 'i>, String> {
    loop {
        let axis = if tokens.sign("//") {
            Axis::Descendant
        } else if tokens.sign("/") {
            Axis::Child
        } else {
            return Ok(Path { start, steps });
        };
        if steps.len() == STEPS_MAX {
            return Err(format!("more than {STEPS_MAX} steps in an XPath expression"));
        }
        steps.push(step(here, tokens, axis)?);
    }
}

/// A test, perhaps with its axis: `child::`, `descendant::`.
fn step(here: Node<'_, '_>, tokens: &mut Tokens, axis: Axis) -> Result<(Axis, Test), String> {
    let axis = if tokens.all(&["descendant", "::"]) {
        Axis::Descendant
    } else {
        tokens.all(&["child", "::"]);
        axis
    };
    Ok((axis, Test::read(here, tokens)?))
}
