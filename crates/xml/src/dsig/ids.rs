//! The Ids of a document, looked up without walking it again.

use crate::Place;
use crate::find::{self, FindError};
use roxmltree::{Document, Node};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Which element each Id names; made in one walk.
#[derive(Debug)]
pub struct Ids<'a, 'i> {
    named: HashMap<&'a str, Named<'a, 'i>>,
}

/// What an Id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy<'a, 'i> {
    /// No element.
    None,
    /// This one.
    One(Node<'a, 'i>),
    /// More than one.
    Several,
}

#[derive(Debug)]
struct Named<'a, 'i> {
    first: Node<'a, 'i>,
    second: Option<Node<'a, 'i>>,
}

impl<'a, 'i> Ids<'a, 'i> {
    /// Of all elements; which attributes are Ids says [`find::ids`].
    pub fn of(document: &'a Document<'i>) -> Self {
        let mut named = HashMap::new();
        for node in document.descendants().filter(Node::is_element) {
            for id in find::ids(node) {
                match named.entry(id) {
                    Entry::Vacant(vacant) => {
                        vacant.insert(Named { first: node, second: None });
                    }
                    Entry::Occupied(mut taken) => {
                        let taken: &mut Named<'a, 'i> = taken.get_mut();
                        // One element may carry its Id in two attributes.
                        if taken.first != node && taken.second.is_none() {
                            taken.second = Some(node);
                        }
                    }
                }
            }
        }
        Self { named }
    }

    /// What this Id names; unlike [`Ids::get`] it takes no time to say where.
    pub fn named(&self, id: &str) -> NamedBy<'a, 'i> {
        match self.named.get(id) {
            None => NamedBy::None,
            Some(Named { first, second: None }) => NamedBy::One(*first),
            Some(Named { second: Some(_), .. }) => NamedBy::Several,
        }
    }

    /// The only element of this Id.
    ///
    /// # Errors
    /// [`FindError::MissingId`], [`FindError::DuplicateId`].
    pub fn get(&self, id: &str) -> Result<Node<'a, 'i>, FindError> {
        match self.named.get(id) {
            None => Err(FindError::MissingId { id: id.into() }),
            Some(Named { first, second: None }) => Ok(*first),
            Some(Named { second: Some(second), .. }) => {
                Err(FindError::DuplicateId { id: id.into(), place: Place::of(*second) })
            }
        }
    }
}
