//! Texts: the overview.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("account.operator", ["Người vận hành máy này", "ຜູ້ດຳເນີນງານເຄື່ອງນີ້", "The operator of this machine"]),
    ("account.title", ["Bạn", "ທ່ານ", "You"]),
    ("account.user", ["Đã đăng nhập", "ເຂົ້າສູ່ລະບົບເປັນ", "Signed in as"]),
    ("callers.addresses", ["Chỉ từ các địa chỉ này", "ຈາກທີ່ຢູ່ເຫຼົ່ານີ້ເທົ່ານັ້ນ", "From these addresses only"]),
    ("callers.addresses.hint", ["Mỗi dòng một địa chỉ IP", "ທີ່ຢູ່ IP ແຖວລະອັນ", "IP addresses, one a line"]),
    (
        "callers.anyone",
        ["Từ mọi hệ thống tới được cổng", "ຈາກທຸກລະບົບທີ່ເຂົ້າເຖິງປະຕູ", "From every system that reaches the gateway"],
    ),
    ("callers.nobody", ["Không từ đâu cả", "ບໍ່ຮັບຈາກບ່ອນໃດ", "From nowhere"]),
    ("gateway.down", ["Cổng đang tắt", "ປະຕູປິດຢູ່", "The gateway is switched off"]),
    ("gateway.refusing", ["Cổng đang từ chối thông điệp", "ປະຕູປະຕິເສດຂໍ້ຄວາມຢູ່", "The gateway refuses messages now"]),
    ("leave.button", ["Đăng xuất", "ອອກຈາກລະບົບ", "Sign out"]),
    ("overview.subsystems", ["Phân hệ được phục vụ", "ລະບົບຍ່ອຍທີ່ໃຫ້ບໍລິການ", "Subsystems served here"]),
    ("overview.title", ["Cổng này phục vụ gì", "ປະຕູນີ້ໃຫ້ບໍລິການຫຍັງ", "What this gateway serves"]),
    ("tile.rights", ["Quyền", "ສິດ", "Rights"]),
    ("tile.services", ["Dịch vụ", "ບໍລິການ", "Services"]),
    ("tile.subsystems", ["Phân hệ", "ລະບົບຍ່ອຍ", "Subsystems"]),
    ("tile.users", ["Người dùng", "ຜູ້ໃຊ້", "Users"]),
];
