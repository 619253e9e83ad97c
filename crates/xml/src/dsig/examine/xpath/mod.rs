//! As much of XPath 1.0 as signatures use.
//!
//! - [`Condition`], for the XPath filter: `ancestor-or-self::` tests joined by `not`, `and`, `or`, and the enveloped-signature
//!   idiom of XMLDSig §6.6.4. Such a condition holds for an attribute exactly when it holds for its element.
//! - [`Selector`], for XPath Filter 2.0: absolute paths of child and descendant steps, `id('…')`, the idiom
//!   `here()/ancestor::…[1]`, and unions of them.
//!
//! Anything else is refused by name. Each expression is evaluated in time linear in the document.

mod condition;
mod lexer;
mod selector;
mod test;

pub use condition::Condition;
pub use selector::Selector;
