//! What a certificate says, issued or planned, in the words of the standards.

use mekong_authority::ca::Plan;
use mekong_authority::profile::attribute_name;
use mekong_base::Instant;
use mekong_pki::general_name::GeneralName;
use mekong_pki::statements::{FOR_SEALS, FOR_SIGNATURES, FOR_WEB, Statements};
use mekong_pki::{Certificate, name};
use serde_json::{Value, json};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::KeyUsages;
use x509_cert::name::Name;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contents {
    /// Attributes of the subject in encoding order: short name, or number, and value.
    pub(super) subject: Vec<(String, String)>,
    /// Kind of the key: `P-256`, `RSA-3072`.
    pub(super) key: String,
    pub(super) not_before: Instant,
    pub(super) not_after: Instant,
    /// `digital_signature`, as profiles write it.
    pub(super) key_usage: Vec<&'static str>,
    /// Identifiers of extended key usages.
    pub(super) extended: Vec<String>,
    /// Identifiers of policies.
    pub(super) policies: Vec<String>,
    /// What the issuer states of a qualified certificate.
    pub(super) statements: Option<Statements>,
    /// Alternative names, as text.
    pub(super) names: Vec<String>,
    /// Where its status is asked.
    pub(super) ocsp: Vec<String>,
    /// Where its revocation list is.
    pub(super) crl: Vec<String>,
}

const USAGES: [(KeyUsages, &str); 9] = [
    (KeyUsages::DigitalSignature, "digital_signature"),
    (KeyUsages::NonRepudiation, "non_repudiation"),
    (KeyUsages::KeyEncipherment, "key_encipherment"),
    (KeyUsages::DataEncipherment, "data_encipherment"),
    (KeyUsages::KeyAgreement, "key_agreement"),
    (KeyUsages::KeyCertSign, "key_cert_sign"),
    (KeyUsages::CRLSign, "crl_sign"),
    (KeyUsages::EncipherOnly, "encipher_only"),
    (KeyUsages::DecipherOnly, "decipher_only"),
];

impl Contents {
    /// Of a certificate that is to be.
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let has = |usage: KeyUsages| plan.purpose.key_usage.contains(&usage);
        Self {
            subject: attributes(&plan.subject),
            key: plan.public_key.key_type().to_string(),
            not_before: plan.not_before,
            not_after: plan.not_after,
            key_usage: usages(has),
            extended: plan.purpose.extended.iter().map(ToString::to_string).collect(),
            policies: plan.policies.iter().map(ToString::to_string).collect(),
            statements: plan.purpose.statements.clone(),
            names: Vec::new(),
            ocsp: plan.urls.ocsp.iter().cloned().collect(),
            crl: plan.urls.crl.iter().cloned().collect(),
        }
    }

    /// Of a certificate that is.
    pub(super) fn of_certificate(certificate: &Certificate) -> Self {
        let usage = certificate.key_usage();
        let has = |wanted: KeyUsages| usage.is_some_and(|usage| usage.0.contains(wanted));
        Self {
            subject: attributes(certificate.subject_name()),
            key: certificate.public_key().key_type().to_string(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            key_usage: usages(has),
            extended: certificate.extended_key_usages().iter().map(ToString::to_string).collect(),
            policies: certificate.policies().iter().map(|policy| policy.id.to_string()).collect(),
            statements: certificate.statements().ok().flatten(),
            names: certificate.alternative_names().iter().map(GeneralName::to_string).collect(),
            ocsp: certificate.ocsp_urls(),
            crl: certificate.crl_urls(),
        }
    }

    /// As programs read it.
    pub(super) fn json(&self) -> Value {
        let attributes = self.subject.iter().map(|(name, value)| json!({"name": name, "value": value}));
        json!({
            "attributes": attributes.collect::<Vec<_>>(), "key": self.key,
            "not_before": self.not_before, "not_after": self.not_after,
            "key_usage": self.key_usage, "extended_key_usage": self.extended, "policies": self.policies,
            "alternative_names": self.names, "qualified": self.statements.as_ref().map(statements_json),
            "ocsp": self.ocsp, "crl": self.crl,
        })
    }
}

fn statements_json(statements: &Statements) -> Value {
    json!({
        "compliance": statements.compliance, "device": statements.device,
        "types": statements.types.iter().map(|id| type_name(*id)).collect::<Vec<_>>(),
        "legislation": statements.legislation, "retention_years": statements.retention_years,
        "disclosure": statements.disclosure.iter().map(|(url, language)| json!({"url": url, "language": language})).collect::<Vec<_>>(),
        "others": statements.others.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// A type of qualified certificates as profiles write it, or its number.
pub(super) fn type_name(id: ObjectIdentifier) -> String {
    match id {
        FOR_SIGNATURES => "signature".to_owned(),
        FOR_SEALS => "seal".to_owned(),
        FOR_WEB => "web".to_owned(),
        other => other.to_string(),
    }
}

/// The attributes of a name: short name, or number, and value.
pub(super) fn attributes(name: &Name) -> Vec<(String, String)> {
    let label = |id| attribute_name(id).map_or_else(|| id.to_string(), str::to_owned);
    name::attributes(name).into_iter().map(|(id, value)| (label(id), value)).collect()
}

fn usages(has: impl Fn(KeyUsages) -> bool) -> Vec<&'static str> {
    USAGES.iter().filter(|(usage, _)| has(*usage)).map(|(_, name)| *name).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
    use mekong_authority::profile::CertificateProfile;
    use mekong_crypto::{KeyType, PrivateKey, Zeroizing};
    use mekong_pki::request::CertificateRequest;

    #[test]
    fn a_plan_says_what_the_certificate_will_say() {
        let folder = tempfile::tempdir().unwrap();
        let now = Instant::from_unix_seconds(1_790_000_000);
        let spec = AuthoritySpec::new("Test", "VN", "Operator", "http://ca.example");
        let authority =
            CertificateAuthority::create(folder.path(), Zeroizing::new("secret".to_owned()), &spec, now).unwrap();
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let request = CertificateRequest::create(&key, authority.issuing().subject_name()).unwrap();
        let subject = [("C", "VN"), ("ST", "Hà Nội"), ("O", "Mẫu"), ("CN", "Mẫu"), ("UID", "MST:0100000000")];
        let subject = subject.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let profile = CertificateProfile::built_in("vn-organisation").unwrap();
        let plan = authority.plan(&request, &profile, &subject, now).unwrap();
        let issued = authority.issue_by_profile(&request, &profile, &subject, now).unwrap();
        let (planned, issued) = (Contents::of_plan(&plan), Contents::of_certificate(&issued));
        assert_eq!(planned, issued);
        assert!(issued.statements.is_some() && !issued.key_usage.is_empty() && !issued.policies.is_empty());
        assert_eq!(issued.subject.first().unwrap(), &("C".to_owned(), "VN".to_owned()));
        assert_eq!(issued.json().pointer("/qualified/types/0").and_then(Value::as_str), Some("seal"));
    }
}
