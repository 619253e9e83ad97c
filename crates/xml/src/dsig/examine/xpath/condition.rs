//! Conditions of the XPath 1.0 filter.

use super::lexer::{Token, Tokens};
use super::test::Test;
use crate::c14n::Selection;
use crate::{NS_DSIG, find};
use roxmltree::{Document, Node};

/// Depth of parentheses.
const DEPTH_MAX: usize = 16;
/// Tests in one condition; each has a bit.
const TESTS_MAX: usize = 32;

/// A condition on nodes of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition<'a, 'i> {
    terms: Vec<Term<'a, 'i>>,
    rule: Rule,
}

/// Something that holds for a node if it holds for the node or one of its ancestors.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Term<'a, 'i> {
    Test(Test),
    /// This very element.
    Is(Node<'a, 'i>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Term(u32),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Rule {
    fn holds(&self, terms: u32) -> bool {
        match self {
            Self::Term(bit) => terms & bit != 0,
            Self::Not(rule) => !rule.holds(terms),
            Self::All(rules) => rules.iter().all(|rule| rule.holds(terms)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(terms)),
        }
    }
}

impl<'a, 'i> Condition<'a, 'i> {
    /// Reads an expression; `here` is the element that holds it.
    ///
    /// # Errors
    /// What of it is not supported.
    pub fn parse(here: Node<'a, 'i>, expression: &str) -> Result<Self, String> {
        let mut parser = Parser { here, tokens: Tokens::read(expression)?, terms: Vec::new() };
        let rule = parser.any(0)?;
        if !parser.tokens.is_at_end() {
            return Err(parser.tokens.unsupported());
        }
        Ok(Self { terms: parser.terms, rule })
    }

    /// The nodes of a document for which it holds.
    pub fn select(&self, document: &Document<'_>) -> Selection {
        let mut selection = Selection::none(document);
        let mut held: Vec<u32> = Vec::new();
        for node in document.descendants() {
            let above = node.parent().and_then(|p| held.get(p.id().get_usize())).copied().unwrap_or_default();
            let terms = above | self.terms_of(node);
            held.push(terms);
            if self.rule.holds(terms) {
                selection.insert(node.id());
            }
        }
        selection
    }

    fn terms_of(&self, node: Node<'_, '_>) -> u32 {
        let passes = |term: &Term<'a, 'i>| match term {
            Term::Test(test) => test.passes(node),
            Term::Is(element) => same(*element, node),
        };
        self.terms.iter().enumerate().filter(|(_, t)| passes(t)).fold(0, |bits, (n, _)| bits | 1 << n)
    }

    /// Whether it holds for everything outside of `ds:Signature` elements.
    pub fn leaves_out_only_signatures(&self) -> bool {
        let of_signatures = |term: &Term<'_, '_>| match term {
            Term::Test(test) => test.is_of_signatures(),
            Term::Is(element) => find::is(*element, NS_DSIG, "Signature"),
        };
        // Outside of signatures no such term holds.
        self.terms.iter().all(of_signatures) && self.rule.holds(0)
    }

    /// Whether it means the place where it is written, so that it cannot be used on another document.
    pub fn is_bound(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Is(_)))
    }
}

fn same(a: Node<'_, '_>, b: Node<'_, '_>) -> bool {
    std::ptr::eq(a.document().input_text(), b.document().input_text()) && a.id() == b.id()
}

struct Parser<'a, 'i> {
    here: Node<'a, 'i>,
    tokens: Tokens,
    terms: Vec<Term<'a, 'i>>,
}

impl<'a, 'i> Parser<'a, 'i> {
    fn any(&mut self, depth: usize) -> Result<Rule, String> {
        let mut rules = vec![self.all(depth)?];
        while self.tokens.name("or") {
            rules.push(self.all(depth)?);
        }
        Ok(Rule::Any(rules))
    }

    fn all(&mut self, depth: usize) -> Result<Rule, String> {
        let mut rules = vec![self.one(depth)?];
        while self.tokens.name("and") {
            rules.push(self.one(depth)?);
        }
        Ok(Rule::All(rules))
    }

    fn one(&mut self, depth: usize) -> Result<Rule, String> {
        if depth > DEPTH_MAX {
            return Err(format!("an XPath expression nested deeper than {DEPTH_MAX}"));
        }
        if self.tokens.all(&["not", "("]) {
            let inner = self.any(depth + 1)?;
            self.tokens.expect(")")?;
            return Ok(Rule::Not(Box::new(inner)));
        }
        if self.tokens.sign("(") {
            let inner = self.any(depth + 1)?;
            self.tokens.expect(")")?;
            return Ok(inner);
        }
        if self.tokens.all(&["count", "("]) {
            return self.enveloped();
        }
        let test = self.ancestor_or_self()?;
        self.term(Term::Test(test))
    }

    fn ancestor_or_self(&mut self) -> Result<Test, String> {
        if !self.tokens.all(&["ancestor-or-self", "::"]) {
            return Err(self.tokens.unsupported());
        }
        Test::read(self.here, &mut self.tokens)
    }

    fn term(&mut self, term: Term<'a, 'i>) -> Result<Rule, String> {
        if self.terms.len() == TESTS_MAX {
            return Err(format!("more than {TESTS_MAX} tests in an XPath expression"));
        }
        let bit = 1 << self.terms.len();
        self.terms.push(term);
        Ok(Rule::Term(bit))
    }

    /// `count(ancestor-or-self::ds:Signature | here()/ancestor::ds:Signature[1]) > count(ancestor-or-self::ds:Signature)`:
    /// outside of the signature that holds the expression.
    fn enveloped(&mut self) -> Result<Rule, String> {
        let first = self.ancestor_or_self()?;
        self.tokens.expect("|")?;
        let own = here_ancestor(self.here, &mut self.tokens)?;
        let middle = self.tokens.all(&[")", ">", "count", "("]);
        let second = self.ancestor_or_self()?;
        self.tokens.expect(")")?;
        let is_signature = own.is_some_and(|own| find::is(own, NS_DSIG, "Signature") && first.passes(own));
        match own.filter(|_| is_signature && middle && first == second) {
            Some(own) => Ok(Rule::Not(Box::new(self.term(Term::Is(own))?))),
            None => Err(self.tokens.unsupported()),
        }
    }
}

/// `here()/ancestor::T[1]`: the nearest such element around the expression.
pub(super) fn here_ancestor<'a, 'i>(here: Node<'a, 'i>, tokens: &mut Tokens) -> Result<Option<Node<'a, 'i>>, String> {
    if !tokens.all(&["here", "(", ")", "/", "ancestor", "::"]) {
        return Err(tokens.unsupported());
    }
    let Some(Token::Name(name)) = tokens.next() else { return Err(tokens.unsupported()) };
    let test = Test::of_name(here, &name)?;
    tokens.expect("[")?;
    match tokens.next() {
        Some(Token::Number(number)) if number == "1" => tokens.expect("]")?,
        _ => return Err(tokens.unsupported()),
    }
    Ok(here.ancestors().skip(1).find(|node| test.passes(*node)))
}
