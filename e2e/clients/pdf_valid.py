"""pyHanko's verdict on the first signature of a PDF: pdf_valid.py FILE ANCHOR..."""
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import RevocationInfoValidationType, validate_pdf_ltv_signature
from pyhanko_certvalidator import ValidationContext

path, *anchors = sys.argv[1:]
roots = [load_cert_from_pemder(anchor) for anchor in anchors]
with open(path, "rb") as file:
    signature = PdfFileReader(file).embedded_regular_signatures[0]
    has_document_stamp = len(PdfFileReader(file).embedded_timestamp_signatures) > 0
    kind = (
        RevocationInfoValidationType.PADES_LTA if has_document_stamp else RevocationInfoValidationType.PADES_LT
    )
    status = validate_pdf_ltv_signature(
        signature, kind, {"trust_roots": roots, "allow_fetching": False}, force_revinfo=True
    )
words = [
    "intact" if status.intact else "BROKEN",
    "valid" if status.valid else "INVALID",
    "trusted" if status.trusted else "UNTRUSTED",
]
print(" ".join(words))
