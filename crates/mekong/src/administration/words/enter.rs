//! Texts: the sign-in page.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("enter.button", ["Đăng nhập", "ເຂົ້າສູ່ລະບົບ", "Sign in"]),
    (
        "enter.lead",
        [
            "Nhập mã thông báo của bạn, hoặc mở địa chỉ mà lệnh «mekong gateway enter» in ra.",
            "ປ້ອນໂທເຄັນຂອງທ່ານ ຫຼື ເປີດທີ່ຢູ່ທີ່ຄຳສັ່ງ «mekong gateway enter» ພິມອອກ.",
            "Give your token, or open the address that “mekong gateway enter” prints.",
        ],
    ),
    ("enter.title", ["Quản trị cổng", "ການບໍລິຫານປະຕູ", "Administration of a gateway"]),
    ("enter.token", ["Mã thông báo", "ໂທເຄັນ", "Token"]),
    (
        "enter.token.hint",
        ["Mã thông báo thay cho mật khẩu.", "ໂທເຄັນໃຊ້ແທນລະຫັດຜ່ານ.", "Tokens take the place of passwords."],
    ),
    ("enter.wrong", ["Mã này không dùng được", "ໃຊ້ອັນນີ້ບໍ່ໄດ້", "That does not let in"]),
    (
        "enter.wrong.do",
        [
            "Mã đã hết hạn, đã bị hủy, hoặc địa chỉ đã được mở rồi. Hãy xin mã mới ở người quản trị hệ thống.",
            "ໝົດອາຍຸ, ຖືກຍົກເລີກ ຫຼື ທີ່ຢູ່ຖືກເປີດແລ້ວ. ຂໍອັນໃໝ່ຈາກຜູ້ບໍລິຫານລະບົບ.",
            "It has ended, or the address was opened before. Ask the system administrator for a new one.",
        ],
    ),
];
