//! Texts: the page of users and tokens, and its forms.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("token.add", ["Tạo mã thông báo", "ສ້າງໂທເຄັນ", "Make a token"]),
    ("token.days", ["Hiệu lực (ngày)", "ໃຊ້ໄດ້ (ມື້)", "Good for days"]),
    (
        "token.days.hint",
        ["1 đến 3660; để trống: không hết hạn", "1 ຫາ 3660; ປະຫວ່າງ: ບໍ່ໝົດອາຍຸ", "1 to 3660; left empty, it does not end"],
    ),
    ("token.expires", ["Hết hạn", "ໝົດອາຍຸ", "Ends"]),
    ("token.label", ["Dùng để làm gì", "ໃຊ້ເພື່ອຫຍັງ", "What it is for"]),
    (
        "token.label.hint",
        ["Một dòng, ví dụ: máy tính của Anna", "ແຖວດຽວ, ເຊັ່ນ: ຄອມພິວເຕີຂອງ Anna", "One line, such as: Anna's browser"],
    ),
    ("token.never", ["Không hết hạn", "ບໍ່ໝົດອາຍຸ", "Never"]),
    ("token.number", ["Số", "ເລກ", "Number"]),
    ("token.once", ["Mã này chỉ hiện một lần", "ໂທເຄັນນີ້ສະແດງເທື່ອດຽວ", "This is shown once"]),
    (
        "token.once.do",
        ["Hãy cất mã vào nơi an toàn ngay bây giờ.", "ເກັບໄວ້ບ່ອນປອດໄພດຽວນີ້.", "Put it into a safe place now."],
    ),
    ("token.remove", ["Hủy mã thông báo", "ຍົກເລີກໂທເຄັນ", "End the token"]),
    ("token.secret", ["Mã thông báo", "ໂທເຄັນ", "The token"]),
    ("user.add", ["Thêm người dùng", "ເພີ່ມຜູ້ໃຊ້", "Add a user"]),
    ("user.change", ["Sửa vai trò", "ແກ້ບົດບາດ", "Change the roles"]),
    ("user.name", ["Người dùng", "ຜູ້ໃຊ້", "User"]),
    (
        "user.name.hint",
        ["Chữ không dấu, số, - _ . @", "ຕົວອັກສອນອັງກິດ, ຕົວເລກ, - _ . @", "Letters a to z, digits, - _ . @"],
    ),
    (
        "user.no_roles",
        ["Không có vai trò: không được làm gì.", "ບໍ່ມີບົດບາດ: ເຮັດຫຍັງບໍ່ໄດ້.", "Without a role: may do nothing."],
    ),
    (
        "user.no_tokens",
        ["Chưa có mã thông báo: chưa đăng nhập được.", "ຍັງບໍ່ມີໂທເຄັນ: ຍັງເຂົ້າລະບົບບໍ່ໄດ້.", "No tokens: cannot sign in yet."],
    ),
    ("user.remove", ["Xóa người dùng", "ລຶບຜູ້ໃຊ້", "Remove the user"]),
    ("user.roles", ["Vai trò", "ບົດບາດ", "Roles"]),
    ("user.tokens", ["Mã thông báo", "ໂທເຄັນ", "Tokens"]),
    (
        "users.lead",
        [
            "Ai quản trị cổng này. Không có vai trò thì không được làm gì.",
            "ໃຜບໍລິຫານປະຕູນີ້. ບໍ່ມີບົດບາດກໍເຮັດຫຍັງບໍ່ໄດ້.",
            "Who administers this gateway. Without a role nobody may do anything.",
        ],
    ),
    (
        "users.none",
        [
            "Chưa có người dùng nào; người vận hành máy này làm mọi việc.",
            "ຍັງບໍ່ມີຜູ້ໃຊ້; ຜູ້ດຳເນີນງານເຄື່ອງນີ້ເຮັດທຸກຢ່າງ.",
            "There are no users yet; the operator of this machine does everything.",
        ],
    ),
    ("users.title", ["Người dùng", "ຜູ້ໃຊ້", "Users"]),
];
