//! Texts: the audit log.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("audit.any", ["Tất cả", "ທັງໝົດ", "All"]),
    ("audit.at", ["Thời gian", "ເວລາ", "When"]),
    ("audit.done", ["Đã thực hiện", "ສຳເລັດ", "Done"]),
    (
        "audit.lead",
        [
            "Mọi thay đổi và mọi lần bị từ chối. Không ai sửa hay xóa được.",
            "ທຸກການປ່ຽນແປງ ແລະ ທຸກຄັ້ງທີ່ຖືກປະຕິເສດ. ບໍ່ມີໃຜແກ້ ຫຼື ລຶບໄດ້.",
            "Every change, and every attempt that was refused. Nobody can alter or remove a line.",
        ],
    ),
    ("audit.nobody", ["Không rõ", "ບໍ່ຮູ້ຈັກ", "Unknown"]),
    ("audit.none", ["Không có dòng nào.", "ບໍ່ມີລາຍການ.", "There are no such lines."]),
    ("audit.not_permitted", ["Không có vai trò cho phép", "ບໍ່ມີບົດບາດທີ່ອະນຸຍາດ", "No role of theirs permits it"]),
    ("audit.older", ["Cũ hơn", "ເກົ່າກວ່າ", "Older"]),
    ("audit.outcome", ["Kết quả", "ຜົນ", "Outcome"]),
    ("audit.refused", ["Bị từ chối", "ຖືກປະຕິເສດ", "Refused"]),
    ("audit.search", ["Lọc", "ກັ່ນຕອງ", "Filter"]),
    ("audit.text", ["Có chữ", "ມີຄຳວ່າ", "Has the text"]),
    ("audit.title", ["Nhật ký kiểm toán", "ບັນທຶກການກວດສອບ", "Audit log"]),
    ("audit.what", ["Việc gì", "ແມ່ນຫຍັງ", "What"]),
    ("audit.who", ["Ai", "ໃຜ", "Who"]),
    ("event.drop", ["Bỏ một sự kiện", "ຖິ້ມເຫດການ", "An event was dropped"]),
    ("event.evidence", ["Đã tải bằng chứng", "ດາວໂຫຼດຫຼັກຖານ", "Evidence downloaded"]),
    (
        "event.invitation",
        ["Xin địa chỉ để đăng nhập", "ຂໍທີ່ຢູ່ເພື່ອເຂົ້າສູ່ລະບົບ", "An address that lets a browser in was asked for"],
    ),
    ("event.key_begun", ["Bắt đầu việc với khóa", "ເລີ່ມວຽກກັບກະແຈ", "Work on keys was begun"]),
    ("event.refused", ["Yêu cầu bị từ chối", "ຄຳຂໍຖືກປະຕິເສດ", "A request was refused"]),
    ("event.replay", ["Chuyển lại sự kiện", "ສົ່ງເຫດການຄືນໃໝ່", "Deliver events again"]),
    ("event.sign_in", ["Đăng nhập", "ເຂົ້າສູ່ລະບົບ", "Sign in"]),
    ("event.sign_out", ["Đăng xuất", "ອອກຈາກລະບົບ", "Sign out"]),
    ("event.superseded", ["Thay đổi không có hiệu lực", "ການປ່ຽນແປງບໍ່ມີຜົນ", "A change has no effect"]),
    ("event.unrecorded", ["Nhiều lần bị từ chối khác", "ຖືກປະຕິເສດອີກຫຼາຍຄັ້ງ", "More attempts were refused"]),
];
