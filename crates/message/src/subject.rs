//! The X-Road member that a certificate's subject names, and subjects that name a member.
//!
//! The global configuration says, per approved authority, which profile its subjects follow, as the name of a Java class of
//! the reference. Only signing certificates name members by their subject; authentication certificates are known to the
//! configuration by their digest, their subject is for people.
//!
//! Two deliberate differences to the reference: a subject that has a needed attribute twice is refused (the reference takes
//! the last one), and characters such as `,` or `+` in a code are read as they are (the reference reads them escaped, so
//! that such codes never match).

use const_oid::ObjectIdentifier;
use mekong_base::{MemberId, ServerId, ident};
use mekong_pki::Certificate;
use mekong_pki::name::{self, NameError};
use x509_cert::name::Name;

const CLASS_PREFIX: &str = "ee.ria.xroad.common.certificateprofile.impl.";

/// How an authority writes members into subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubjectProfile {
    /// Finnish: `C=FI`, `O` any, `serialNumber=INSTANCE/SERVER/CLASS`, `CN=code`; older: `C=FI,O=INSTANCE,OU=class,CN=code`;
    /// oldest: as [`SubjectProfile::Ejbca`]. The reference demands that the country is `FI`, in any country.
    FiVrk,
    /// `businessCategory=class`, `serialNumber=code`; country and organisation are free.
    Basic,
    /// As [`SubjectProfile::Basic`], for certificates got over ACME.
    BasicAcme,
    /// Faroese: `C=FO,O=INSTANCE,OU=class,CN=code` and any `serialNumber`.
    Fo,
    /// Icelandic: `C=IS,O=INSTANCE,OU=class,CN=code` and any `serialNumber`; older: as [`SubjectProfile::Ejbca`].
    Is,
    /// `C=INSTANCE,O=class,CN=code`.
    Ejbca,
    /// Estonian company seals: `organizationIdentifier`, else an eight-digit register code in `serialNumber`; the class
    /// follows from the code.
    SkKlass3,
    /// Estonian identity cards: class `PERSON`, `serialNumber=code`.
    SkEsteId,
    /// A class that we do not know: the configuration can be read, its subjects cannot.
    Unknown,
}

use SubjectProfile::{Basic, BasicAcme, Ejbca, FiVrk, Fo, Is, SkEsteId, SkKlass3, Unknown};

/// Why a subject names no member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// The subject lacks what its profile demands, or has it in another form.
    #[error("subject {subject} does not name a member: {reason}")]
    NoMember {
        /// The subject, RFC 4514.
        subject: String,
        /// What is missing or wrong.
        reason: String,
    },
    /// The configuration names a profile class that we do not know.
    #[error("the authority's certificate profile is of an unknown class, so that subject {subject} cannot be read")]
    UnknownProfile {
        /// The subject, RFC 4514.
        subject: String,
    },
    /// A subject cannot be made of these values.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Subjects of this profile are not made here.
    #[error("subjects of profile {0:?} are not issued here")]
    NotIssued(SubjectProfile),
}

impl SubjectProfile {
    const CLASSES: [(Self, &'static str); 8] = [
        (FiVrk, "FiVRKCertificateProfileInfoProvider"),
        (Basic, "BasicCertificateProfileInfoProvider"),
        (BasicAcme, "BasicACMECertificateProfileInfoProvider"),
        (Fo, "FoCertificateProfileInfoProvider"),
        (Is, "IsCertificateProfileInfoProvider"),
        (Ejbca, "EjbcaCertificateProfileInfoProvider"),
        (SkKlass3, "SkKlass3CertificateProfileInfoProvider"),
        (SkEsteId, "SkEsteIdCertificateProfileInfoProvider"),
    ];

    /// The profile of a class name in `approvedCA/certificateProfileInfo`; other names give [`SubjectProfile::Unknown`].
    pub fn from_class_name(class: &str) -> Self {
        let short = class.trim().strip_prefix(CLASS_PREFIX);
        Self::CLASSES.iter().find(|(_, name)| short == Some(name)).map_or(Unknown, |(profile, _)| *profile)
    }

    /// The class name for `approvedCA/certificateProfileInfo`; `None` for [`SubjectProfile::Unknown`].
    pub fn class_name(self) -> Option<String> {
        let (_, short) = Self::CLASSES.iter().find(|(profile, _)| *profile == self)?;
        Some(format!("{CLASS_PREFIX}{short}"))
    }

    /// The member that the subject names. `instance` is the instance whose configuration approves the issuer; profiles that
    /// write the instance into the subject ignore it, so compare the result with the member that was expected.
    ///
    /// # Errors
    /// [`SubjectError::NoMember`], [`SubjectError::UnknownProfile`].
    pub fn member_of(self, certificate: &Certificate, instance: &str) -> Result<MemberId, SubjectError> {
        self.member_of_name(certificate.subject_name(), instance)
    }

    /// As [`SubjectProfile::member_of`], of a bare name such as that of a certificate request.
    ///
    /// # Errors
    /// As [`SubjectProfile::member_of`].
    pub fn member_of_name(self, subject: &Name, instance: &str) -> Result<MemberId, SubjectError> {
        let reader = Reader { subject };
        let member = match self {
            FiVrk => reader.finnish(),
            Basic | BasicAcme => reader.basic(instance),
            Fo => reader.island("FO"),
            Is => reader.icelandic(),
            Ejbca => reader.ejbca(),
            SkKlass3 => reader.estonian_seal(instance),
            SkEsteId => {
                reader.needed(name::SERIAL_NUMBER, "serialNumber").map(|code| MemberId::new(instance, "PERSON", code))
            }
            Unknown => return Err(SubjectError::UnknownProfile { subject: name::to_rfc4514(subject) }),
        };
        member.and_then(checked).map_err(|reason| SubjectError::NoMember { subject: name::to_rfc4514(subject), reason })
    }

    /// The subject of a signing certificate of `member`, whose keys stand at `server`.
    ///
    /// `organisation` is the institution's name as people read it. `country` is its ISO 3166 code; the Finnish profile writes
    /// `FI` whatever it is, because its readers demand that: prefer [`SubjectProfile::Basic`] elsewhere.
    ///
    /// # Errors
    /// [`SubjectError::Name`]; [`SubjectError::NotIssued`] for all but the Finnish, basic and EJBCA profiles;
    /// [`SubjectError::NoMember`] if the subject would not lead back to `member`.
    pub fn subject_for_member(
        self,
        member: &MemberId,
        server: &str,
        organisation: &str,
        country: &str,
    ) -> Result<Name, SubjectError> {
        let serial = format!("{}/{server}/{}", member.instance, member.class);
        let subject = match self {
            FiVrk => name::build(&[
                (name::COUNTRY, "FI"),
                (name::ORGANIZATION, organisation),
                (name::SERIAL_NUMBER, &serial),
                (name::COMMON_NAME, &member.code),
            ])?,
            Basic | BasicAcme => name::build(&[
                (name::COUNTRY, country),
                (name::ORGANIZATION, organisation),
                (name::BUSINESS_CATEGORY, &member.class),
                (name::SERIAL_NUMBER, &member.code),
                (name::COMMON_NAME, organisation),
            ])?,
            Ejbca => name::build(&[
                (name::COUNTRY, &member.instance),
                (name::ORGANIZATION, &member.class),
                (name::COMMON_NAME, &member.code),
            ])?,
            other => return Err(SubjectError::NotIssued(other)),
        };
        match self.member_of_name(&subject, &member.instance)? {
            same if same == *member => Ok(subject),
            other => Err(SubjectError::NoMember {
                subject: name::to_rfc4514(&subject),
                reason: format!("it would name {other} instead of {member}"),
            }),
        }
    }

    /// The subject of an authentication certificate of `server`, reachable as `dns`. Country as in
    /// [`SubjectProfile::subject_for_member`].
    ///
    /// # Errors
    /// [`SubjectError::Name`]; [`SubjectError::NotIssued`] for all but the Finnish, basic and EJBCA profiles.
    pub fn subject_for_server(
        self,
        server: &ServerId,
        dns: &str,
        organisation: &str,
        country: &str,
    ) -> Result<Name, SubjectError> {
        let ServerId { owner, server } = server;
        let serial = format!("{}/{server}/{}", owner.instance, owner.class);
        Ok(match self {
            FiVrk => name::build(&[
                (name::COUNTRY, "FI"),
                (name::ORGANIZATION, organisation),
                (name::SERIAL_NUMBER, &serial),
                (name::COMMON_NAME, dns),
            ])?,
            Basic | BasicAcme => name::build(&[
                (name::COUNTRY, country),
                (name::ORGANIZATION, organisation),
                (name::SERIAL_NUMBER, &owner.code),
                (name::COMMON_NAME, dns),
            ])?,
            Ejbca => name::build(&[(name::COUNTRY, &owner.instance), (name::COMMON_NAME, server)])?,
            other => return Err(SubjectError::NotIssued(other)),
        })
    }
}

/// Every part must be an identifier segment.
fn checked(member: MemberId) -> Result<MemberId, String> {
    for segment in [&member.instance, &member.class, &member.code] {
        ident::check_segment(segment).map_err(|e| e.to_string())?;
    }
    Ok(member)
}

struct Reader<'a> {
    subject: &'a Name,
}

impl Reader<'_> {
    /// The text of an attribute that may be absent.
    fn optional(&self, oid: ObjectIdentifier, label: &str) -> Result<Option<String>, String> {
        let mut found = self.subject.0.iter().flat_map(|rdn| rdn.0.iter()).filter(|a| a.oid == oid);
        let Some(attribute) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(format!("{label} is there twice"));
        }
        name::attribute_text(&attribute.value).map(Some).ok_or_else(|| format!("{label} is not text"))
    }

    fn needed(&self, oid: ObjectIdentifier, label: &str) -> Result<String, String> {
        self.optional(oid, label)?.ok_or_else(|| format!("{label} is missing"))
    }

    fn country_is(&self, expected: &str) -> Result<(), String> {
        match self.optional(name::COUNTRY, "country")? {
            Some(found) if found == expected => Ok(()),
            Some(found) => Err(format!("country is {found:?}, not {expected:?}")),
            None => Err(format!("country is missing, expected {expected:?}")),
        }
    }

    fn ejbca(&self) -> Result<MemberId, String> {
        let instance = self.needed(name::COUNTRY, "country")?;
        let class = self.needed(name::ORGANIZATION, "organization")?;
        Ok(MemberId::new(instance, class, self.needed(name::COMMON_NAME, "common name")?))
    }

    /// `O=INSTANCE,OU=class,CN=code`.
    fn by_unit(&self) -> Result<MemberId, String> {
        let instance = self.needed(name::ORGANIZATION, "organization")?;
        let class = self.needed(name::ORGANIZATIONAL_UNIT, "organizational unit")?;
        Ok(MemberId::new(instance, class, self.needed(name::COMMON_NAME, "common name")?))
    }

    fn has(&self, oid: ObjectIdentifier) -> bool {
        self.subject.0.iter().flat_map(|rdn| rdn.0.iter()).any(|a| a.oid == oid)
    }

    fn finnish(&self) -> Result<MemberId, String> {
        match (self.has(name::SERIAL_NUMBER), self.has(name::ORGANIZATIONAL_UNIT)) {
            (true, _) => self.finnish_by_serial_number(),
            (false, true) => self.country_is("FI").and_then(|()| self.by_unit()),
            (false, false) => self.ejbca(),
        }
    }

    fn finnish_by_serial_number(&self) -> Result<MemberId, String> {
        self.country_is("FI")?;
        self.needed(name::ORGANIZATION, "organization")?;
        let code = self.needed(name::COMMON_NAME, "common name")?;
        let serial = self.needed(name::SERIAL_NUMBER, "serialNumber")?;
        let mut parts = serial.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(instance), Some(_server), Some(class), None) => Ok(MemberId::new(instance, class, code)),
            _ => Err(format!("serialNumber {serial:?} is not INSTANCE/SERVER/CLASS")),
        }
    }

    fn basic(&self, instance: &str) -> Result<MemberId, String> {
        let class = self.needed(name::BUSINESS_CATEGORY, "businessCategory")?;
        Ok(MemberId::new(instance, class, self.needed(name::SERIAL_NUMBER, "serialNumber")?))
    }

    fn island(&self, country: &str) -> Result<MemberId, String> {
        self.country_is(country)?;
        let member = self.by_unit()?;
        self.needed(name::SERIAL_NUMBER, "serialNumber")?;
        Ok(member)
    }

    fn icelandic(&self) -> Result<MemberId, String> {
        let oldest = !self.has(name::SERIAL_NUMBER) && !self.has(name::ORGANIZATIONAL_UNIT);
        if oldest { self.ejbca() } else { self.island("IS") }
    }

    fn estonian_seal(&self, instance: &str) -> Result<MemberId, String> {
        let organisation = self.optional(name::ORGANIZATION_IDENTIFIER, "organizationIdentifier")?;
        if let Some(id) = organisation.filter(|id| !id.is_empty()) {
            let by_prefix = [("NTREE-", "COM"), ("GO:EE-", "GOV"), ("NP:EE-", "NGO")]
                .into_iter()
                .find_map(|(prefix, class)| id.strip_prefix(prefix).map(|code| MemberId::new(instance, class, code)));
            return Ok(by_prefix.unwrap_or_else(|| MemberId::new(instance, "NEE", id)));
        }
        let code = self.needed(name::SERIAL_NUMBER, "serialNumber")?;
        if code.len() != 8 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!("serialNumber {code:?} is not a register code of eight digits"));
        }
        let class = match code.as_bytes().first() {
            Some(b'1'..=b'6') => "COM",
            Some(b'7') => "GOV",
            Some(b'8' | b'9') => "NGO",
            _ => return Err(format!("register code {code} begins with a digit that stands for no class")),
        };
        Ok(MemberId::new(instance, class, code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(attributes: &[(ObjectIdentifier, &str)]) -> Name {
        match name::build(attributes) {
            Ok(name) => name,
            Err(error) => unreachable!("{error}"),
        }
    }

    #[track_caller]
    fn names(profile: SubjectProfile, attributes: &[(ObjectIdentifier, &str)], member: &str) {
        let found = profile.member_of_name(&subject(attributes), "EE").map(|m| m.to_string());
        assert_eq!(found, Ok(member.to_owned()));
    }

    #[track_caller]
    fn refuses(profile: SubjectProfile, attributes: &[(ObjectIdentifier, &str)], part: &str) {
        match profile.member_of_name(&subject(attributes), "EE") {
            Err(error) => assert!(error.to_string().contains(part), "{error}"),
            Ok(member) => unreachable!("{member} instead of an error with {part:?}"),
        }
    }

    const C: ObjectIdentifier = name::COUNTRY;
    const O: ObjectIdentifier = name::ORGANIZATION;
    const OU: ObjectIdentifier = name::ORGANIZATIONAL_UNIT;
    const CN: ObjectIdentifier = name::COMMON_NAME;
    const SERIAL: ObjectIdentifier = name::SERIAL_NUMBER;

    #[test]
    fn class_names_lead_back() {
        for (profile, _) in SubjectProfile::CLASSES {
            let class = profile.class_name().unwrap_or_default();
            assert_eq!(SubjectProfile::from_class_name(&class), profile);
        }
        assert_eq!(SubjectProfile::from_class_name("FiVRKCertificateProfileInfoProvider"), Unknown);
        assert_eq!(Unknown.class_name(), None);
        refuses(Unknown, &[(CN, "x")], "unknown class");
    }

    #[test]
    fn finnish_subjects_in_three_forms() {
        names(FiVrk, &[(C, "FI"), (O, "Any"), (SERIAL, "DEV/ss1/COM"), (CN, "222")], "DEV/COM/222");
        names(FiVrk, &[(C, "FI"), (O, "DEV"), (OU, "COM"), (CN, "222")], "DEV/COM/222");
        names(FiVrk, &[(C, "EE"), (O, "COM"), (CN, "222")], "EE/COM/222");
        refuses(FiVrk, &[(C, "VN"), (O, "Any"), (SERIAL, "DEV/ss1/COM"), (CN, "222")], "\"VN\", not \"FI\"");
        refuses(FiVrk, &[(C, "FI"), (O, "Any"), (SERIAL, "DEV/COM"), (CN, "222")], "INSTANCE/SERVER/CLASS");
        refuses(FiVrk, &[(C, "FI"), (SERIAL, "DEV/ss1/COM"), (CN, "222")], "organization is missing");
        refuses(FiVrk, &[(C, "FI"), (O, "a"), (SERIAL, "DEV/ss1/COM"), (CN, "1"), (CN, "2")], "twice");
        refuses(FiVrk, &[(C, "FI"), (O, "a"), (SERIAL, "DEV/ss1/.."), (CN, "1")], "relative path");
        refuses(FiVrk, &[(C, "FI"), (OU, "COM"), (CN, "222")], "organization is missing");
    }

    #[test]
    fn other_profiles() {
        names(Basic, &[(name::BUSINESS_CATEGORY, "GOV"), (SERIAL, "70000591")], "EE/GOV/70000591");
        refuses(BasicAcme, &[(SERIAL, "70000591")], "businessCategory is missing");
        refuses(Basic, &[(name::BUSINESS_CATEGORY, "GOV")], "serialNumber is missing");
        names(Fo, &[(C, "FO"), (O, "FO-DEV"), (OU, "GOV"), (CN, "1"), (SERIAL, "x")], "FO-DEV/GOV/1");
        refuses(Fo, &[(C, "FO"), (O, "FO-DEV"), (OU, "GOV"), (CN, "1")], "serialNumber is missing");
        names(Is, &[(C, "IS"), (O, "IS-DEV"), (OU, "GOV"), (CN, "1"), (SERIAL, "x")], "IS-DEV/GOV/1");
        names(Is, &[(C, "IS"), (O, "GOV"), (CN, "1")], "IS/GOV/1");
        refuses(Is, &[(C, "IS"), (O, "IS-DEV"), (OU, "GOV"), (CN, "1")], "serialNumber is missing");
        names(Ejbca, &[(C, "EE"), (O, "GOV"), (CN, "1")], "EE/GOV/1");
        names(SkEsteId, &[(SERIAL, "38001085718")], "EE/PERSON/38001085718");
    }

    #[test]
    fn estonian_seals() {
        names(SkKlass3, &[(name::ORGANIZATION_IDENTIFIER, "NTREE-10747013")], "EE/COM/10747013");
        names(SkKlass3, &[(name::ORGANIZATION_IDENTIFIER, "GO:EE-70000591")], "EE/GOV/70000591");
        names(SkKlass3, &[(SERIAL, "10747013")], "EE/COM/10747013");
        names(SkKlass3, &[(SERIAL, "70000591")], "EE/GOV/70000591");
        names(SkKlass3, &[(SERIAL, "80000591")], "EE/NGO/80000591");
        refuses(SkKlass3, &[(SERIAL, "00000591")], "no class");
        refuses(SkKlass3, &[(SERIAL, "1074701")], "eight digits");
        refuses(SkKlass3, &[(CN, "x")], "serialNumber is missing");
    }

    #[test]
    fn subjects_made_here_lead_back() -> Result<(), SubjectError> {
        let member = MemberId::new("VN", "GOV", "MPS");
        for profile in [FiVrk, Basic, BasicAcme, Ejbca] {
            let subject = profile.subject_for_member(&member, "gw-1", "Bộ Công an", "VN")?;
            assert_eq!(profile.member_of_name(&subject, "VN")?, member);
            profile.subject_for_server(&member.server("gw-1"), "gw.mps.example", "Bộ Công an", "VN")?;
        }
        assert!(matches!(Fo.subject_for_member(&member, "s", "o", "VN"), Err(SubjectError::NotIssued(Fo))));
        assert!(matches!(FiVrk.subject_for_member(&member, "a/b", "o", "VN"), Err(SubjectError::NoMember { .. })));
        assert!(matches!(Basic.subject_for_member(&member, "s", "o", "Vietnam"), Err(SubjectError::Name(_))));
        Ok(())
    }
}
