//! Texts: the list of certificates.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("certificates.found", ["Tìm thấy {n} chứng thư", "ພົບ {n} ໃບຢັ້ງຢືນ", "{n} certificates found"]),
    ("certificates.title", ["Chứng thư đã cấp", "ໃບຢັ້ງຢືນທີ່ອອກແລ້ວ", "Certificates issued"]),
    ("pages.here", ["Trang {page} trên {pages}", "ໜ້າ {page} ໃນ {pages}", "Page {page} of {pages}"]),
    ("pages.newer", ["Mới hơn", "ໃໝ່ກວ່າ", "Newer"]),
    ("pages.older", ["Cũ hơn", "ເກົ່າກວ່າ", "Older"]),
    ("search.any", ["Tất cả", "ທັງໝົດ", "All"]),
    ("search.button", ["Tìm", "ຊອກຫາ", "Search"]),
    ("search.words", ["Tên, mã số hoặc số sê-ri", "ຊື່, ລະຫັດ ຫຼື ເລກລຳດັບ", "Name, identifier or serial number"]),
];
