//! Reading shared parameters of any version. Unknown elements are skipped: later versions add elements, and V3 on allows
//! extensions at the end.

use super::{
    AcmeServer, ApprovedAuthority, ApprovedTimestamper, AuthorityCertificate, CostType, CsrFormat, GlobalGroup,
    Maintenance, Member, MemberClass, OcspResponder, SecurityServer, SharedParameters, Source, Subsystem,
};
use crate::document::{Element, with_root};
use crate::{DocumentError, Version};
use mekong_base::limits::XmlLimits;
use mekong_base::{ClientId, MemberId};
use std::collections::HashMap;
use std::time::Duration;

type Ids = HashMap<String, ClientId>;

impl SharedParameters {
    /// Reads `shared-params.xml` of the given version, at most [`XmlLimits::DIRECTORY`].
    ///
    /// The version is not in the document: it stands in the signed directory, and in `.metadata` on disk. It decides what
    /// `authCertHash` is of and nothing else; elements of later versions are read wherever they appear.
    ///
    /// # Errors
    /// [`DocumentError`] names the element with line and column.
    pub fn read(bytes: &[u8], version: Version) -> Result<Self, DocumentError> {
        with_root("shared parameters", "conf", bytes, &XmlLimits::DIRECTORY, |root| read(root, version))
    }
}

fn read(root: Element<'_, '_>, version: Version) -> Result<SharedParameters, DocumentError> {
    let instance = root.required_text("instanceIdentifier")?;
    let mut ids = Ids::new();
    let members = collect(root, "member", |e| member(e, &instance, &mut ids))?;
    let settings = root.required("globalSettings")?;
    Ok(SharedParameters {
        version,
        sources: collect(root, "source", source)?,
        authorities: collect(root, "approvedCA", authority)?,
        timestampers: collect(root, "approvedTSA", timestamper)?,
        members,
        servers: collect(root, "securityServer", |e| server(e, &ids))?,
        groups: collect(root, "globalGroup", group)?,
        member_classes: collect(settings, "memberClass", member_class)?,
        ocsp_freshness: Duration::from_secs(settings.number("ocspFreshnessSeconds")?),
        instance,
    })
}

/// All children of a name, read.
fn collect<'a, 'i: 'a, T>(
    parent: Element<'a, 'i>,
    name: &'static str,
    read: impl FnMut(Element<'a, 'i>) -> Result<T, DocumentError>,
) -> Result<Vec<T>, DocumentError> {
    parent.children(name).map(read).collect()
}

fn source(e: Element<'_, '_>) -> Result<Source, DocumentError> {
    Ok(Source {
        address: e.required_text("address")?,
        internal_certs: collect(e, "internalVerificationCert", |c| c.certificate())?,
        external_certs: collect(e, "externalVerificationCert", |c| c.certificate())?,
    })
}

fn authority(e: Element<'_, '_>) -> Result<ApprovedAuthority, DocumentError> {
    Ok(ApprovedAuthority {
        name: e.child_text("name").unwrap_or_default(),
        authentication_only: e.child("authenticationOnly").map(|b| b.boolean()).transpose()?.unwrap_or(false),
        top: authority_certificate(e.required("topCA")?)?,
        intermediates: collect(e, "intermediateCA", authority_certificate)?,
        profile: e.child_text("certificateProfileInfo").unwrap_or_default(),
        csr_format: e.child("defaultCsrFormat").map(csr_format).transpose()?,
        acme: e.child("acmeServer").map(acme).transpose()?,
    })
}

fn authority_certificate(e: Element<'_, '_>) -> Result<AuthorityCertificate, DocumentError> {
    Ok(AuthorityCertificate { cert: e.required("cert")?.certificate()?, ocsp: collect(e, "ocsp", ocsp)? })
}

fn ocsp(e: Element<'_, '_>) -> Result<OcspResponder, DocumentError> {
    Ok(OcspResponder {
        url: e.child_text("url").unwrap_or_default(),
        cert: e.child("cert").map(|c| c.certificate()).transpose()?,
        cost: e.child("costType").map(cost),
    })
}

/// A cost type of a later version is as good as none.
fn cost(e: Element<'_, '_>) -> CostType {
    match e.text().as_str() {
        "FREE" => CostType::Free,
        "PAID" => CostType::Paid,
        _ => CostType::Undefined,
    }
}

fn csr_format(e: Element<'_, '_>) -> Result<CsrFormat, DocumentError> {
    match e.text().as_str() {
        "PEM" => Ok(CsrFormat::Pem),
        "DER" => Ok(CsrFormat::Der),
        other => Err(e.error(format!("{other:?} is neither PEM nor DER"))),
    }
}

fn acme(e: Element<'_, '_>) -> Result<AcmeServer, DocumentError> {
    Ok(AcmeServer {
        directory_url: e.required_text("directoryURL")?,
        ip_address: e.child_text("ipAddress"),
        authentication_profile: e.child_text("authenticationCertificateProfileId"),
        signing_profile: e.child_text("signingCertificateProfileId"),
    })
}

fn timestamper(e: Element<'_, '_>) -> Result<ApprovedTimestamper, DocumentError> {
    Ok(ApprovedTimestamper {
        name: e.child_text("name").unwrap_or_default(),
        url: e.required_text("url")?,
        cert: e.required("cert")?.certificate()?,
        cost: e.child("costType").map(cost),
    })
}

fn member_class(e: Element<'_, '_>) -> Result<MemberClass, DocumentError> {
    Ok(MemberClass { code: e.required_text("code")?, description: e.child_text("description").unwrap_or_default() })
}

fn member(e: Element<'_, '_>, instance: &str, ids: &mut Ids) -> Result<Member, DocumentError> {
    let class = member_class(e.required("memberClass")?)?;
    let id = MemberId::new(instance, class.code, e.required_text("memberCode")?);
    register(e, ClientId::from(id.clone()), ids)?;
    let subsystems = collect(e, "subsystem", |s| {
        let code = s.required_text("subsystemCode")?;
        register(s, id.subsystem(code.clone()), ids)?;
        Ok(Subsystem { code, name: s.child_text("subsystemName").filter(|n| !n.is_empty()) })
    })?;
    let name = e.child_text("name").unwrap_or_default();
    Ok(Member { id, class_description: class.description, name, subsystems })
}

/// Remembers what an `id` attribute stands for; the schema demands that it be unique.
fn register(e: Element<'_, '_>, client: ClientId, ids: &mut Ids) -> Result<(), DocumentError> {
    match e.attribute("id") {
        Some(id) if ids.insert(id.trim().to_owned(), client).is_some() => {
            Err(e.error(format!("id {id:?} is there twice")))
        }
        _ => Ok(()),
    }
}

fn server(e: Element<'_, '_>, ids: &Ids) -> Result<SecurityServer, DocumentError> {
    let resolve = |reference: Element<'_, '_>| {
        let id = reference.text();
        ids.get(&id).cloned().ok_or_else(|| reference.error(format!("no member or subsystem has the id {id:?}")))
    };
    let owner_element = e.required("owner")?;
    let owner = resolve(owner_element)?;
    if owner.subsystem.is_some() {
        return Err(owner_element.error("the owner of a security server must be a member, not a subsystem"));
    }
    Ok(SecurityServer {
        id: owner.member.server(e.required_text("serverCode")?),
        address: e.child_text("address").filter(|a| !a.is_empty()),
        auth_cert_hashes: collect(e, "authCertHash", |h| h.base64())?,
        clients: collect(e, "client", resolve)?,
        maintenance: e
            .child("inMaintenanceMode")
            .map(|m| Maintenance { message: m.child_text("message").filter(|t| !t.is_empty()) }),
    })
}

fn group(e: Element<'_, '_>) -> Result<GlobalGroup, DocumentError> {
    Ok(GlobalGroup {
        code: e.required_text("groupCode")?,
        description: e.child_text("description").unwrap_or_default(),
        members: collect(e, "groupMember", |m| m.client_id())?,
    })
}
