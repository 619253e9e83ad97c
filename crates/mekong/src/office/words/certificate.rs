//! Texts: the page of a certificate.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("certificate.at", ["Ngày cấp", "ອອກວັນທີ", "Issued"]),
    ("certificate.download", ["Tải chứng thư (PEM)", "ດາວໂຫຼດໃບຢັ້ງຢືນ (PEM)", "Download certificate (PEM)"]),
    ("certificate.fingerprint", ["Giá trị băm SHA-256", "ລາຍນິ້ວມື SHA-256", "SHA-256 fingerprint"]),
    ("certificate.issuer", ["Cơ quan cấp", "ຜູ້ອອກ", "Issuer"]),
    ("certificate.names", ["Cấp cho", "ອອກໃຫ້", "Whom it names"]),
    ("certificate.pem", ["Chứng thư dạng văn bản (PEM)", "ໃບຢັ້ງຢືນເປັນຂໍ້ຄວາມ (PEM)", "The certificate as text (PEM)"]),
    ("certificate.profile", ["Loại chứng thư", "ປະເພດໃບຢັ້ງຢືນ", "Profile"]),
    ("certificate.says", ["Nội dung chứng thư", "ເນື້ອໃນໃບຢັ້ງຢືນ", "What it says"]),
    ("certificate.serial", ["Số sê-ri", "ເລກລຳດັບ", "Serial number"]),
    ("certificate.status", ["Trạng thái", "ສະຖານະ", "Status"]),
    ("certificate.subject", ["Chủ thể", "ຜູ້ຖື", "Subject"]),
    ("certificate.until", ["Hết hạn", "ໝົດອາຍຸ", "Expires"]),
    (
        "issued.text",
        [
            "Tải chứng thư và gửi cho người yêu cầu. Chứng thư có hiệu lực ngay.",
            "ດາວໂຫຼດໃບຢັ້ງຢືນ ແລ້ວສົ່ງໃຫ້ຜູ້ຂໍ. ໃຊ້ໄດ້ທັນທີ.",
            "Download it and send it to the applicant. It is valid from now on.",
        ],
    ),
    ("issued.title", ["Đã cấp chứng thư", "ອອກໃບຢັ້ງຢືນແລ້ວ", "The certificate is issued"]),
    ("revoke.button", ["Thu hồi chứng thư", "ຖອນໃບຢັ້ງຢືນ", "Revoke the certificate"]),
    (
        "revoke.confirm",
        [
            "Tôi hiểu rằng không thể hoàn tác việc thu hồi.",
            "ຂ້າພະເຈົ້າເຂົ້າໃຈວ່າການຖອນບໍ່ສາມາດຍົກເລີກໄດ້.",
            "I understand that this cannot be undone.",
        ],
    ),
    (
        "revoke.done",
        [
            "Chứng thư này đã bị thu hồi; không thể hoàn tác.",
            "ໃບຢັ້ງຢືນນີ້ຖືກຖອນແລ້ວ; ຍົກເລີກບໍ່ໄດ້.",
            "It is revoked; that cannot be undone.",
        ],
    ),
    (
        "revoke.graver",
        [
            "Chứng thư này đã bị thu hồi; không thể hoàn tác. Nếu sau đó biết rằng khóa bí mật đã lộ, hãy ghi điều đó ở đây; thời điểm thu hồi giữ nguyên.",
            "ໃບຢັ້ງຢືນນີ້ຖືກຖອນແລ້ວ; ຍົກເລີກບໍ່ໄດ້. ຖ້າຮູ້ພາຍຫຼັງວ່າກະແຈລັບຮົ່ວໄຫຼ, ໃຫ້ບັນທຶກໄວ້ບ່ອນນີ້; ເວລາຖອນບໍ່ປ່ຽນ.",
            "It is revoked; that cannot be undone. If it turned out since that others know its key, say so here; the time of the revocation stays.",
        ],
    ),
    ("revoke.graver.button", ["Ghi lý do nghiêm trọng hơn", "ບັນທຶກເຫດຜົນທີ່ຮ້າຍແຮງກວ່າ", "Give the graver reason"]),
    ("revoke.reason", ["Lý do", "ເຫດຜົນ", "Reason"]),
    (
        "revoke.text",
        [
            "OCSP và danh sách thu hồi báo ngay. Chữ ký có dấu thời gian trước lúc thu hồi vẫn có giá trị.",
            "OCSP ແລະ ບັນຊີການຖອນແຈ້ງທັນທີ. ລາຍເຊັນທີ່ປະທັບເວລາກ່ອນການຖອນຍັງມີຜົນ.",
            "OCSP and the revocation list say so at once. Signatures that were time-stamped before still count.",
        ],
    ),
    ("revoke.title", ["Thu hồi", "ການຖອນ", "Revocation"]),
    ("revoked.since", ["Đã thu hồi {time}: {reason}", "ຖອນແລ້ວ {time}: {reason}", "Revoked {time}: {reason}"]),
    (
        "revoked.text",
        ["Chứng thư không còn dùng được để ký.", "ໃບຢັ້ງຢືນນີ້ໃຊ້ເຊັນບໍ່ໄດ້ອີກ.", "It can no longer be used to sign."],
    ),
];
