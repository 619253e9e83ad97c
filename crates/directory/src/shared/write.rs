//! Writing shared parameters, versions 3 to 6, in the order that the schemas demand.

use super::{
    AcmeServer, ApprovedAuthority, ApprovedTimestamper, AuthorityCertificate, CostType, CsrFormat, GlobalGroup, Member,
    SecurityServer, SharedParameters, Source,
};
use crate::Version;
use crate::document::Writer;
use mekong_base::ClientId;
use std::collections::HashMap;

type Ids = HashMap<ClientId, String>;

impl SharedParameters {
    /// Writes `shared-params.xml`; what the version has no element for is left out.
    ///
    /// Owners and clients of servers that are no members here are left out too: the schema has no way to name them.
    /// [`Version::V2`] is written as V3, since we hold no SHA-1 digests.
    pub fn write(&self, version: Version) -> String {
        let ids = self.ids();
        Writer::new().root("conf", |w| {
            w.text("instanceIdentifier", &self.instance);
            self.sources.iter().for_each(|s| source(w, s));
            self.authorities.iter().for_each(|a| authority(w, a, version));
            self.timestampers.iter().for_each(|t| timestamper(w, t, version));
            self.members.iter().for_each(|m| member(w, m, &ids, version));
            self.servers.iter().for_each(|s| server(w, s, &ids, version));
            self.groups.iter().for_each(|g| group(w, g));
            w.element("globalSettings", &[], |w| {
                self.member_classes.iter().for_each(|c| member_class(w, &c.code, &c.description));
                w.text("ocspFreshnessSeconds", &self.ocsp_freshness.as_secs().to_string());
            });
        })
    }

    /// `id0`, `id1`, … for members and subsystems in document order, as the reference numbers them.
    fn ids(&self) -> Ids {
        let clients = self.members.iter().flat_map(|m| {
            let own = std::iter::once(ClientId::from(m.id.clone()));
            own.chain(m.subsystems.iter().map(|s| m.id.subsystem(s.code.clone())))
        });
        clients.enumerate().map(|(i, client)| (client, format!("id{i}"))).collect()
    }
}

fn id_of<'a>(ids: &'a Ids, client: &ClientId) -> &'a str {
    ids.get(client).map_or("", String::as_str)
}

fn source(w: &mut Writer, source: &Source) {
    w.element("source", &[], |w| {
        w.text("address", &source.address);
        source.internal_certs.iter().for_each(|c| w.base64("internalVerificationCert", c));
        source.external_certs.iter().for_each(|c| w.base64("externalVerificationCert", c));
    });
}

fn authority(w: &mut Writer, authority: &ApprovedAuthority, version: Version) {
    w.element("approvedCA", &[], |w| {
        w.text("name", &authority.name);
        w.text("authenticationOnly", if authority.authentication_only { "true" } else { "false" });
        authority_certificate(w, "topCA", &authority.top, version);
        authority.intermediates.iter().for_each(|c| authority_certificate(w, "intermediateCA", c, version));
        w.text("certificateProfileInfo", &authority.profile);
        if version >= Version::V6 {
            w.optional("defaultCsrFormat", authority.csr_format.map(csr_format));
        }
        if let Some(server) = &authority.acme {
            acme(w, server, version);
        }
    });
}

const fn csr_format(format: CsrFormat) -> &'static str {
    match format {
        CsrFormat::Pem => "PEM",
        CsrFormat::Der => "DER",
    }
}

fn authority_certificate(w: &mut Writer, name: &str, certificate: &AuthorityCertificate, version: Version) {
    w.element(name, &[], |w| {
        w.base64("cert", &certificate.cert);
        for responder in &certificate.ocsp {
            w.element("ocsp", &[], |w| {
                w.text("url", &responder.url);
                if let Some(cert) = &responder.cert {
                    w.base64("cert", cert);
                }
                cost(w, responder.cost, version);
            });
        }
    });
}

fn cost(w: &mut Writer, cost: Option<CostType>, version: Version) {
    if version >= Version::V6 {
        let text = cost.map(|c| match c {
            CostType::Free => "FREE",
            CostType::Paid => "PAID",
            CostType::Undefined => "UNDEFINED",
        });
        w.optional("costType", text);
    }
}

fn acme(w: &mut Writer, server: &AcmeServer, version: Version) {
    w.element("acmeServer", &[], |w| {
        w.text("directoryURL", &server.directory_url);
        w.optional("ipAddress", server.ip_address.as_deref());
        if version >= Version::V4 {
            w.optional("authenticationCertificateProfileId", server.authentication_profile.as_deref());
            w.optional("signingCertificateProfileId", server.signing_profile.as_deref());
        }
    });
}

fn timestamper(w: &mut Writer, timestamper: &ApprovedTimestamper, version: Version) {
    w.element("approvedTSA", &[], |w| {
        w.text("name", &timestamper.name);
        w.text("url", &timestamper.url);
        w.base64("cert", &timestamper.cert);
        cost(w, timestamper.cost, version);
    });
}

fn member_class(w: &mut Writer, code: &str, description: &str) {
    w.element("memberClass", &[], |w| {
        w.text("code", code);
        w.text("description", description);
    });
}

fn member(w: &mut Writer, member: &Member, ids: &Ids, version: Version) {
    let id = id_of(ids, &ClientId::from(member.id.clone()));
    w.element("member", &[("id", id)], |w| {
        member_class(w, &member.id.class, &member.class_description);
        w.text("memberCode", &member.id.code);
        w.text("name", &member.name);
        for subsystem in &member.subsystems {
            let id = id_of(ids, &member.id.subsystem(subsystem.code.clone()));
            w.element("subsystem", &[("id", id)], |w| {
                w.text("subsystemCode", &subsystem.code);
                if version >= Version::V5 {
                    w.optional("subsystemName", subsystem.name.as_deref());
                }
            });
        }
    });
}

fn server(w: &mut Writer, server: &SecurityServer, ids: &Ids, version: Version) {
    let Some(owner) = ids.get(&ClientId::from(server.id.owner.clone())) else {
        return;
    };
    w.element("securityServer", &[], |w| {
        w.text("owner", owner);
        w.text("serverCode", &server.id.server);
        w.optional("address", server.address.as_deref());
        server.auth_cert_hashes.iter().for_each(|h| w.base64("authCertHash", h));
        server.clients.iter().filter_map(|c| ids.get(c)).for_each(|id| w.text("client", id));
        if let Some(maintenance) = server.maintenance.as_ref().filter(|_| version >= Version::V5) {
            w.element("inMaintenanceMode", &[], |w| w.optional("message", maintenance.message.as_deref()));
        }
    });
}

fn group(w: &mut Writer, group: &GlobalGroup) {
    w.element("globalGroup", &[], |w| {
        w.text("groupCode", &group.code);
        w.text("description", &group.description);
        group.members.iter().for_each(|m| w.client_id("groupMember", m));
    });
}
