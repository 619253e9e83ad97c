//! OCSP responses: nothing but what the responder signed is believed, and only about its certificate.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::fixtures::{self, issuing, responder, root, signer, timestamper};
use mekong_pki::Certificate;
use mekong_pki::anchors::{Anchor, Anchors};
use mekong_pki::ocsp::{Response, Status, verify};
use mekong_pki::revocation::{Material, Question, State, find};
use std::time::Duration;

const FRESHNESS: Duration = Duration::from_secs(3600);

fuzz_target!(|data: &[u8]| {
    if let Ok(response) = Response::from_der(data) {
        let _ = (response.responder.to_string(), format!("{response:?}"));
        for (certificate, issuer) in [(signer(), issuing()), (issuing(), root())] {
            believed(response.clone(), certificate, issuer);
        }
    }
    let (now, responders) = (fixtures::now(), [responder().clone()]);
    if let Ok(said) = verify(data, signer(), issuing(), &responders, now, FRESHNESS, true) {
        let genuine = Response::from_der(fixtures::OCSP_RESPONSE).expect("our own response");
        assert_eq!((said.status, said.produced_at), (Status::Good, genuine.produced_at));
        assert_eq!((said.this_update, said.next_update), (genuine.answer.this_update, genuine.answer.next_update));
        assert!(verify(data, signer(), issuing(), &responders, now + FRESHNESS * 48, FRESHNESS, true).is_err());
    }
    assert!(verify(data, issuing(), root(), &responders, now, FRESHNESS, false).is_err());
    assert!(verify(data, timestamper(), issuing(), &responders, now, FRESHNESS, false).is_err());
});

/// What the collector of all statements believes says what a genuine response says.
fn believed(response: Response, certificate: &Certificate, issuer: &Certificate) {
    let anchors: Anchors = [Anchor::given(root().clone(), "fixture")].into_iter().collect();
    let (ocsps, others) = ([response], [responder().clone()]);
    let material = Material { crls: &[], ocsps: &ocsps, certificates: &others, anchors: &anchors };
    let found = find(&Question { certificate, issuer, anchor: Some(root()), signers_at: None }, &material);
    assert!(found.statuses.iter().all(|status| status.state == State::Good), "{found:?}");
}
