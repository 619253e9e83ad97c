//! A Lao signature in Viet Nam and a Vietnamese one in Lao PDR, with and without the agreement.

use crate::country::{Country, at};
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::anchors::Service;
use mekong_recognition::anchors::{Grade, anchors};
use mekong_recognition::list::TrustedList;
use mekong_recognition::list::edit::ServiceId;
use mekong_recognition::qualification::{Reason, Technical};
use mekong_recognition::recognise::NotRecognised;
use mekong_recognition::snapshot::{Accepted, Fetched, ManifestError, RejectedReason, Snapshot};
use mekong_recognition::{Question, Recognition, recognise, recognise_timestamp};
use std::collections::HashMap;

struct World {
    here: Country,
    there: Country,
    ours: TrustedList,
    theirs: TrustedList,
}

impl World {
    fn make(here: &'static str, there: &'static str) -> Self {
        let (here, there) = (Country::make(here), Country::make(there));
        let (mut ours, mut theirs) = (here.list(&there), there.list(&here));
        ours.issue(at("03-01"), at("08-31")).unwrap();
        theirs.issue(at("03-01"), at("08-31")).unwrap();
        Self { here, there, ours, theirs }
    }

    fn fetched(&self) -> Vec<Fetched> {
        let fetched = |from: &str, bytes| Fetched { bytes, from: from.to_owned(), at: at("03-02") };
        vec![fetched("ours", self.here.publish(&self.ours)), fetched("theirs", self.there.publish(&self.theirs))]
    }

    fn snapshot(&self) -> Snapshot {
        let (snapshot, rejected) =
            Snapshot::assemble(self.fetched(), std::slice::from_ref(&self.here.list_signer.certificate));
        assert_eq!(rejected, []);
        snapshot
    }

    fn ask(&self, signer: &Certificate, authority: &Certificate, best_time: Instant) -> Recognition {
        self.ask_by(&self.snapshot(), signer, authority, best_time)
    }

    fn ask_by(
        &self,
        snapshot: &Snapshot,
        signer: &Certificate,
        authority: &Certificate,
        best_time: Instant,
    ) -> Recognition {
        let chain = std::slice::from_ref(authority);
        let question = Question { signer, chain, best_time, technical: Technical::Passed };
        recognise(&question, snapshot, &self.here.rules())
    }

    /// A signature of the other country.
    fn foreign(&self, best_time: Instant) -> Recognition {
        self.ask(&self.there.signer(), &self.there.authority.certificate, best_time)
    }

    fn pointer(&mut self) -> &mut mekong_recognition::list::Pointer {
        &mut self.ours.scheme.pointers[0]
    }

    /// Their service for time-stamps.
    fn their_time_stamps(&self) -> ServiceId {
        let is = |id: &ServiceId| self.theirs.service(*id).unwrap().statuses[0].service_type.ends_with("/TSA");
        self.theirs.ids().into_iter().find(is).unwrap()
    }
}

#[test]
fn a_foreign_signature_counts_as_qualified_in_both_directions() {
    for (here, there) in [("VN", "LA"), ("LA", "VN")] {
        let world = World::make(here, there);
        let snapshot = world.snapshot();
        let (signer, authority) = (world.there.signer(), &world.there.authority.certificate);
        let recognition = world.ask_by(&snapshot, &signer, authority, at("04-01"));
        assert_eq!(recognition.counts_as.name(), "QESIG", "{:?}", recognition.reasons);
        let basis = recognition.basis.unwrap();
        assert_eq!(basis.territory.as_deref(), Some(there));
        assert_eq!(basis.list_sha256, snapshot.entries()[1].verified.sha256);
        assert_eq!(basis.agreement.unwrap().legal_identifier, "QCForESig");
        let original = basis.mapped_from.unwrap();
        let there = there.to_ascii_lowercase();
        assert_eq!(original.status, format!("http://tsl.{there}.example/Svcstatus/licensed"));
        assert_eq!(original.qualifiers, [format!("http://tsl.{there}.example/SvcInfoExt/key-in-device")]);
    }
}

#[test]
fn a_signature_of_ones_own_country_needs_no_agreement() {
    let world = World::make("LA", "VN");
    let recognition = world.ask(&world.here.signer(), &world.here.authority.certificate, at("04-01"));
    assert_eq!(recognition.counts_as.name(), "QESIG", "{:?}", recognition.reasons);
    let basis = recognition.basis.unwrap();
    assert_eq!((basis.agreement, basis.territory.as_deref()), (None, Some("LA")));
}

#[test]
fn after_repeal_old_signatures_count_and_new_ones_do_not() {
    let mut world = World::make("VN", "LA");
    let agreement = world.pointer().agreement.as_mut().unwrap();
    agreement.repeal("QCForESig", at("05-01")).unwrap();
    assert!(world.foreign(at("04-30")).is_recognised());
    let later = world.foreign(at("05-01"));
    assert_eq!(later.counts_as.name(), "ADESIG");
    assert!(later.reasons.contains(&NotRecognised::AtBestTime(Reason::NotEnacted)), "{:?}", later.reasons);
}

#[test]
fn without_agreement_a_listed_service_is_known_but_does_not_count() {
    let mut world = World::make("VN", "LA");
    world.pointer().agreement = None;
    let recognition = world.foreign(at("04-01"));
    assert_eq!(recognition.counts_as.name(), "NA");
    assert_eq!(recognition.reasons, [NotRecognised::NoAgreement]);
    assert_eq!(recognition.basis, None);
}

#[test]
fn a_suspended_service_does_not_count_while_it_is() {
    let mut world = World::make("VN", "LA");
    let id = world.theirs.ids()[0];
    world.theirs.set_status(id, "http://tsl.la.example/Svcstatus/suspended", at("04-01")).unwrap();
    world.theirs.set_status(id, "http://tsl.la.example/Svcstatus/licensed", at("05-01")).unwrap();
    assert_eq!(world.foreign(at("03-15")).counts_as.name(), "QESIG");
    let suspended = world.foreign(at("04-15"));
    assert_eq!(suspended.counts_as.name(), "ADESIG");
    assert!(suspended.reasons.contains(&NotRecognised::AtBestTime(Reason::NotGranted)), "{:?}", suspended.reasons);
    assert_eq!(world.foreign(at("05-15")).counts_as.name(), "QESIG");
}

#[test]
fn an_unlisted_issuer_and_no_lists_at_all_are_told_apart() {
    let world = World::make("VN", "LA");
    let stranger = Country::make("LA");
    let unlisted = world.ask(&stranger.signer(), &stranger.authority.certificate, at("04-01"));
    assert_eq!(unlisted.reasons, [NotRecognised::NotListed]);
    let chain = [stranger.authority.certificate.clone()];
    let signer = stranger.signer();
    let question = Question { signer: &signer, chain: &chain, best_time: at("04-01"), technical: Technical::Passed };
    let nothing = recognise(&question, &Snapshot::default(), &world.here.rules());
    assert_eq!(nothing.reasons, [NotRecognised::NoLists]);
}

#[test]
fn anchors_of_both_countries_are_typed_and_dated() {
    let mut world = World::make("VN", "LA");
    let id = world.their_time_stamps();
    world.theirs.set_status(id, "http://tsl.la.example/Svcstatus/ended", at("06-01")).unwrap();
    let anchors = anchors(&world.snapshot(), Grade::Qualified);
    assert_eq!(anchors.len(), 6);
    for country in [&world.here, &world.there] {
        let is = |certificate: &Certificate, service, day| {
            anchors.of(certificate).is_some_and(|anchor| anchor.is_trusted(service, at(day)))
        };
        assert!(is(&country.authority.certificate, Service::Certificates, "04-01"));
        assert!(!is(&country.authority.certificate, Service::TimeStamps, "04-01"));
        assert!(is(&country.ocsp.certificate, Service::Ocsp, "04-01"));
        assert!(is(&country.tsa.certificate, Service::TimeStamps, "05-31"));
        assert_eq!(is(&country.tsa.certificate, Service::TimeStamps, "06-02"), country.code == "VN");
    }
}

#[test]
fn a_snapshot_is_had_again_from_its_manifest_and_refuses_other_files() {
    let world = World::make("VN", "LA");
    let fetched = world.fetched();
    let (snapshot, _) = Snapshot::assemble(fetched.clone(), std::slice::from_ref(&world.here.list_signer.certificate));
    let (manifest, names) = snapshot.manifest();
    let files: HashMap<_, _> = names.into_iter().zip(fetched.into_iter().map(|f| f.bytes)).collect();
    let again = Snapshot::from_manifest(&manifest, &|name| files.get(name).cloned()).unwrap();
    assert_eq!(again.sha256(), snapshot.sha256());
    assert_eq!(again.entries()[1].accepted, Accepted::Pointed { by: 0, pointer: 0 });
    let changed =
        Snapshot::from_manifest(&manifest, &|name| files.get(name).map(|bytes| [bytes.as_slice(), b"\n"].concat()));
    assert!(matches!(changed, Err(ManifestError::Changed { .. })));
    assert!(matches!(Snapshot::from_manifest(&manifest, &|_| None), Err(ManifestError::Missing(_))));
    assert!(matches!(Snapshot::from_manifest(b"{}", &|_| None), Err(ManifestError::Malformed(_))));
}

#[test]
fn a_list_of_somebody_else_is_rejected() {
    let world = World::make("VN", "LA");
    let impostor = Country::make("LA");
    let mut fetched = world.fetched();
    fetched[1].bytes = impostor.publish(&world.theirs);
    let (snapshot, rejected) = Snapshot::assemble(fetched, std::slice::from_ref(&world.here.list_signer.certificate));
    assert_eq!(snapshot.entries().len(), 1);
    assert_eq!(rejected[0].reason, RejectedReason::NotPointedTo);
}

#[test]
fn a_wrong_signer_of_ones_own_list_is_told_with_who_signed_it() {
    let world = World::make("VN", "LA");
    let wrong = Country::make("VN").list_signer.certificate;
    let (snapshot, rejected) = Snapshot::assemble(world.fetched(), std::slice::from_ref(&wrong));
    assert!(snapshot.is_empty());
    let signer = world.here.list_signer.certificate.subject();
    assert_eq!(rejected[0].reason, RejectedReason::NotOwn { signer: signer.clone(), given: 1 });
    assert!(rejected[0].reason.to_string().contains(&format!("signed by {signer}")), "{}", rejected[0].reason);
}

#[test]
fn of_two_issues_of_a_list_the_newer_one_is_taken() {
    let mut world = World::make("VN", "LA");
    let mut fetched = world.fetched();
    world.theirs.issue(at("04-01"), at("09-01")).unwrap();
    fetched.push(Fetched { bytes: world.there.publish(&world.theirs), from: "newer".to_owned(), at: at("04-02") });
    let signers = std::slice::from_ref(&world.here.list_signer.certificate);
    for _ in 0..2 {
        let (snapshot, rejected) = Snapshot::assemble(fetched.clone(), signers);
        assert_eq!(snapshot.entries()[1].verified.list.scheme.sequence_number, 2);
        assert_eq!(snapshot.entries().len(), 2);
        assert!(rejected.len() <= 1);
        fetched.reverse();
    }
}

#[test]
fn a_time_stamp_counts_as_qualified_while_its_service_does() {
    let mut world = World::make("VN", "LA");
    let id = world.their_time_stamps();
    world.theirs.set_status(id, "http://tsl.la.example/Svcstatus/ended", at("06-01")).unwrap();
    let snapshot = world.snapshot();
    let name = |certificate: &Certificate, day| {
        recognise_timestamp(std::slice::from_ref(certificate), at(day), &snapshot).name()
    };
    assert_eq!(name(&world.there.tsa.certificate, "05-01"), "QTSA");
    assert_eq!(name(&world.there.tsa.certificate, "06-01"), "TSA");
    assert_eq!(name(&world.here.tsa.certificate, "06-01"), "QTSA");
    assert_eq!(name(&world.there.ocsp.certificate, "05-01"), "TSA");
    assert_eq!(name(&Country::make("LA").tsa.certificate, "05-01"), "NA");
}
