//! Transforms, one after another, on nodes and bytes.

use super::content::Content;
use super::nodes::Nodes;
use super::run::{Examination, Feed, Octets, Unread};
use super::step::{Filter, Step};
use super::{Selector, TRANSFORMED_BYTES_MAX};
use crate::c14n::{self, Method};
use crate::dsig::Ids;
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mekong_base::limits::XmlLimits;
use roxmltree::Node;
use std::borrow::Cow;

/// Base64 with or without padding, as the writers of XML differ.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// External XML that a transform wants as nodes.
const EXTERNAL: XmlLimits = XmlLimits { bytes: TRANSFORMED_BYTES_MAX, nodes: 4_000_000, depth: 128 };

/// What transforms work on.
pub(super) enum Data<'d, 'x, 'r> {
    Nodes(Nodes<'d, 'x>),
    Bytes(Cow<'r, [u8]>),
    Content(Content<'r>),
}

/// The transforms of one reference.
pub(super) struct Run<'e, 'a, 'i, 'r> {
    pub(super) examination: &'e Examination<'a, 'i, 'r>,
    pub(super) signature: Node<'a, 'i>,
    /// How nodes become bytes at the end.
    pub(super) method: &'e Method,
}

impl<'a, 'i, 'r> Run<'_, 'a, 'i, 'r> {
    /// Applies the steps; the recursion is as deep as there are steps.
    pub(super) fn steps(
        &self,
        data: Data<'_, '_, 'r>,
        steps: &[Step<'a, 'i>],
        take: &mut Octets<'_>,
    ) -> Result<(), Unread> {
        let Some((step, rest)) = steps.split_first() else { return self.finish(data, take) };
        match (data, step) {
            (Data::Content(content), step) => {
                let bytes = whole(content)?;
                self.steps_on_bytes(bytes, step, rest, take)
            }
            (Data::Bytes(bytes), step) => self.steps_on_bytes(bytes, step, rest, take),
            (Data::Nodes(nodes), Step::Canonicalize(method)) => {
                if rest.is_empty() {
                    return self.canonicalize(&nodes, method, take);
                }
                let mut bytes = Vec::new();
                self.canonicalize(&nodes, method, &mut |piece| bytes.extend_from_slice(piece))?;
                self.steps(Data::Bytes(Cow::Owned(bytes)), rest, take)
            }
            (Data::Nodes(nodes), Step::Base64) => {
                self.examination.charge(nodes.size())?;
                self.steps(Data::Bytes(Cow::Owned(decoded(nodes.text().as_bytes())?)), rest, take)
            }
            (Data::Nodes(nodes), step) => self.steps(Data::Nodes(self.select(nodes, step)?), rest, take),
        }
    }

    fn steps_on_bytes(
        &self,
        bytes: Cow<'r, [u8]>,
        step: &Step<'a, 'i>,
        rest: &[Step<'a, 'i>],
        take: &mut Octets<'_>,
    ) -> Result<(), Unread> {
        if let Step::Base64 = step {
            return self.steps(Data::Bytes(Cow::Owned(decoded(&bytes)?)), rest, take);
        }
        let not_xml = |error: crate::XmlError| Unread::Broken(format!("a transform wants XML: {error}"));
        self.examination.charge(bytes.len())?;
        let text = crate::decode(&bytes, &EXTERNAL).map_err(not_xml)?;
        let document = crate::parse(&text, &EXTERNAL).map_err(not_xml)?;
        let mut all = Vec::with_capacity(1 + rest.len());
        all.push(step.clone());
        all.extend_from_slice(rest);
        self.steps(Data::Nodes(Nodes::document(&document, true)), &all, take)
    }

    /// Applies a step that goes from nodes to nodes.
    fn select<'d, 'x>(&self, mut nodes: Nodes<'d, 'x>, step: &Step<'a, 'i>) -> Result<Nodes<'d, 'x>, Unread> {
        let elsewhere = || Unread::Unsupported("a transform means its own place, but works on another document".into());
        let is_own = nodes.is_of(self.examination.document());
        let bound = match step {
            Step::Enveloped => true,
            Step::Keep(condition) => condition.is_bound(),
            Step::Filter(filters) => filters.iter().any(|(_, selector)| selector.is_bound()),
            Step::Canonicalize(_) | Step::Base64 => false,
        };
        if bound && !is_own {
            return Err(elsewhere());
        }
        match step {
            Step::Enveloped => nodes.leave_out(self.signature.id()).map_err(Unread::Broken)?,
            Step::Keep(condition) => {
                self.examination.charge(nodes.document_size())?;
                let kept = condition.select(nodes.of());
                nodes.narrow(|selection| selection.intersect(&kept));
            }
            Step::Filter(filters) => self.filter(&mut nodes, filters)?,
            Step::Canonicalize(_) | Step::Base64 => {}
        }
        Ok(nodes)
    }

    fn filter(&self, nodes: &mut Nodes<'_, '_>, filters: &[(Filter, Selector<'a, 'i>)]) -> Result<(), Unread> {
        let foreign = if nodes.is_of(self.examination.document()) { None } else { Some(Ids::of(nodes.of())) };
        let mut kept = c14n::Selection::all(nodes.of());
        for (filter, selector) in filters {
            self.examination.charge(nodes.document_size())?;
            let selected = match &foreign {
                Some(ids) => selector.select(nodes.of(), ids),
                None => selector.select(nodes.of(), self.examination.ids()),
            };
            match filter {
                Filter::Intersect => kept.intersect(&selected),
                Filter::Subtract => kept.subtract(&selected),
                Filter::Union => kept.unite(&selected),
            }
        }
        nodes.narrow(|selection| selection.intersect(&kept));
        Ok(())
    }

    fn canonicalize(&self, nodes: &Nodes<'_, '_>, method: &Method, take: &mut Octets<'_>) -> Result<(), Unread> {
        self.examination.charge(nodes.size())?;
        let method = if nodes.has_comments() { Cow::Borrowed(method) } else { Cow::Owned(method.without_comments()) };
        let result = c14n::canonicalize_into(nodes.subset(), &method, &mut Feed(take));
        result.map_err(|error| self.examination.has_no_form(error))
    }

    fn finish(&self, data: Data<'_, '_, 'r>, take: &mut Octets<'_>) -> Result<(), Unread> {
        match data {
            Data::Nodes(nodes) => self.canonicalize(&nodes, self.method, take),
            Data::Bytes(bytes) | Data::Content(Content::Bytes(bytes)) => {
                take(&bytes);
                Ok(())
            }
            Data::Content(Content::Source(source) | Content::Digested(source, _)) => {
                source.each(0..source.len(), take).map_err(|error| Unread::Broken(error.to_string()))
            }
            Data::Content(Content::Digests(_)) => Err(only_digests()),
        }
    }
}

fn only_digests() -> Unread {
    Unread::Unsupported("only digests of the content are known, its bytes are needed".into())
}

fn whole(content: Content<'_>) -> Result<Cow<'_, [u8]>, Unread> {
    match content {
        Content::Bytes(bytes) => Ok(bytes),
        Content::Digests(_) => Err(only_digests()),
        Content::Source(source) | Content::Digested(source, _) => {
            match source.read(0..source.len(), TRANSFORMED_BYTES_MAX) {
                Ok(bytes) => Ok(Cow::Owned(bytes)),
                Err(error) => Err(Unread::Unsupported(format!("a transform wants the whole content: {error}"))),
            }
        }
    }
}

fn decoded(text: &[u8]) -> Result<Vec<u8>, Unread> {
    let compact: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let not_base64 = |_| Unread::Broken("the base64 transform meets something else".into());
    LENIENT.decode(compact).map_err(not_base64)
}
