//! Texts: the revocation lists.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("lists.current", ["Danh sách hiện hành", "ບັນຊີປັດຈຸບັນ", "The list that stands"]),
    ("lists.download", ["Tải danh sách (DER)", "ດາວໂຫຼດບັນຊີ (DER)", "Download the list (DER)"]),
    ("lists.entries", ["Số chứng thư bị thu hồi", "ຈຳນວນໃບຢັ້ງຢືນທີ່ຖືກຖອນ", "Revoked certificates on it"]),
    ("lists.good", ["Còn hiệu lực", "ຍັງໃຊ້ໄດ້", "Good"]),
    ("lists.late", ["Quá hạn", "ເກີນກຳນົດ", "Overdue"]),
    (
        "lists.lead",
        [
            "Ai kiểm tra chữ ký cũng xem trong danh sách này chứng thư nào bị thu hồi.",
            "ຜູ້ກວດລາຍເຊັນເບິ່ງໃນບັນຊີນີ້ວ່າໃບຢັ້ງຢືນໃດຖືກຖອນ.",
            "Whoever checks a signature sees in it which certificates are revoked.",
        ],
    ),
    ("lists.made", ["Lập lúc", "ເຮັດເມື່ອ", "Made"]),
    ("lists.number", ["Số", "ເລກທີ", "Number"]),
    ("lists.published", ["Công bố tại", "ເຜີຍແຜ່ທີ່", "Published at"]),
    ("lists.renew", ["Lập danh sách mới ngay", "ເຮັດບັນຊີໃໝ່ດຽວນີ້", "Issue a new list now"]),
    (
        "lists.renew.text",
        [
            "Danh sách mới tự được lập khi có thu hồi và khi hết nửa thời hạn. Lập ngay nếu nơi công bố cần thời hạn dài hơn.",
            "ບັນຊີໃໝ່ຖືກເຮັດເອງເມື່ອມີການຖອນ ແລະ ເມື່ອໝົດເຄິ່ງອາຍຸ. ເຮັດດຽວນີ້ຖ້າບ່ອນເຜີຍແຜ່ຕ້ອງການອາຍຸຍາວກວ່າ.",
            "A new list is made by itself when something is revoked, and when half of its life is over. Make one now if it is carried somewhere by hand.",
        ],
    ),
    ("lists.renewed", ["Tự lập lại từ", "ເຮັດໃໝ່ເອງຕັ້ງແຕ່", "Made anew by itself from"]),
    ("lists.title", ["Danh sách thu hồi", "ບັນຊີການຖອນ", "Revocation list"]),
    ("lists.until", ["Danh sách kế tiếp chậm nhất", "ບັນຊີຕໍ່ໄປຊ້າສຸດ", "Next update at the latest"]),
];
