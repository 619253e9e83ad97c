//! A list from its definition.

use super::criteria::Conditions;
use super::{DefinitionError, Texts, parse};
use crate::agreement::Agreement;
use crate::list::{
    AdditionalInformation, Address, Identity, Localized, Notice, Pointer, PostalAddress, Provider, Qualification,
    Scheme, Service, ServiceStatus, SupplyPoint, TrustedList, Version,
};
use crate::uri::MIME_TYPE;
use mekong_base::Instant;
use mekong_pki::Certificate;
use serde::Deserialize;

/// What the names in a definition stand for.
pub struct Resolve<'a> {
    /// The certificate of a name.
    pub certificate: &'a dyn Fn(&str) -> Option<Certificate>,
    /// The agreement of a name.
    pub agreement: &'a dyn Fn(&str) -> Option<Agreement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    version: u32,
    #[serde(rename = "type")]
    kind: String,
    territory: String,
    names: Texts,
    information: Texts,
    status_determination: String,
    rules: Texts,
    #[serde(default)]
    policy: Texts,
    #[serde(default)]
    legal_notice: Texts,
    /// 65535: history is kept for ever.
    historical_period_days: u32,
    #[serde(default)]
    distribution_points: Vec<String>,
    operator: Operator,
    #[serde(default)]
    provider: Vec<ProviderDefinition>,
    #[serde(default)]
    pointer: Vec<PointerDefinition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operator {
    names: Texts,
    address: AddressDefinition,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressDefinition {
    electronic: Texts,
    postal: Vec<Postal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Postal {
    lang: String,
    street: String,
    locality: String,
    state: Option<String>,
    postal_code: Option<String>,
    country: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderDefinition {
    names: Texts,
    #[serde(default)]
    trade_names: Texts,
    information: Texts,
    address: AddressDefinition,
    service: Vec<ServiceDefinition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceDefinition {
    #[serde(rename = "type")]
    service_type: String,
    names: Texts,
    /// Names of certificates, resolved by the caller.
    certificates: Vec<String>,
    status: String,
    since: Instant,
    #[serde(default)]
    additional: Vec<String>,
    #[serde(default)]
    qualification: Vec<QualificationDefinition>,
    #[serde(default)]
    supply_points: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QualificationDefinition {
    qualifiers: Vec<String>,
    criteria: Conditions,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PointerDefinition {
    location: String,
    #[serde(rename = "type")]
    kind: String,
    territory: String,
    operator: Texts,
    rules: Texts,
    /// Names of certificates, resolved by the caller.
    signers: Vec<String>,
    /// The name of an agreement, resolved by the caller.
    agreement: Option<String>,
}

/// Reads the definition of a list. It has never been issued: its sequence number is 0, and [`TrustedList::issue`] comes
/// next.
///
/// # Errors
/// [`DefinitionError`].
pub fn list(text: &str, resolve: &Resolve<'_>) -> Result<TrustedList, DefinitionError> {
    let definition: Definition = parse(text)?;
    let providers = definition.provider.iter().map(|one| provider(one, resolve)).collect::<Result<_, _>>()?;
    let pointers = definition.pointer.iter().map(|one| pointer(one, resolve)).collect::<Result<_, _>>()?;
    let (policy, legal) = (definition.policy.localized(), definition.legal_notice.localized());
    let scheme = Scheme {
        version: Version::from(definition.version),
        sequence_number: 0,
        kind: definition.kind,
        operator_names: definition.operator.names.localized(),
        operator_address: address(&definition.operator.address),
        names: definition.names.localized(),
        information_uris: definition.information.localized(),
        status_determination: definition.status_determination,
        rules: definition.rules.localized(),
        territory: Some(definition.territory),
        notice: match (policy.is_empty(), legal.is_empty()) {
            (_, false) => Some(Notice::Legal(legal)),
            (false, true) => Some(Notice::Policy(policy)),
            (true, true) => None,
        },
        historical_period_days: definition.historical_period_days,
        pointers,
        issued: Instant::from_unix_seconds(0),
        next_update: None,
        distribution_points: definition.distribution_points,
        extensions: Vec::new(),
    };
    Ok(TrustedList { id: None, scheme, providers, deviations: Vec::new() })
}

fn address(definition: &AddressDefinition) -> Address {
    let postal = definition.postal.iter().map(|postal| PostalAddress {
        lang: postal.lang.clone(),
        street: postal.street.clone(),
        locality: postal.locality.clone(),
        state: postal.state.clone(),
        postal_code: postal.postal_code.clone(),
        country: postal.country.clone(),
    });
    Address { postal: postal.collect(), electronic: definition.electronic.localized() }
}

fn provider(definition: &ProviderDefinition, resolve: &Resolve<'_>) -> Result<Provider, DefinitionError> {
    Ok(Provider {
        names: definition.names.localized(),
        trade_names: definition.trade_names.localized(),
        address: address(&definition.address),
        information_uris: definition.information.localized(),
        extensions: Vec::new(),
        services: definition.service.iter().map(|one| service(one, resolve)).collect::<Result<_, _>>()?,
    })
}

fn service(definition: &ServiceDefinition, resolve: &Resolve<'_>) -> Result<Service, DefinitionError> {
    let names = definition.names.localized();
    let place = Localized::choose(&names, &["en"]).unwrap_or_default().to_owned();
    let qualification = |one: &QualificationDefinition| {
        let criteria = one.criteria.criteria(&place)?;
        Ok(Qualification { critical: true, qualifiers: one.qualifiers.clone(), criteria })
    };
    let information =
        |uri: &String| AdditionalInformation { critical: true, uri: Localized::new("en", uri), value: None };
    let first = ServiceStatus {
        service_type: definition.service_type.clone(),
        identity: identity(&definition.certificates, &place, resolve)?,
        status: definition.status.clone(),
        since: definition.since,
        additional: definition.additional.iter().map(information).collect(),
        qualifications: definition.qualification.iter().map(qualification).collect::<Result<_, _>>()?,
        taken_over: None,
        expired_certificates_since: None,
        extensions: Vec::new(),
        names,
    };
    let point = |uri: &String| SupplyPoint { uri: uri.clone(), kind: None };
    Ok(Service { supply_points: definition.supply_points.iter().map(point).collect(), ..Service::new(first) })
}

/// One key: subject and key identifier are those of the first certificate.
fn identity(names: &[String], place: &str, resolve: &Resolve<'_>) -> Result<Identity, DefinitionError> {
    let mut all = Identity::default();
    for (number, name) in names.iter().enumerate() {
        let certificate = certificate(name, place, resolve)?;
        match number {
            0 => all = Identity::of(&certificate),
            _ => all.certificates.push(certificate.into()),
        }
    }
    Ok(all)
}

fn certificate(name: &str, place: &str, resolve: &Resolve<'_>) -> Result<Certificate, DefinitionError> {
    (resolve.certificate)(name).ok_or_else(|| unresolved(place, "certificate", name))
}

fn unresolved(place: &str, kind: &'static str, name: &str) -> DefinitionError {
    DefinitionError::Unresolved { place: place.to_owned(), kind, name: name.to_owned() }
}

fn pointer(definition: &PointerDefinition, resolve: &Resolve<'_>) -> Result<Pointer, DefinitionError> {
    let place = format!("pointer to {}", definition.location);
    let signer = |name: &String| Ok(Identity::of(&certificate(name, &place, resolve)?));
    let agreement = definition
        .agreement
        .as_deref()
        .map(|name| (resolve.agreement)(name).ok_or_else(|| unresolved(&place, "agreement", name)));
    Ok(Pointer {
        identities: definition.signers.iter().map(signer).collect::<Result<_, _>>()?,
        location: definition.location.clone(),
        kind: Some(definition.kind.clone()),
        operator_names: definition.operator.localized(),
        rules: definition.rules.localized(),
        territory: Some(definition.territory.clone()),
        mime_type: Some(MIME_TYPE.to_owned()),
        agreement: agreement.transpose()?,
        texts: Vec::new(),
        others: Vec::new(),
    })
}
