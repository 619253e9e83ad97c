//! Texts: a change before it is confirmed.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("change.several", ["Nhiều thay đổi", "ຫຼາຍການປ່ຽນແປງ", "Several changes"]),
    (
        "warn.key.disable",
        [
            "Cổng không dùng chứng thư này nữa cho đến khi được dùng lại. Chữ ký cũ vẫn có giá trị cho đến khi chứng thư bị thu hồi.",
            "ປະຕູຈະບໍ່ໃຊ້ໃບຢັ້ງຢືນນີ້ຈົນກວ່າຈະໃຊ້ຄືນ. ລາຍເຊັນເກົ່າຍັງມີຜົນຈົນກວ່າໃບຢັ້ງຢືນຈະຖືກຖອນຄືນ.",
            "The gateway does not use it until it is put back. Signatures made with it count until it is revoked.",
        ],
    ),
    (
        "warn.rights",
        ["Các quyền gắn với nó cũng mất theo.", "ສິດທີ່ຕິດກັບມັນຈະຫາຍໄປນຳ.", "The rights that belong to it go with it."],
    ),
    (
        "warn.subsystem",
        [
            "Mọi dịch vụ, nhóm và quyền của phân hệ cũng mất theo. Hệ thống của nó không gọi được nữa.",
            "ທຸກບໍລິການ, ກຸ່ມ ແລະ ສິດຂອງມັນຈະຫາຍໄປນຳ. ລະບົບຂອງມັນຈະເອີ້ນບໍ່ໄດ້ອີກ.",
            "All its services, groups and rights go with it, and its systems can ask no longer.",
        ],
    ),
    (
        "warn.unknown",
        [
            "Danh bạ không có bên được cấp quyền này. Hãy kiểm tra mã định danh.",
            "ສາລະບານບໍ່ມີຜູ້ນີ້. ກວດຕົວລະບຸຄືນ.",
            "The directory does not know whom this right names. Check the identifier.",
        ],
    ),
    (
        "warn.unregistered",
        [
            "Phân hệ chưa được đăng ký ở cổng này trong danh bạ: thông điệp của nó bị từ chối cho đến lúc đó.",
            "ລະບົບຍ່ອຍຍັງບໍ່ໄດ້ລົງທະບຽນຢູ່ປະຕູນີ້: ຂໍ້ຄວາມຈະຖືກປະຕິເສດຈົນກວ່າຈະລົງທະບຽນ.",
            "The directory does not have it at this gateway: its messages are refused until it is registered.",
        ],
    ),
    (
        "warn.user",
        [
            "Mọi mã thông báo của người này hết hiệu lực ngay.",
            "ໂທເຄັນທັງໝົດຂອງຜູ້ນີ້ໝົດຜົນທັນທີ.",
            "All tokens of this user end at once.",
        ],
    ),
    (
        "warn.whole",
        [
            "Quyền này cho gọi mọi phương thức và đường dẫn của dịch vụ.",
            "ສິດນີ້ໃຫ້ເອີ້ນທຸກວິທີ ແລະ ທຸກເສັ້ນທາງຂອງບໍລິການ.",
            "This right is for every method and path of the service.",
        ],
    ),
];
