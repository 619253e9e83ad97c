//! From the members file to what is published: certificates and anchors read, identifiers parsed.

use super::members::{self, MembersFile};
use super::{Definition, Faults, OptionalPart};
use crate::private::{ManagementService, PrivateParameters};
use crate::shared::{
    ApprovedAuthority, ApprovedTimestamper, AuthorityCertificate, GlobalGroup, Maintenance, Member, MemberClass,
    OcspResponder, SecurityServer, SharedParameters, Subsystem,
};
use crate::{Anchor, FETCH_INTERVAL, NEXT_UPDATE, Version};
use mekong_base::{ClientId, MemberId};
use mekong_crypto::DigestAlgorithm;
use mekong_message::subject::SubjectProfile;
use mekong_pki::Certificate;
use std::path::Path;
use std::time::Duration;

/// Larger PEM, anchor and members files are refused.
const FILE_BYTES_MAX: u64 = 16 << 20;

impl Definition {
    /// Reads a members file and everything it names.
    ///
    /// # Errors
    /// Every fault of the file at once, each with its place; if it is not TOML of this format, the first fault with line
    /// and column.
    pub fn read(path: &Path) -> Result<Self, Faults> {
        let text = read(path).and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is not UTF-8".into()));
        let text = text.map_err(|reason| fault(path.display().to_string(), reason))?;
        Self::parse(&text, path.parent().unwrap_or(Path::new(".")))
    }

    /// The same from text; paths in it are relative to `folder`.
    ///
    /// # Errors
    /// As [`Definition::read`].
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Faults> {
        let file: MembersFile = toml::from_str(text).map_err(|error| {
            let place = error.span().map_or_else(String::new, |span| line_and_column(text, span.start));
            fault(place, error.message().to_owned())
        })?;
        Resolver { folder, instance: file.instance.clone(), faults: Faults::default() }.definition(file)
    }
}

fn fault(place: String, reason: String) -> Faults {
    let mut faults = Faults::default();
    faults.add(place, reason);
    faults
}

fn line_and_column(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    format!("line {line}, column {column}")
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > FILE_BYTES_MAX { Err(format!("is larger than {FILE_BYTES_MAX} bytes")) } else { Ok(bytes) }
}

struct Resolver<'a> {
    folder: &'a Path,
    instance: String,
    faults: Faults,
}

impl Resolver<'_> {
    fn definition(mut self, file: MembersFile) -> Result<Definition, Faults> {
        if file.version != 1 {
            self.faults.add("version", format!("{} is not supported, 1 is", file.version));
        }
        let parameters = &file.parameters;
        let optional = optional_parts(parameters);
        let definition = Definition {
            expire: Duration::from_secs(parameters.expire_seconds),
            refresh: Duration::from_secs(parameters.refresh_seconds),
            optional,
            private: self.private(&file),
            sources: file.sources.clone(),
            shared: self.shared(&file),
        };
        if let Err(found) = definition.check() {
            // Entries that could not be read are missing above: there, what is left would be counted wrongly.
            let unread: Vec<String> = self.faults.0.iter().map(|f| table(&f.place).to_owned()).collect();
            self.faults.0.extend(found.0.into_iter().filter(|f| !unread.iter().any(|u| u == table(&f.place))));
        }
        self.faults.into_result().map(|()| definition)
    }

    fn shared(&mut self, file: &MembersFile) -> SharedParameters {
        let classes =
            file.classes.iter().map(|c| MemberClass { code: c.code.clone(), description: c.description.clone() });
        let each = |i: usize, name: &str| format!("{name}[{i}]");
        SharedParameters {
            instance: self.instance.clone(),
            version: Version::NEWEST,
            sources: Vec::new(),
            member_classes: classes.collect(),
            members: file.members.iter().map(|m| self.member(m, file)).collect(),
            authorities: indexed(&file.authorities)
                .filter_map(|(i, a)| self.authority(a, &each(i, "authority")))
                .collect(),
            timestampers: indexed(&file.timestampers)
                .filter_map(|(i, t)| {
                    let cert = self.certificate(&t.cert, &format!("timestamper[{i}].cert"))?;
                    Some(ApprovedTimestamper { name: t.name.clone(), url: t.url.clone(), cert, cost: None })
                })
                .collect(),
            servers: indexed(&file.servers).filter_map(|(i, s)| self.server(s, &each(i, "server"))).collect(),
            groups: indexed(&file.groups).map(|(i, g)| self.group(g, &each(i, "group"))).collect(),
            ocsp_freshness: Duration::from_secs(file.parameters.ocsp_freshness_seconds),
        }
    }

    fn member(&self, member: &members::Member, file: &MembersFile) -> Member {
        let class = file.classes.iter().find(|c| c.code == member.class);
        let subsystems = member.subsystems.iter().map(|s| Subsystem { code: s.code.clone(), name: s.name.clone() });
        Member {
            id: MemberId::new(&self.instance, &member.class, &member.code),
            class_description: class.map(|c| c.description.clone()).unwrap_or_default(),
            name: member.name.clone(),
            subsystems: subsystems.collect(),
        }
    }

    fn server(&mut self, server: &members::Server, place: &str) -> Option<SecurityServer> {
        let mut hashes = Vec::new();
        for (i, path) in server.auth_certs.iter().enumerate() {
            let der = self.certificate(path, &format!("{place}.auth_certs[{i}]"));
            hashes.extend(der.map(|d| DigestAlgorithm::Sha256.digest(&d).as_ref().to_vec()));
        }
        for (i, hash) in server.auth_cert_hashes.iter().enumerate() {
            match hex::decode(hash.replace(':', "")) {
                Ok(bytes) => hashes.push(bytes),
                Err(_) => self.faults.add(format!("{place}.auth_cert_hashes[{i}]"), format!("{hash:?} is not hex")),
            }
        }
        let clients = self.clients(&server.clients, &format!("{place}.clients"));
        let owner: MemberId = self.id(&server.owner, &format!("{place}.owner"))?;
        Some(SecurityServer {
            id: owner.server(&server.code),
            address: server.address.clone(),
            auth_cert_hashes: hashes,
            clients,
            maintenance: server
                .maintenance
                .as_ref()
                .map(|text| Maintenance { message: Some(text.clone()).filter(|t| !t.is_empty()) }),
        })
    }

    fn group(&mut self, group: &members::Group, place: &str) -> GlobalGroup {
        let members = self.clients(&group.members, &format!("{place}.members"));
        GlobalGroup { code: group.code.clone(), description: group.description.clone(), members }
    }

    fn clients(&mut self, texts: &[String], place: &str) -> Vec<ClientId> {
        indexed(texts).filter_map(|(i, text)| self.id(text, &format!("{place}[{i}]"))).collect()
    }

    fn id<T: std::str::FromStr>(&mut self, text: &str, place: &str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        text.parse().map_err(|error: T::Err| self.faults.add(place, error.to_string())).ok()
    }

    fn authority(&mut self, authority: &members::Authority, place: &str) -> Option<ApprovedAuthority> {
        let profile = self.profile(&authority.profile, place);
        let top = self.authority_certificate(&authority.cert, &authority.ocsp, place);
        let intermediates = indexed(&authority.intermediates)
            .filter_map(|(i, c)| self.authority_certificate(&c.cert, &c.ocsp, &format!("{place}.intermediate[{i}]")))
            .collect();
        Some(ApprovedAuthority {
            name: authority.name.clone(),
            authentication_only: authority.authentication_only,
            top: top?,
            intermediates,
            profile: profile?,
            csr_format: None,
            acme: None,
        })
    }

    /// A class name, or the part of it that tells classes apart.
    fn profile(&mut self, text: &str, place: &str) -> Option<String> {
        let long = format!("ee.ria.xroad.common.certificateprofile.impl.{text}CertificateProfileInfoProvider");
        let known = [text, &long].into_iter().map(SubjectProfile::from_class_name);
        let class = known.filter_map(SubjectProfile::class_name).next();
        if class.is_none() {
            let reason = format!("{text:?} is not a known certificate profile, such as Basic, FiVRK or Ejbca");
            self.faults.add(format!("{place}.profile"), reason);
        }
        class
    }

    fn authority_certificate(
        &mut self,
        cert: &Path,
        ocsp: &[members::Ocsp],
        place: &str,
    ) -> Option<AuthorityCertificate> {
        let cert = self.certificate(cert, &format!("{place}.cert"));
        let mut responders = Vec::new();
        for (i, responder) in ocsp.iter().enumerate() {
            let place = format!("{place}.ocsp[{i}].cert");
            let cert = responder.cert.as_ref().and_then(|path| self.certificate(path, &place));
            responders.push(OcspResponder { url: responder.url.clone(), cert, cost: None });
        }
        Some(AuthorityCertificate { cert: cert?, ocsp: responders })
    }

    fn certificate(&mut self, path: &Path, place: &str) -> Option<Vec<u8>> {
        let path = self.folder.join(path);
        let text = read(&path).and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is not PEM".into()));
        let certificate = text.and_then(|pem| Certificate::from_pem(&pem).map_err(|e| e.to_string()));
        match certificate {
            Ok(certificate) => Some(certificate.der().to_vec()),
            Err(reason) => {
                self.faults.add(place, format!("{}: {reason}", path.display()));
                None
            }
        }
    }

    fn private(&mut self, file: &MembersFile) -> PrivateParameters {
        let management = &file.management;
        let cert = management.cert.as_ref().and_then(|path| self.certificate(path, "management.cert"));
        let provider = self.id(&management.provider, "management.provider");
        let mut federated = Vec::new();
        for (i, federation) in file.federation.iter().enumerate() {
            let path = self.folder.join(&federation.anchor);
            match read(&path).and_then(|bytes| Anchor::read(&bytes).map_err(|e| e.to_string())) {
                Ok(anchor) => federated.push(anchor),
                Err(reason) => {
                    self.faults.add(format!("federation[{i}].anchor"), format!("{}: {reason}", path.display()))
                }
            }
        }
        PrivateParameters {
            instance: self.instance.clone(),
            federated,
            management: ManagementService {
                auth_cert_registration_url: management.address.clone(),
                auth_cert_registration_cert: cert,
                // Never used: without a provider there is a fault.
                provider: provider.unwrap_or_else(|| MemberId::new(&self.instance, "", "").into()),
            },
            time_stamping_interval: Duration::from_secs(file.parameters.time_stamping_interval_seconds),
        }
    }
}

/// `server` of `server[1].owner`.
fn table(place: &str) -> &str {
    place.split(['[', '.']).next().unwrap_or_default()
}

fn indexed<T>(items: &[T]) -> impl Iterator<Item = (usize, &T)> {
    items.iter().enumerate()
}

fn optional_parts(parameters: &members::Parameters) -> Vec<OptionalPart> {
    let part = |content_id: &str, file_name: &str, element: &str, value: String| {
        OptionalPart {
        content_id: content_id.to_owned(),
        file_name: file_name.to_owned(),
        bytes: format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xro:conf xmlns:xro=\"{}\">\n    <{element}>{value}</{element}>\n</xro:conf>\n",
            crate::document::NS_XROAD
        )
        .into_bytes(),
    }
    };
    let interval = parameters.ocsp_fetch_interval_seconds;
    let interval =
        interval.map(|s| part(FETCH_INTERVAL, "fetchinterval-params.xml", "ocspFetchInterval", s.to_string()));
    let next_update = parameters.verify_next_update;
    let next_update =
        next_update.map(|b| part(NEXT_UPDATE, "nextupdate-params.xml", "verifyNextUpdate", b.to_string()));
    interval.into_iter().chain(next_update).collect()
}
