//! An agreement from its definition.

use super::criteria::Conditions;
use super::{DefinitionError, parse};
use crate::agreement::{Agreement, Content, Equivalence, Pair, Period, Qualifiers, ServiceKind};
use crate::list::{AdditionalInformation, Localized};
use crate::uri::agreement as names;
use mekong_base::Instant;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    technical_type: i64,
    version: i64,
    depth: i64,
    /// URIs of the laws.
    legislation: Sides<String>,
    equivalence: Vec<Equivalent>,
}

/// What is ours (pointing) and theirs (pointed).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sides<T> {
    ours: T,
    theirs: T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Equivalent {
    legal_identifier: String,
    /// Since when it is in force.
    since: Instant,
    types: Sides<Vec<Kind>>,
    statuses: Statuses,
    #[serde(default)]
    content: Vec<ContentDefinition>,
    /// Theirs to ours.
    #[serde(default)]
    qualifiers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    #[serde(rename = "type")]
    service_type: String,
    additional: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statuses {
    valid: Sides<Vec<String>>,
    invalid: Sides<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContentDefinition {
    /// `QcCompliance`, `QcType`, `QcQSCD`, or a URI.
    context: String,
    theirs: Conditions,
    ours: Conditions,
}

/// Reads the definition of an agreement; every equivalence in it is enacted from its start on.
///
/// # Errors
/// [`DefinitionError`].
pub fn agreement(text: &str) -> Result<Agreement, DefinitionError> {
    let definition: Definition = parse(text)?;
    let Sides { ours, theirs } = definition.legislation;
    Ok(Agreement {
        technical_type: definition.technical_type,
        version: definition.version,
        depth: definition.depth,
        pointing_legislation: ours,
        pointed_legislation: theirs,
        equivalences: definition.equivalence.into_iter().map(equivalence).collect::<Result<_, _>>()?,
    })
}

fn equivalence(definition: Equivalent) -> Result<Equivalence, DefinitionError> {
    let name = definition.legal_identifier;
    let contents = definition.content.iter().map(|part| content(&name, part)).collect::<Result<_, _>>()?;
    let equivalences = definition.qualifiers.into_iter().map(|(pointed, pointing)| Pair { pointing, pointed });
    let equivalences: Vec<_> = equivalences.collect();
    let extension = Pair { pointing: "Sie:Q".to_owned(), pointed: "Sie:Q".to_owned() };
    let period = Period {
        types: Pair { pointing: kinds(definition.types.ours), pointed: kinds(definition.types.theirs) },
        status: names::ENACTED.to_owned(),
        since: definition.since,
        valid: pair(definition.statuses.valid),
        invalid: pair(definition.statuses.invalid),
        contents,
        qualifiers: (!equivalences.is_empty()).then_some(Qualifiers { extension, equivalences }),
    };
    Ok(Equivalence { legal_identifier: name, periods: vec![period] })
}

fn pair<T>(sides: Sides<T>) -> Pair<T> {
    Pair { pointing: sides.ours, pointed: sides.theirs }
}

fn kinds(kinds: Vec<Kind>) -> Vec<ServiceKind> {
    let information = |uri| AdditionalInformation { critical: false, uri: Localized::new("en", uri), value: None };
    let kind =
        |kind: Kind| ServiceKind { service_type: kind.service_type, additional: kind.additional.map(information) };
    kinds.into_iter().map(kind).collect()
}

fn content(name: &str, definition: &ContentDefinition) -> Result<Content, DefinitionError> {
    let context = match definition.context.as_str() {
        "QcCompliance" => names::QC_COMPLIANCE,
        "QcType" => names::QC_TYPE,
        "QcQSCD" => names::QC_QSCD,
        other => other,
    };
    let place = format!("{name}, {}", definition.context);
    let criteria = Pair { pointing: definition.ours.criteria(&place)?, pointed: definition.theirs.criteria(&place)? };
    Ok(Content { context: context.to_owned(), criteria })
}
