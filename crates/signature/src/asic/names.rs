//! What a file of a container is, by its name (EN 319 162-1 annex A, EN 319 162-2).

/// The folder of everything that is no data.
pub(super) const META: &str = "META-INF/";
pub(super) const MIMETYPE: &str = "mimetype";
pub(super) const OPEN_DOCUMENT_MANIFEST: &str = "META-INF/manifest.xml";

/// The use of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Mimetype,
    /// What is meant to be signed.
    Data,
    /// `META-INF/manifest.xml` of OpenDocument, BDOC and ASiC-E with XAdES.
    OpenDocumentManifest,
    Xades,
    Cades,
    Timestamp,
    EvidenceRecord,
    /// `ASiCManifest*.xml`: what a CAdES signature or time-stamp covers.
    Manifest,
    /// `ASiCArchiveManifest*.xml`: what an archive time-stamp covers.
    ArchiveManifest,
    /// `ASiCEvidenceRecordManifest*.xml`: what an evidence record covers.
    EvidenceManifest,
    /// Anything else in `META-INF`.
    Other,
}

impl Use {
    pub(super) fn of(name: &str) -> Self {
        let Some(inside) = name.strip_prefix(META) else {
            return if name == MIMETYPE { Self::Mimetype } else { Self::Data };
        };
        let inside = inside.to_ascii_lowercase();
        let file = inside.rsplit('/').next().unwrap_or_default();
        let is_xml = file.ends_with(".xml");
        match () {
            () if inside == "manifest.xml" => Self::OpenDocumentManifest,
            () if is_xml && file.contains("asicarchivemanifest") => Self::ArchiveManifest,
            () if is_xml && file.contains("asicevidencerecordmanifest") => Self::EvidenceManifest,
            () if is_xml && file.contains("asicmanifest") => Self::Manifest,
            () if is_xml && file.contains("evidencerecord") => Self::EvidenceRecord,
            () if file.ends_with(".ers") => Self::EvidenceRecord,
            () if is_xml && file.contains("signatures") => Self::Xades,
            () if file.ends_with(".p7s") || file.ends_with(".p7m") => Self::Cades,
            () if file.ends_with(".tst") => Self::Timestamp,
            () => Self::Other,
        }
    }

    /// Whether it is one of the manifests of ASiC.
    pub(super) const fn is_manifest(self) -> bool {
        matches!(self, Self::Manifest | Self::ArchiveManifest | Self::EvidenceManifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_the_use() {
        let cases = [
            ("mimetype", Use::Mimetype),
            ("a.p7s", Use::Data),
            ("META/timestamp.tst", Use::Data),
            ("META-INF/manifest.xml", Use::OpenDocumentManifest),
            ("META-INF/signatures0.xml", Use::Xades),
            ("META-INF/documentsignatures.xml", Use::Xades),
            ("META-INF/signatures/signatures0.xml", Use::Xades),
            ("META-INF/signature001.p7s", Use::Cades),
            ("META-INF/ASiCManifest001.xml", Use::Manifest),
            ("META-INF/ASiCArchiveManifest.xml", Use::ArchiveManifest),
            ("META-INF/ASiCEvidenceRecordManifest1.xml", Use::EvidenceManifest),
            ("META-INF/evidencerecord.xml", Use::EvidenceRecord),
            ("META-INF/timestamp002.tst", Use::Timestamp),
            ("META-INF/relations.xml", Use::Other),
        ];
        for (name, expected) in cases {
            assert_eq!(Use::of(name), expected, "{name}");
        }
    }
}
