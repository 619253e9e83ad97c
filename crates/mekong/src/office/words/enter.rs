//! Texts: the sign-in page.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("enter.button", ["Vào", "ເຂົ້າ", "Enter"]),
    ("enter.code", ["Mã vào", "ລະຫັດເຂົ້າ", "Entry code"]),
    (
        "enter.lead",
        [
            "Mở địa chỉ mà lệnh «mekong ca console» đã in ra, hoặc nhập mã trong địa chỉ đó.",
            "ເປີດທີ່ຢູ່ທີ່ຄຳສັ່ງ «mekong ca console» ພິມອອກມາ ຫຼື ປ້ອນລະຫັດໃນທີ່ຢູ່ນັ້ນ.",
            "Open the address that “mekong ca console” printed, or give the code that is in it.",
        ],
    ),
    ("enter.title", ["Phòng đăng ký đang khóa", "ຫ້ອງລົງທະບຽນລັອກຢູ່", "The registration office is locked"]),
    ("enter.wrong", ["Mã này không dùng được", "ໃຊ້ລະຫັດນີ້ບໍ່ໄດ້", "That code does not let in"]),
    (
        "enter.wrong.do",
        [
            "Mỗi mã chỉ dùng được một lần, trong 15 phút. Nhấn Enter ở cửa sổ lệnh để có mã mới.",
            "ແຕ່ລະລະຫັດໃຊ້ໄດ້ເທື່ອດຽວ ພາຍໃນ 15 ນາທີ. ກົດ Enter ໃນໜ້າຕ່າງຄຳສັ່ງເພື່ອຂໍລະຫັດໃໝ່.",
            "Each code works once, within 15 minutes. Press Enter where the command runs for a new one.",
        ],
    ),
];
