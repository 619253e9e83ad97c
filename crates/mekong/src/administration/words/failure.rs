//! Texts: what went wrong, in pages and in answers of the API.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("failure.again.do", ["Hãy thử lại.", "ກະລຸນາລອງໃໝ່.", "Try again."]),
    ("failure.broke", ["Dữ liệu chưa đến đầy đủ", "ຂໍ້ມູນມາບໍ່ຄົບ", "What was sent did not come whole"]),
    ("failure.broken", ["Máy này gặp sự cố", "ເຄື່ອງນີ້ມີບັນຫາ", "This machine failed"]),
    (
        "failure.broken.do",
        [
            "Sự cố đã được ghi lại. Hãy báo cho người vận hành.",
            "ບັນຫາຖືກບັນທຶກແລ້ວ. ແຈ້ງຜູ້ດຳເນີນງານ.",
            "The fault has been logged. Tell the operator.",
        ],
    ),
    ("failure.changed", ["Đã có người thay đổi trước", "ມີຄົນປ່ຽນກ່ອນແລ້ວ", "Somebody changed it before you"]),
    (
        "failure.changed.do",
        [
            "Hãy xem lại trạng thái hiện tại rồi thay đổi.",
            "ເບິ່ງສະພາບປັດຈຸບັນຄືນໃໝ່ ແລ້ວຈຶ່ງປ່ຽນ.",
            "Look at it again, then change it.",
        ],
    ),
    ("failure.declaration", ["Không hiểu được bản khai báo", "ບໍ່ເຂົ້າໃຈໃບປະກາດ", "The declaration cannot be understood"]),
    ("failure.declaration.do", ["Hãy sửa chỗ được nêu.", "ແກ້ບ່ອນທີ່ລະບຸ.", "Mend the place that is named."]),
    ("failure.exists", ["Đã có rồi", "ມີຢູ່ແລ້ວ", "It is there already"]),
    (
        "failure.exists.do",
        [
            "Hãy kiểm tra tên, hoặc sửa cái đang có.",
            "ກວດຊື່ ຫຼື ແກ້ອັນທີ່ມີ.",
            "Check the name, or change the one that is there.",
        ],
    ),
    ("failure.foreign", ["Yêu cầu đến từ trang khác", "ຄຳຂໍມາຈາກໜ້າອື່ນ", "This comes from a page of somebody else's"]),
    (
        "failure.foreign.do",
        [
            "Chỉ trang của cổng này được thay đổi. Hãy mở lại từ trang tổng quan.",
            "ສະເພາະໜ້າຂອງປະຕູນີ້ປ່ຽນໄດ້. ເປີດຄືນຈາກໜ້າລວມ.",
            "Only pages of this administration change something. Begin again at the overview.",
        ],
    ),
    ("failure.form", ["Không đọc được biểu mẫu", "ອ່ານແບບຟອມບໍ່ໄດ້", "The form cannot be read"]),
    ("failure.invalid", ["Giá trị không đúng", "ຄ່າບໍ່ຖືກຕ້ອງ", "A value is not what it must be"]),
    ("failure.json", ["Không đọc được JSON", "ອ່ານ JSON ບໍ່ໄດ້", "The JSON cannot be read"]),
    (
        "failure.json.do",
        [
            "Hãy xem mô tả API tại /api/v1/openapi.json.",
            "ເບິ່ງຄຳອະທິບາຍ API ທີ່ /api/v1/openapi.json.",
            "See the description of the API at /api/v1/openapi.json.",
        ],
    ),
    (
        "failure.key",
        [
            "Khóa lặp lại đã dùng cho việc khác",
            "ກະແຈຊ້ຳຖືກໃຊ້ກັບອັນອື່ນແລ້ວ",
            "The idempotency key was used for something else",
        ],
    ),
    (
        "failure.key.do",
        ["Hãy dùng khóa mới cho yêu cầu mới.", "ໃຊ້ກະແຈໃໝ່ສຳລັບຄຳຂໍໃໝ່.", "Use a new key for a new request."],
    ),
    ("failure.limit", ["Quá nhiều", "ຫຼາຍເກີນໄປ", "There would be too much of it"]),
    ("failure.limit.do", ["Hãy bỏ bớt những gì không còn dùng.", "ລຶບສິ່ງທີ່ບໍ່ໃຊ້ແລ້ວ.", "Remove what is not needed."]),
    ("failure.locked", ["Chưa biết bạn là ai", "ບໍ່ຮູ້ວ່າທ່ານແມ່ນໃຜ", "It is not known who asks"]),
    (
        "failure.locked.do",
        [
            "Hãy gửi mã thông báo: Authorization: Bearer.",
            "ສົ່ງໂທເຄັນ: Authorization: Bearer.",
            "Present a token: Authorization: Bearer TOKEN. `mekong gateway token` makes one.",
        ],
    ),
    ("failure.method", ["Phương thức này không dùng được ở đây", "ໃຊ້ວິທີນີ້ບໍ່ໄດ້", "That place does not take this method"]),
    ("failure.not_found", ["Không có mục này", "ບໍ່ມີລາຍການນີ້", "There is no such thing"]),
    ("failure.not_found.do", ["Hãy kiểm tra tên hoặc địa chỉ.", "ກວດຊື່ ຫຼື ທີ່ຢູ່.", "Check the name or the address."]),
    ("failure.not_yet", ["Chưa thể thực hiện", "ຍັງເຮັດບໍ່ໄດ້", "It cannot be done yet"]),
    (
        "failure.not_yet.do",
        [
            "Cổng đang khởi động, hoặc thông điệp còn chờ dấu thời gian: hãy thử lại sau một phút.",
            "ປະຕູກຳລັງເລີ່ມ ຫຼື ຂໍ້ຄວາມຍັງລໍຖ້າເຄື່ອງໝາຍເວລາ: ລອງໃໝ່ໃນອີກໜຶ່ງນາທີ.",
            "The gateway is starting, or the message waits for its time-stamp: try again in a minute.",
        ],
    ),
    ("failure.parameter", ["Tham số không đúng", "ຕົວປ່ຽນບໍ່ຖືກຕ້ອງ", "A parameter is not what it must be"]),
    ("failure.parameter.do", ["Hãy sửa giá trị được nêu.", "ແກ້ຄ່າທີ່ລະບຸ.", "Mend the value that is named."]),
    ("failure.permitted", ["Bạn không được phép làm việc này", "ທ່ານບໍ່ມີສິດເຮັດສິ່ງນີ້", "You may not do this"]),
    (
        "failure.permitted.do",
        [
            "Người quản trị hệ thống có thể cấp vai trò. Lần thử này đã được ghi lại.",
            "ຜູ້ບໍລິຫານລະບົບໃຫ້ບົດບາດໄດ້. ຄັ້ງນີ້ຖືກບັນທຶກໄວ້.",
            "A system administrator can give you the role. This attempt has been recorded.",
        ],
    ),
    (
        "failure.session",
        ["Phiên này không mở được phiên khác", "ການເຂົ້າລະບົບນີ້ເປີດອັນໃໝ່ບໍ່ໄດ້", "A session does not begin another"],
    ),
    (
        "failure.session.do",
        [
            "Hãy đăng nhập lại bằng mã thông báo.",
            "ເຂົ້າສູ່ລະບົບຄືນໃໝ່ດ້ວຍໂທເຄັນ.",
            "Ask with a token, Authorization: Bearer TOKEN (`mekong gateway enter` does), or sign in with one again.",
        ],
    ),
    ("failure.title", ["Không thực hiện được", "ເຮັດບໍ່ໄດ້", "That did not work"]),
    ("failure.too_large", ["Quá lớn", "ໃຫຍ່ເກີນໄປ", "That is too large"]),
    ("failure.too_large.do", ["Hãy gửi ít hơn 8 MB.", "ສົ່ງໜ້ອຍກວ່າ 8 MB.", "Send less than 8 MB."]),
    ("failure.user", ["Người dùng khác của máy này", "ຜູ້ໃຊ້ອື່ນຂອງເຄື່ອງນີ້", "Another user of this machine asks"]),
    (
        "failure.user.do",
        [
            "Chỉ người chạy cổng được kết nối.",
            "ສະເພາະຜູ້ທີ່ເປີດປະຕູເຊື່ອມຕໍ່ໄດ້.",
            "Only the user who runs the node may connect, unless node.toml says console_other_users = true.",
        ],
    ),
];
