//! Texts: the overview.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("authority.issuer", ["Cơ quan cấp trong chứng thư", "ຜູ້ອອກໃນໃບຢັ້ງຢືນ", "Issuer in certificates"]),
    ("authority.name", ["Tên", "ຊື່", "Name"]),
    ("authority.tsa", ["Dịch vụ dấu thời gian", "ການບໍລິການປະທັບເວລາ", "Time-stamping service"]),
    ("leave.button", ["Rời phòng đăng ký", "ອອກຈາກຫ້ອງລົງທະບຽນ", "Leave the office"]),
    (
        "leave.text",
        [
            "Rời đi khi bạn không ở bên máy: người khác trên máy này sẽ không vào được.",
            "ອອກເມື່ອທ່ານບໍ່ຢູ່ໜ້າເຄື່ອງ: ຄົນອື່ນທີ່ໃຊ້ເຄື່ອງນີ້ຈະເຂົ້າບໍ່ໄດ້.",
            "Leave it when you leave the desk: then nobody else gets in on this machine.",
        ],
    ),
    ("leave.title", ["Kết thúc", "ສິ້ນສຸດ", "Leaving"]),
    ("overview.authority", ["Cơ quan cấp và dịch vụ", "ອົງການ ແລະ ການບໍລິການ", "Authority and services"]),
    ("overview.own", ["Chứng thư của cơ quan cấp", "ໃບຢັ້ງຢືນຂອງອົງການ", "The authority's own certificates"]),
    (
        "overview.own.renew",
        [
            "Chuẩn bị chứng thư mới với gốc trước khi hết hạn.",
            "ກະກຽມໃບຢັ້ງຢືນໃໝ່ກັບຮາກກ່ອນໝົດອາຍຸ.",
            "Prepare the next one with the root before it ends.",
        ],
    ),
    ("overview.title", ["Phòng đăng ký", "ຫ້ອງລົງທະບຽນ", "Registration office"]),
    ("tile.expired", ["Hết hạn", "ໝົດອາຍຸ", "Expired"]),
    ("tile.expiring", ["Sắp hết hạn", "ໃກ້ໝົດອາຍຸ", "Expire soon"]),
    ("tile.expiring.note", ["trong 30 ngày", "ພາຍໃນ 30 ມື້", "within 30 days"]),
    ("tile.revoked", ["Đã thu hồi", "ຖືກຖອນ", "Revoked"]),
    ("tile.valid", ["Có hiệu lực", "ໃຊ້ໄດ້", "Valid"]),
];
