//! Tokens of an expression.

/// Tokens of one expression that are read.
const TOKENS_MAX: usize = 256;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, perhaps with a prefix: `ds:Signature`, `ds:*`.
    Name(String),
    /// A string in quotes.
    Literal(String),
    /// A number.
    Number(String),
    /// Anything else: `(`, `//`, `::` and so on.
    Sign(&'static str),
}

/// Longest first.
const SIGNS: [&str; 14] = ["::", "//", "..", "/", "(", ")", "[", "]", "@", "=", "|", ">", "*", "."];

/// Reads tokens one after another.
pub(super) struct Tokens {
    tokens: Vec<Token>,
    at: usize,
}

impl Tokens {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            if tokens.len() == TOKENS_MAX {
                return Err(format!("an XPath expression of more than {TOKENS_MAX} tokens"));
            }
            let (token, after) = token(rest, first).ok_or_else(|| format!("the XPath expression at {first:?}"))?;
            tokens.push(token);
            rest = after.trim_start();
        }
        Ok(Self { tokens, at: 0 })
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Passes a sign if it is next.
    pub(super) fn sign(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    /// Passes a name if it is next.
    pub(super) fn name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(found)) if found == name);
        self.at += usize::from(found);
        found
    }

    /// Passes these signs and names if they are next, all or none.
    pub(super) fn all(&mut self, wanted: &[&'static str]) -> bool {
        let start = self.at;
        let found = wanted.iter().all(|w| self.sign(w) || self.name(w));
        if !found {
            self.at = start;
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &'static str) -> Result<(), String> {
        if self.sign(sign) { Ok(()) } else { Err(self.unsupported()) }
    }

    pub(super) fn literal(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Literal(text)) => Ok(text),
            _ => Err(self.unsupported()),
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// What to say of an expression beyond what is read here.
    pub(super) fn unsupported(&self) -> String {
        let place = self.tokens.get(self.at.saturating_sub(1));
        format!("the XPath expression is beyond the forms that are read (near {place:?})")
    }
}

fn token(text: &str, first: char) -> Option<(Token, &str)> {
    if first == '"' || first == '\'' {
        let (literal, rest) = text.get(1..)?.split_once(first)?;
        return Some((Token::Literal(literal.to_owned()), rest));
    }
    if first.is_ascii_digit() {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, rest) = text.split_at_checked(end)?;
        return Some((Token::Number(number.to_owned()), rest));
    }
    if first.is_alphabetic() || first == '_' {
        return name(text);
    }
    SIGNS.iter().find_map(|sign| Some((Token::Sign(sign), text.strip_prefix(sign)?)))
}

/// A name, with its prefix if a single colon and another name or `*` follow.
fn name(text: &str) -> Option<(Token, &str)> {
    let end_of = |text: &str| text.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(text.len());
    let mut end = end_of(text);
    if let Some(local) = text.get(end..)?.strip_prefix(':').filter(|local| !local.starts_with(':')) {
        end += 1 + if local.starts_with('*') { 1 } else { end_of(local) };
    }
    let (name, rest) = text.split_at_checked(end)?;
    Some((Token::Name(name.to_owned()), rest))
}
