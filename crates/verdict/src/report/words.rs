//! The words of reports: key, then Vietnamese, Lao, English.

use mekong_signature::validation::BlockKind;

/// The key of a building block.
pub(super) const fn block_key(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::FormatChecking => "block.format",
        BlockKind::SigningCertificate => "block.signing_certificate",
        BlockKind::ValidationContext => "block.context",
        BlockKind::RevocationFreshness => "block.freshness",
        BlockKind::CertificateValidation => "block.path",
        BlockKind::Certificate => "block.certificate",
        BlockKind::CryptographicVerification => "block.cryptography",
        BlockKind::SignatureAcceptance => "block.acceptance",
        BlockKind::BasicSignature => "block.basic",
        BlockKind::Timestamp => "block.timestamp",
        BlockKind::LongTerm => "block.long_term",
        BlockKind::PastCertificate => "block.past_certificate",
        BlockKind::TimeSliding => "block.sliding",
        BlockKind::PastSignature => "block.past_signature",
        BlockKind::Archival => "block.archival",
        BlockKind::EvidenceRecord => "block.record",
    }
}

pub(crate) const WORDS: &[(&str, [&str; 3])] = &[
    ("report.title", ["Báo cáo kiểm tra chữ ký", "ບົດລາຍງານການກວດສອບລາຍເຊັນ", "Signature validation report"]),
    ("report.file", ["Tệp", "ໄຟລ໌", "File"]),
    ("report.signature", ["Chữ ký", "ລາຍເຊັນ", "Signature"]),
    ("report.timestamp", ["Dấu thời gian", "ສະແຕມເວລາ", "Time-stamp"]),
    ("report.record", ["Bản ghi chứng cứ", "ບັນທຶກຫຼັກຖານ", "Evidence record"]),
    ("report.technical", ["Kết luận kỹ thuật", "ຜົນທາງເຕັກນິກ", "Technical verdict"]),
    (
        "change.extension",
        [
            "Bổ sung sau khi ký: chữ ký hoặc bằng chứng để kiểm tra",
            "ເພີ່ມຫຼັງຈາກເຊັນ: ລາຍເຊັນ ຫຼື ຫຼັກຖານສຳລັບກວດສອບ",
            "Added after signing: signatures, or evidence for checking them",
        ],
    ),
    ("change.form", ["Biểu mẫu được điền sau khi ký", "ແບບຟອມຖືກຕື່ມຫຼັງຈາກເຊັນ", "Form filled after signing"]),
    (
        "change.annotation",
        ["Chú thích được thêm hoặc sửa sau khi ký", "ມີການເພີ່ມ ຫຼື ແກ້ໝາຍເຫດຫຼັງຈາກເຊັນ", "Annotation after signing"],
    ),
    ("change.undefined", ["Bị sửa sau khi ký", "ຖືກແກ້ຫຼັງຈາກເຊັນ", "Changed after signing"]),
    (
        "change.forbidden",
        [
            "Bị sửa sau khi ký, người ký không cho phép",
            "ຖືກແກ້ຫຼັງຈາກເຊັນ ໂດຍຜູ້ເຊັນບໍ່ອະນຸຍາດ",
            "Changed after signing, which the signer forbade",
        ],
    ),
    ("report.basis", ["Căn cứ", "ບົນພື້ນຖານ", "What this rests on"]),
    ("report.at", ["Thời điểm kiểm tra", "ເວລາກວດສອບ", "Time of validation"]),
    ("report.policy", ["Chính sách kiểm tra", "ນະໂຍບາຍການກວດສອບ", "Validation policy"]),
    ("report.list", ["Danh sách tin cậy", "ບັນຊີຄວາມໜ້າເຊື່ອຖື", "Trusted list"]),
    ("report.checks", ["Các bước kiểm tra", "ລາຍການກວດສອບ", "Checks"]),
    ("report.check", ["Kiểm tra", "ການກວດ", "Check"]),
    ("report.result", ["Kết quả", "ຜົນ", "Result"]),
    ("report.details", ["Chi tiết (tiếng Anh)", "ລາຍລະອຽດ (ພາສາອັງກິດ)", "Details"]),
    ("report.passed", ["đạt", "ຜ່ານ", "passed"]),
    ("report.failed", ["không đạt", "ບໍ່ຜ່ານ", "failed"]),
    ("report.open", ["chưa kết luận", "ຍັງສະຫຼຸບບໍ່ໄດ້", "indeterminate"]),
    ("block.format", ["định dạng", "ຮູບແບບ", "format"]),
    ("block.signing_certificate", ["chứng thư của người ký", "ໃບຢັ້ງຢືນຂອງຜູ້ເຊັນ", "certificate of the signer"]),
    ("block.context", ["chính sách của chữ ký", "ນະໂຍບາຍຂອງລາຍເຊັນ", "policy of the signature"]),
    ("block.freshness", ["thông tin thu hồi còn mới", "ຄວາມໃໝ່ຂອງຂໍ້ມູນການຖອນ", "freshness of revocation data"]),
    ("block.path", ["chuỗi chứng thư", "ສາຍໃບຢັ້ງຢືນ", "certificate path"]),
    ("block.certificate", ["chứng thư", "ໃບຢັ້ງຢືນ", "certificate"]),
    ("block.cryptography", ["kiểm tra mật mã", "ການກວດລະຫັດລັບ", "cryptographic verification"]),
    ("block.acceptance", ["điều kiện chấp nhận", "ເງື່ອນໄຂການຍອມຮັບ", "acceptance"]),
    ("block.basic", ["kiểm tra cơ bản", "ການກວດພື້ນຖານ", "basic validation"]),
    ("block.timestamp", ["dấu thời gian", "ສະແຕມເວລາ", "time-stamp"]),
    ("block.long_term", ["kiểm tra dài hạn", "ການກວດໄລຍະຍາວ", "long-term validation"]),
    ("block.past_certificate", ["chứng thư trong quá khứ", "ໃບຢັ້ງຢືນໃນອະດີດ", "certificate in the past"]),
    ("block.sliding", ["lùi thời điểm kiểm tra", "ການເລື່ອນເວລາກວດ", "sliding of the time of validation"]),
    ("block.past_signature", ["chữ ký trong quá khứ", "ລາຍເຊັນໃນອະດີດ", "signature in the past"]),
    ("block.archival", ["kiểm tra lưu trữ", "ການກວດສຳລັບເກັບຮັກສາ", "archival validation"]),
    ("block.record", ["bản ghi chứng cứ", "ບັນທຶກຫຼັກຖານ", "evidence record"]),
];
