//! The texts of the validator: key, then Vietnamese, Lao, English. Sorted by key.

use mekong_web::catalogue::Catalogue;

/// All of them.
pub(super) const WORDS: Catalogue = Catalogue::new(&[TEXTS]);

const TEXTS: &[(&str, [&str; 3])] = &[
    ("about.api", ["Dành cho phần mềm", "ສຳລັບໂປຣແກຣມ", "For programs"]),
    ("about.lists", ["Danh sách tin cậy", "ບັນຊີທີ່ເຊື່ອຖືໄດ້", "Trusted lists"]),
    (
        "about.no_lists",
        ["Không có: không kiểm tra việc công nhận", "ບໍ່ມີ: ບໍ່ກວດສອບການຮັບຮູ້", "None: recognition is not checked"],
    ),
    ("about.policy", ["Chính sách kiểm tra", "ນະໂຍບາຍການກວດສອບ", "Validation policy"]),
    ("about.sequence", ["số", "ເລກທີ", "number"]),
    ("about.title", ["Kết quả dựa trên", "ຜົນກວດສອບອີງໃສ່", "What verdicts rest on"]),
    ("again", ["Kiểm tra tệp khác", "ກວດສອບໄຟລ໌ອື່ນ", "Check another file"]),
    ("detail", ["Báo cáo kỹ thuật (JSON)", "ບົດລາຍງານເຕັກນິກ (JSON)", "Technical report (JSON)"]),
    ("failure.broke", ["Tệp chưa được gửi đến đầy đủ", "ໄຟລ໌ສົ່ງມາບໍ່ຄົບ", "The file did not come whole"]),
    (
        "failure.broken",
        [
            "Máy chủ gặp sự cố, vui lòng thử lại sau",
            "ເຊີບເວີມີບັນຫາ, ກະລຸນາລອງໃໝ່ພາຍຫຼັງ",
            "The server failed: try again later",
        ],
    ),
    (
        "failure.busy",
        [
            "Đang bận, vui lòng thử lại sau vài giây",
            "ກຳລັງບໍ່ວ່າງ, ກະລຸນາລອງໃໝ່ໃນອີກສອງສາມວິນາທີ",
            "Busy at the moment: try again in a few seconds",
        ],
    ),
    ("failure.form", ["Không đọc được biểu mẫu", "ອ່ານແບບຟອມບໍ່ໄດ້", "The form cannot be read"]),
    (
        "failure.limit",
        [
            "Tệp này cần nhiều tài nguyên hơn mức cho phép",
            "ໄຟລ໌ນີ້ຕ້ອງໃຊ້ຊັບພະຍາກອນເກີນກຳນົດ",
            "Reading this file takes more than is given to any",
        ],
    ),
    (
        "failure.method",
        ["Địa chỉ này không nhận yêu cầu kiểu đó", "ທີ່ຢູ່ນີ້ບໍ່ຮັບຄຳຮ້ອງແບບນັ້ນ", "This address does not take that method"],
    ),
    ("failure.no_document", ["Chưa có tệp nào được gửi", "ບໍ່ມີໄຟລ໌ສົ່ງມາ", "No document was sent"]),
    (
        "failure.no_signature",
        ["Không tìm thấy chữ ký trong tệp này", "ບໍ່ພົບລາຍເຊັນໃນໄຟລ໌ນີ້", "There is no signature in this file"],
    ),
    ("failure.not_found", ["Không có trang này", "ບໍ່ມີໜ້ານີ້", "There is no such page"]),
    ("failure.parameter", ["Tham số không đúng", "ຕົວກຳນົດບໍ່ຖືກຕ້ອງ", "A parameter is not what it must be"]),
    (
        "failure.too_large",
        [
            "Tệp lớn hơn 64 MiB, máy chủ không nhận",
            "ໄຟລ໌ໃຫຍ່ກວ່າ 64 MiB, ເຊີບເວີບໍ່ຮັບ",
            "The file is larger than 64 MiB, which the server does not take",
        ],
    ),
    ("form.button", ["Kiểm tra", "ກວດສອບ", "Check"]),
    ("form.content", ["Tệp gốc đã được ký", "ໄຟລ໌ຕົ້ນສະບັບທີ່ຖືກເຊັນ", "The file that was signed"]),
    (
        "form.document",
        [
            "Thả tệp đã ký vào đây, hoặc chọn tệp",
            "ວາງໄຟລ໌ທີ່ເຊັນແລ້ວໃສ່ນີ້ ຫຼື ເລືອກໄຟລ໌",
            "Drop a signed file here, or choose one",
        ],
    ),
    (
        "form.hint",
        [
            "PDF, XML, ASiC, CMS (.p7s, .p7m), JSON, dấu thời gian",
            "PDF, XML, ASiC, CMS (.p7s, .p7m), JSON, ການປະທັບເວລາ",
            "PDF, XML, ASiC, CMS (.p7s, .p7m), JSON, time-stamps",
        ],
    ),
    (
        "form.more",
        ["Chữ ký nằm trong một tệp riêng?", "ລາຍເຊັນຢູ່ໃນໄຟລ໌ແຍກຕ່າງຫາກ?", "Is the signature in a file of its own?"],
    ),
    ("form.title", ["Tệp cần kiểm tra", "ໄຟລ໌ທີ່ຈະກວດສອບ", "The file to check"]),
    (
        "lead",
        [
            "Ai đã ký, ký lúc nào, chữ ký có hợp lệ và được công nhận hay không, và cần làm gì tiếp.",
            "ໃຜເຊັນ, ເຊັນເມື່ອໃດ, ລາຍເຊັນຖືກຕ້ອງ ແລະ ໄດ້ຮັບການຮັບຮູ້ຫຼືບໍ່, ແລະ ຄວນເຮັດຫຍັງຕໍ່.",
            "Who signed, when, whether the signature is valid and recognised, and what to do now.",
        ],
    ),
    (
        "place.browser",
        ["Tài liệu này ở lại trên máy của bạn", "ເອກະສານນີ້ຢູ່ໃນເຄື່ອງຂອງທ່ານເທົ່ານັ້ນ", "This document stays on your machine"],
    ),
    (
        "place.browser.detail",
        [
            "Trình duyệt của bạn tự kiểm tra; tệp không được gửi đi đâu.",
            "ບຣາວເຊີຂອງທ່ານກວດສອບເອງ; ໄຟລ໌ບໍ່ຖືກສົ່ງໄປໃສ.",
            "Your browser judges it by itself; the file is sent nowhere.",
        ],
    ),
    ("place.browser.done", ["Đã kiểm tra trên máy của bạn", "ກວດສອບຢູ່ໃນເຄື່ອງຂອງທ່ານແລ້ວ", "Judged on your machine"]),
    (
        "place.no_module",
        [
            "Tệp được gửi đến máy chủ để kiểm tra: máy chủ này chưa có mô-đun cho trình duyệt",
            "ໄຟລ໌ຈະຖືກສົ່ງໄປກວດສອບຢູ່ເຊີບເວີ: ເຊີບເວີນີ້ຍັງບໍ່ມີໂມດູນສຳລັບບຣາວເຊີ",
            "The file is judged by the server: the module for browsers is not installed here",
        ],
    ),
    (
        "place.server",
        ["Tệp được gửi đến máy chủ để kiểm tra", "ໄຟລ໌ຈະຖືກສົ່ງໄປກວດສອບຢູ່ເຊີບເວີ", "The file is judged by the server"],
    ),
    (
        "place.server.detail",
        [
            "Máy chủ nhận một bản sao, kiểm tra rồi xóa ngay; không lưu gì cả.",
            "ເຊີບເວີຮັບສຳເນົາ, ກວດສອບ ແລ້ວລຶບທັນທີ; ບໍ່ເກັບຫຍັງໄວ້.",
            "A copy is sent to it, judged and deleted at once; nothing is kept.",
        ],
    ),
    ("place.server.done", ["Đã kiểm tra trên máy chủ", "ກວດສອບຢູ່ເຊີບເວີແລ້ວ", "Judged by the server"]),
    (
        "script.failed",
        [
            "Trình duyệt không tự kiểm tra được. Bấm nút để gửi tệp đến máy chủ kiểm tra.",
            "ບຣາວເຊີກວດສອບເອງບໍ່ໄດ້. ກົດປຸ່ມເພື່ອສົ່ງໄຟລ໌ໄປກວດສອບຢູ່ເຊີບເວີ.",
            "Your browser cannot judge by itself. Press the button to send the file to the server.",
        ],
    ),
    ("script.loading", ["Đang chuẩn bị trình kiểm tra…", "ກຳລັງກຽມຕົວກວດສອບ…", "Preparing the validator…"]),
    ("script.working", ["Đang kiểm tra…", "ກຳລັງກວດສອບ…", "Checking…"]),
    ("title", ["Kiểm tra chữ ký số", "ກວດສອບລາຍເຊັນດິຈິຕອນ", "Check a digital signature"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_web::Language;

    #[test]
    fn every_text_is_there_in_its_own_language() {
        assert_eq!(WORDS.faults(), [""; 0]);
        let lao = |text: &str| text.chars().any(|c| ('\u{e80}'..='\u{eff}').contains(&c));
        for key in WORDS.keys() {
            let [vietnamese, of_laos, english] =
                [Language::Vietnamese, Language::Lao, Language::English].map(|language| WORDS.text(language, key));
            assert!(lao(of_laos) && !lao(vietnamese) && !lao(english), "{key}");
            assert_ne!(vietnamese, english, "{key} is not translated");
        }
    }
}
