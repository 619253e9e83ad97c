//! Texts: what several pages say.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("action", ["Thao tác", "ດຳເນີນການ", "Action"]),
    ("back", ["Quay lại", "ກັບຄືນ", "Back"]),
    ("confirm.button", ["Xác nhận và thực hiện", "ຢືນຢັນ ແລະ ດຳເນີນການ", "Confirm and do it"]),
    (
        "confirm.lead",
        [
            "Chưa có gì thay đổi. Hãy kiểm tra rồi xác nhận.",
            "ຍັງບໍ່ມີຫຍັງປ່ຽນ. ກະລຸນາກວດເບິ່ງ ແລ້ວຢືນຢັນ.",
            "Nothing is changed yet. Check it, then confirm.",
        ],
    ),
    ("continue", ["Tiếp tục", "ສືບຕໍ່", "Continue"]),
    (
        "done.position",
        [
            "Đã ghi vào nhật ký kiểm toán, dòng {position}.",
            "ບັນທຶກໄວ້ໃນບັນທຶກການກວດສອບ ແຖວ {position}.",
            "It stands in the audit log at {position}.",
        ],
    ),
    ("done.title", ["Đã thực hiện", "ສຳເລັດແລ້ວ", "Done"]),
    ("footer", ["Mọi thay đổi đều được ghi lại.", "ທຸກການປ່ຽນແປງຖືກບັນທຶກໄວ້.", "Every change is recorded."]),
    ("nav.audit", ["Nhật ký", "ບັນທຶກ", "Audit log"]),
    ("nav.events", ["Sự kiện", "ເຫດການ", "Events"]),
    ("nav.explain", ["Giải thích", "ອະທິບາຍ", "Explain"]),
    ("nav.keys", ["Khóa và chứng thư", "ກະແຈ ແລະ ໃບຢັ້ງຢືນ", "Keys and certificates"]),
    ("nav.messages", ["Thông điệp", "ຂໍ້ຄວາມ", "Messages"]),
    ("nav.overview", ["Tổng quan", "ພາບລວມ", "Overview"]),
    ("nav.users", ["Người dùng", "ຜູ້ໃຊ້", "Users"]),
    ("no", ["Không", "ບໍ່", "No"]),
    ("role.auditor", ["Kiểm toán viên: chỉ xem", "ຜູ້ກວດສອບ: ເບິ່ງເທົ່ານັ້ນ", "Auditor: sees everything, changes nothing"]),
    (
        "role.registrar",
        [
            "Người đăng ký: phân hệ, dịch vụ, quyền",
            "ຜູ້ລົງທະບຽນ: ລະບົບຍ່ອຍ, ບໍລິການ, ສິດ",
            "Registrar: subsystems, services, rights",
        ],
    ),
    (
        "role.security_officer",
        ["Cán bộ an ninh: kết nối, khóa", "ເຈົ້າໜ້າທີ່ຄວາມປອດໄພ: ການເຊື່ອມຕໍ່, ກະແຈ", "Security officer: connections, keys"],
    ),
    ("role.system_administrator", ["Quản trị hệ thống: người dùng", "ຜູ້ບໍລິຫານລະບົບ: ຜູ້ໃຊ້", "System administrator: users"]),
    ("yes", ["Có", "ແມ່ນ", "Yes"]),
];
