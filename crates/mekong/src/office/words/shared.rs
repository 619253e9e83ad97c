//! Texts: what several pages say.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("back", ["Quay lại", "ກັບຄືນ", "Back"]),
    (
        "footer",
        ["Phòng đăng ký: chỉ trên máy này.", "ຫ້ອງລົງທະບຽນ: ສະເພາະເຄື່ອງນີ້.", "Registration office: on this machine only."],
    ),
    ("nav.certificates", ["Chứng thư", "ໃບຢັ້ງຢືນ", "Certificates"]),
    ("nav.issue", ["Cấp chứng thư", "ອອກໃບຢັ້ງຢືນ", "Issue"]),
    ("nav.lists", ["Danh sách thu hồi", "ບັນຊີການຖອນ", "Revocation list"]),
    ("nav.overview", ["Tổng quan", "ພາບລວມ", "Overview"]),
    ("own.authentication", ["Xác thực máy chủ", "ຢືນຢັນເຊີບເວີ", "Authentication"]),
    ("own.issuing_ca", ["Cơ quan cấp", "ອົງການອອກ", "Issuing authority"]),
    ("own.ocsp_responder", ["Trả lời trạng thái (OCSP)", "ຕອບສະຖານະ (OCSP)", "Status responder (OCSP)"]),
    ("own.root_ca", ["Gốc", "ຮາກ", "Root"]),
    ("own.signing", ["Ký thông điệp", "ເຊັນຂໍ້ຄວາມ", "Message signing"]),
    ("own.time_stamping", ["Cấp dấu thời gian", "ປະທັບເວລາ", "Time-stamping"]),
    ("own.which", ["Chứng thư", "ໃບຢັ້ງຢືນ", "Certificate"]),
    (
        "reason.affiliation_changed",
        ["Tên hoặc quan hệ công tác thay đổi", "ຊື່ ຫຼື ສັງກັດປ່ຽນ", "Name or affiliation changed"],
    ),
    ("reason.cessation_of_operation", ["Không còn dùng nữa", "ບໍ່ໃຊ້ອີກແລ້ວ", "No longer needed"]),
    (
        "reason.key_compromise",
        ["Khóa bí mật bị lộ hoặc bị mất", "ກະແຈລັບຮົ່ວໄຫຼ ຫຼື ເສຍ", "The private key is known to others, or lost"],
    ),
    ("reason.privilege_withdrawn", ["Bị rút quyền", "ຖືກຖອນສິດ", "The right to it was withdrawn"]),
    ("reason.superseded", ["Đã thay bằng chứng thư khác", "ມີໃບອື່ນແທນແລ້ວ", "Another certificate takes its place"]),
    ("reason.unspecified", ["Không nêu lý do", "ບໍ່ລະບຸເຫດຜົນ", "Not said"]),
    ("status.expired", ["Hết hạn", "ໝົດອາຍຸ", "Expired"]),
    ("status.expiring", ["Sắp hết hạn", "ໃກ້ໝົດອາຍຸ", "Expires soon"]),
    ("status.not_yet_valid", ["Chưa có hiệu lực", "ຍັງບໍ່ມີຜົນ", "Not yet valid"]),
    ("status.revoked", ["Đã thu hồi", "ຖືກຖອນ", "Revoked"]),
    ("status.valid", ["Có hiệu lực", "ໃຊ້ໄດ້", "Valid"]),
];
