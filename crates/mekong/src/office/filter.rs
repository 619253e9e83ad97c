//! Which certificates are listed: by words, status and profile, page by page, newest first.

use super::failure::Failure;
use super::reader::Reader;
use super::status::Status;
use mekong_authority::ca::{Issued, Listed};
use mekong_base::Instant;
use std::sync::Arc;

/// Certificates on a page, unless somebody wants another number.
pub(super) const PER_PAGE: usize = 50;
/// Most certificates on a page.
pub(super) const PER_PAGE_MAX: usize = 500;
/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Words that must all be in the subject or the serial number, in small letters.
    words: Vec<String>,
    status: Option<Status>,
    profile: Option<String>,
    /// From 1.
    pub(super) page: usize,
    pub(super) per_page: usize,
}

/// A page of what was found.
pub(super) struct Found {
    /// How many there are on all pages.
    pub(super) total: usize,
    /// The page, from 1.
    pub(super) page: usize,
    /// How many pages there are; at least 1.
    pub(super) pages: usize,
    /// Those of the page.
    pub(super) certificates: Vec<Issued>,
}

impl Filter {
    /// As the query says: `q`, `status`, `profile`, `page`, `per_page`.
    ///
    /// # Errors
    /// [`Failure::Parameter`].
    pub(super) fn asked(reader: &Reader) -> Result<Self, Failure> {
        let status = match reader.asked("status") {
            "" => None,
            name => Some(Status::ALL.into_iter().find(|status| status.name() == name).ok_or_else(|| {
                let known = Status::ALL.map(Status::name).join(", ");
                Failure::Parameter("status", format!("{name:?} is no status; there are {known}"))
            })?),
        };
        let number = |name: &'static str, usual: usize, most: usize| match reader.asked(name) {
            "" => Ok(usual),
            text => text
                .parse()
                .ok()
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| Failure::Parameter(name, format!("{text:?} is no whole number from 1 to {most}"))),
        };
        let words = reader.asked("q").chars().take(200).collect::<String>().to_lowercase();
        Ok(Self {
            words: words.split_whitespace().map(str::to_owned).collect(),
            status,
            profile: Some(reader.asked("profile")).filter(|profile| !profile.is_empty()).map(str::to_owned),
            page: number("page", 1, 1_000_000)?,
            per_page: number("per_page", PER_PAGE, PER_PAGE_MAX)?,
        })
    }

    /// Those that match, newest first; those of the page are read with `whole`. A page beyond the last is the last.
    pub(super) fn find(
        &self,
        all: &[Arc<Listed>],
        now: Instant,
        whole: impl Fn(&Listed) -> Result<Issued, Failure>,
    ) -> Result<Found, Failure> {
        let found: Vec<&Arc<Listed>> = all.iter().rev().filter(|listed| self.matches(listed, now)).collect();
        let (total, per_page) = (found.len(), self.per_page.max(1));
        let pages = total.div_ceil(per_page).max(1);
        let page = self.page.clamp(1, pages);
        let shown = found.into_iter().skip((page - 1) * per_page).take(per_page);
        let certificates = shown.map(|listed| whole(listed)).collect::<Result<_, _>>()?;
        Ok(Found { total, page, pages, certificates })
    }

    fn matches(&self, listed: &Listed, now: Instant) -> bool {
        let status = |wanted: Status| match (wanted, Status::of_listed(listed, now)) {
            (Status::Valid, Status::Expiring) => true,
            (wanted, is) => wanted == is,
        };
        if !self.status.is_none_or(status) || self.profile.as_ref().is_some_and(|profile| **profile != *listed.profile)
        {
            return false;
        }
        let is_of_serial = |word: &str| hex::encode(&listed.serial).contains(word);
        self.words.iter().all(|word| listed.words.contains(word.as_str()) || is_of_serial(word))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::extract::FromRequestParts;
    use mekong_authority::ca::{AuthoritySpec, CertificateAuthority, RevocationReason};
    use mekong_crypto::{KeyType, PrivateKey, Zeroizing};
    use mekong_pki::issue::Profile;
    use mekong_pki::name;
    use mekong_pki::request::CertificateRequest;
    use std::time::Duration;

    const NOW: Instant = Instant::from_unix_seconds(1_790_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    /// An authority that issued certificates with these names, profiles and days of validity; the second is revoked.
    fn authority(folder: &std::path::Path) -> CertificateAuthority {
        let spec = AuthoritySpec::new("Test", "LA", "Operator", "http://ca.example");
        let secret = Zeroizing::new("secret".to_owned());
        let authority = CertificateAuthority::create(folder, secret, &spec, NOW - DAY * 3).unwrap();
        let authentication = || Profile::Authentication { dns: Vec::new(), ips: Vec::new() };
        for (name, profile, days) in [
            ("Công ty Mẫu", Profile::Signing, 100),
            ("ບໍລິສັດ ຕົວຢ່າງ", Profile::Signing, 100),
            ("Cũ", authentication(), 0),
            ("Sắp hết hạn", authentication(), 10),
        ] {
            let key = PrivateKey::generate(KeyType::P256).unwrap();
            let subject = name::build(&[(name::COMMON_NAME, name)]).unwrap();
            let request = CertificateRequest::create(&key, &subject).unwrap();
            let validity = (NOW - DAY * 2, NOW - DAY + DAY * days);
            let issued = authority.issue_valid(&request, profile, None, validity, NOW).unwrap();
            if name.starts_with('ບ') {
                authority.revoke(issued.serial(), RevocationReason::Superseded, NOW).unwrap();
            }
        }
        authority
    }

    async fn filter(query: &str) -> Result<Filter, Failure> {
        let request = axum::http::Request::builder().uri(format!("/?{query}")).body(()).unwrap();
        let reader = Reader::from_request_parts(&mut request.into_parts().0, &()).await.unwrap();
        Filter::asked(&reader)
    }

    #[tokio::test]
    async fn certificates_are_found_by_words_status_and_profile() {
        let folder = tempfile::tempdir().unwrap();
        let authority = authority(folder.path());
        let all: Vec<_> = authority.certificates().unwrap().into_iter().skip(5).collect();
        let whole = |listed: &Listed| Ok(authority.certificate(&listed.serial)?.unwrap());
        let names = async |query: &str| {
            let found = filter(query).await.unwrap().find(&all, NOW, whole).unwrap().certificates;
            let name = |issued: &Issued| name::attributes(issued.certificate.subject_name()).remove(0).1;
            found.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(names("q=").await, "Sắp hết hạn, Cũ, ບໍລິສັດ ຕົວຢ່າງ, Công ty Mẫu", "newest first");
        assert_eq!(names("q=m%E1%BA%AAu+c%C3%B4ng").await, "Công ty Mẫu");
        assert_eq!(names("q=%E0%BA%95%E0%BA%BB%E0%BA%A7").await, "ບໍລິສັດ ຕົວຢ່າງ");
        assert_eq!(names(&format!("q={}", hex::encode(&all.first().unwrap().serial))).await, "Công ty Mẫu");
        assert_eq!(names("status=valid").await, "Sắp hết hạn, Công ty Mẫu");
        assert_eq!(names("status=expiring&profile=authentication").await, "Sắp hết hạn");
        assert_eq!(names("status=expired").await, "Cũ");
        assert_eq!(names("status=revoked&profile=authentication").await, "");
        assert_eq!(names("per_page=3&page=2").await, "Công ty Mẫu");
        assert_eq!(names("per_page=3&page=99").await, "Công ty Mẫu", "the last page");
        for wrong in ["status=x", "page=0", "page=x", "per_page=501", "per_page=-1"] {
            assert!(matches!(filter(wrong).await, Err(Failure::Parameter(..))), "{wrong}");
        }
    }
}
