//! Who a message is from: whoever verifies evidence later reads what the gateways read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_exchange::wire::rest::{Limits, RestRequest, RestResponse};
use mekong_message::sender::sender;

const LIMITS: Limits = Limits { bytes: 1 << 20, headers: 100 };

fuzz_target!(|data: &[u8]| {
    let found = sender(data);
    if let Ok(found) = &found {
        assert_eq!(found.id.to_string().parse().as_ref(), Ok(&found.id));
    }
    if let Ok(request) = RestRequest::from_bytes(data, LIMITS) {
        let found = found.as_ref().expect("it is a request");
        assert_eq!((&found.id, found.is_response, found.is_soap), (request.client(), false, false));
        assert_eq!(found.query_id.as_deref(), Some(request.id()));
    }
    if let Ok(response) = RestResponse::from_bytes(data, LIMITS) {
        let found = found.expect("it is a response");
        assert_eq!((&found.id, found.is_response, found.is_soap), (&response.service().provider, true, false));
        assert_eq!(found.query_id.as_deref(), Some(response.id()));
    }
});
