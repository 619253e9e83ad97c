"""pyHanko's validation of a signed PDF (EN 319 102-1) by what is in the file alone: nothing is fetched.

    pdf_offline.py FILE ANCHOR...

One JSON object a signature: indication, subindication, when it was proved to exist. A connection would be an error. `pyhanko sign adesverify` has no
such option: for a certificate that names an OCSP responder it asks that one first, and where it cannot be reached it
looks no more at the responses in the file. The library's rule for fetching does not have that fault.
"""

import asyncio
import json
import sys
from datetime import datetime, timezone

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager



def existing(reader, now):
    """Says that the certificates in the file exist now. Unsaid, pyHanko takes each as proved from the moment when it first
    looks at it, a moment after the one that it asks the proof for."""
    certificates = LocalKnowledge(known_certs=list(DocumentSecurityStore.read_dss(reader).load_certs()))
    return LocalKnowledge(known_poes=list(certificates.assert_existence_known_at(now)))


def policy(anchors, known):
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(trust_roots=list(load_certs_from_pemder(anchors))),
                revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
                certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
            ),
            local_knowledge=known,
        )
    )


def refuse_connections(event, _):
    if event == "socket.connect":
        raise RuntimeError("something was to be fetched")


def main(file, *anchors):
    sys.addaudithook(refuse_connections)
    with open(file, "rb") as opened:
        reader = PdfFileReader(opened)
        spec = policy(anchors, existing(reader, datetime.now(timezone.utc)))
        for signature in reader.embedded_regular_signatures:
            found = asyncio.run(ades_lta_validation(signature, spec, timing_info=ValidationTimingInfo.now()))
            answer = {
                "indication": found.ades_subindic.status.name,
                "subindication": found.ades_subindic.standard_name,
                "proved": found.best_signature_time.isoformat(),
            }
            print(json.dumps(answer))


main(*sys.argv[1:])
