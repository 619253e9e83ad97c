//! Where a certificate points to: responders, lists, the issuer's certificate, and the hosts that it is for.

use super::Certificate;
use crate::crl::Point;
use crate::extensions;
use const_oid::{AssociatedOid as _, ObjectIdentifier};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, CrlDistributionPoints, SubjectAltName};

const ACCESS_OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const ACCESS_CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");

impl Certificate {
    /// OCSP responder URLs of the authority information access extension, in order.
    pub fn ocsp_urls(&self) -> Vec<String> {
        self.access_urls(ACCESS_OCSP)
    }

    /// Where the issuer's certificate can be fetched, in order.
    pub fn ca_issuer_urls(&self) -> Vec<String> {
        self.access_urls(ACCESS_CA_ISSUERS)
    }

    fn access_urls(&self, method: ObjectIdentifier) -> Vec<String> {
        let access = self.extension::<AuthorityInfoAccessSyntax>().ok().flatten();
        let descriptions = access.map(|(_, a)| a.0).unwrap_or_default();
        descriptions.iter().filter(|d| d.access_method == method).filter_map(|d| url(&d.access_location)).collect()
    }

    /// URLs of the CRL distribution points, in order.
    pub fn crl_urls(&self) -> Vec<String> {
        self.distribution_points().iter().flat_map(Point::urls).map(str::to_owned).collect()
    }

    /// The CRL distribution points, in order; empty if there are none or they are malformed.
    pub fn distribution_points(&self) -> Vec<Point> {
        let list = extensions::read(self.extensions_der()).unwrap_or_default();
        let extension = list.iter().find(|e| e.is(&CrlDistributionPoints::OID));
        let points = extension.and_then(|e| Point::read_all(e.value, self.issuer_canonical()).ok());
        points.unwrap_or_default()
    }

    /// DNS names of the subject alternative name extension, as written.
    pub fn dns_names(&self) -> Vec<String> {
        let names = self.extension::<SubjectAltName>().ok().flatten().map(|(_, s)| s.0).unwrap_or_default();
        let dns = |n: &GeneralName| match n {
            GeneralName::DnsName(text) => Some(text.as_str().to_owned()),
            _ => None,
        };
        names.iter().filter_map(dns).collect()
    }
}

fn url(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(url) => Some(url.as_str().to_owned()),
        _ => None,
    }
}
