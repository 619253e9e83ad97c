//! The texts of the console: key, then Vietnamese, Lao, English. Sorted by key.

use mekong_web::catalogue::Catalogue;

/// All of them.
pub(super) const WORDS: Catalogue = Catalogue::new(&[TEXTS]);

const TEXTS: &[(&str, [&str; 3])] = &[
    ("back", ["Về trang tổng quan", "ກັບໄປໜ້າພາບລວມ", "Back to the overview"]),
    ("certificate.holder_of", ["Chứng thư số của hai quốc gia", "ໃບຢັ້ງຢືນຂອງສອງປະເທດ", "Certificates of both countries"]),
    ("certificate.ocsp_problem", ["Chưa có trạng thái OCSP hợp lệ", "ຍັງບໍ່ມີສະຖານະ OCSP ທີ່ດີ", "No good OCSP response"]),
    (
        "certificate.use.issuing",
        ["Cơ quan cấp chứng thư (cấp dưới)", "ອົງການອອກໃບຢັ້ງຢືນ (ຂັ້ນອອກ)", "Certification authority (issuing)"],
    ),
    ("certificate.use.root", ["Cơ quan cấp chứng thư (gốc)", "ອົງການອອກໃບຢັ້ງຢືນ (ຮາກ)", "Certification authority (root)"]),
    ("country", ["Quốc gia", "ປະເທດ", "Country"]),
    ("detail.technical", ["Chi tiết kỹ thuật", "ລາຍລະອຽດທາງເຕັກນິກ", "Technical detail"]),
    (
        "evidence.how",
        [
            "Ai có tệp bằng chứng và cấu hình toàn cục cũng tự kiểm tra được, không cần trang này:",
            "ຜູ້ທີ່ມີໄຟລ໌ຫຼັກຖານ ແລະ ການຕັ້ງຄ່າລວມ ສາມາດກວດສອບເອງໄດ້ ໂດຍບໍ່ຕ້ອງໃຊ້ໜ້ານີ້:",
            "Whoever has the evidence and the global configuration can check it without this page:",
        ],
    ),
    (
        "evidence.personal",
        [
            "Tệp bằng chứng chứa toàn bộ thông điệp, kể cả dữ liệu cá nhân. Trang này không hiển thị dữ liệu đó.",
            "ໄຟລ໌ຫຼັກຖານມີຂໍ້ຄວາມທັງໝົດ ລວມທັງຂໍ້ມູນສ່ວນບຸກຄົນ. ໜ້ານີ້ບໍ່ສະແດງຂໍ້ມູນນັ້ນ.",
            "The evidence holds the whole message with its personal data. These pages do not show them.",
        ],
    ),
    ("exchange.logged", ["Ở đâu có ghi lại", "ບ່ອນທີ່ຖືກບັນທຶກ", "Where it is logged"]),
    ("exchange.records", ["Các bản ghi của lần trao đổi này", "ບັນທຶກຂອງການແລກປ່ຽນນີ້", "Records of this exchange"]),
    (
        "failure.broken",
        [
            "Không đọc được nhật ký hoặc cấu hình",
            "ອ່ານບັນທຶກ ຫຼື ການຕັ້ງຄ່າບໍ່ໄດ້",
            "The log or the configuration could not be read",
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
    ("failure.not_found", ["Không có trang hay thông điệp này", "ບໍ່ມີໜ້າ ຫຼື ຂໍ້ຄວາມນີ້", "There is no such page or message"]),
    (
        "failure.not_stamped",
        [
            "Chưa lấy được dấu thời gian, nên chưa có bằng chứng",
            "ຍັງບໍ່ໄດ້ຮັບການປະທັບເວລາ, ຈຶ່ງຍັງບໍ່ມີຫຼັກຖານ",
            "No time-stamp is to be had, so there is no evidence yet",
        ],
    ),
    ("failure.parameter", ["Tham số không đúng", "ຕົວກຳນົດບໍ່ຖືກຕ້ອງ", "A parameter is not what it must be"]),
    ("failure.title", ["Không hiển thị được", "ສະແດງບໍ່ໄດ້", "This cannot be shown"]),
    ("gateway.answered", ["Đã trả lời / từ chối", "ຕອບແລ້ວ / ປະຕິເສດ", "Answered / refused"]),
    ("gateway.asked", ["Đã hỏi / thất bại", "ຖາມແລ້ວ / ລົ້ມເຫຼວ", "Asked / failed"]),
    ("gateway.directory_expires", ["Danh bạ có giá trị đến", "ສາລະບານໃຊ້ໄດ້ຮອດ", "Directory good until"]),
    (
        "gateway.log_broken",
        ["Không đọc được nhật ký của {gateway}", "ອ່ານບັນທຶກຂອງ {gateway} ບໍ່ໄດ້", "The log of {gateway} cannot be read"],
    ),
    ("gateway.never", ["không hết hạn", "ບໍ່ໝົດອາຍຸ", "does not expire"]),
    (
        "gateway.refusing",
        ["{gateway} đang từ chối thông điệp", "{gateway} ກຳລັງປະຕິເສດຂໍ້ຄວາມ", "{gateway} refuses messages"],
    ),
    (
        "gateway.since_start",
        ["Số lần tính từ khi khởi động", "ຈຳນວນນັບແຕ່ເລີ່ມເຮັດວຽກ", "Counts since each gateway was started"],
    ),
    ("gateway.stamped_at", ["Dấu thời gian gần nhất", "ປະທັບຄັ້ງສຸດທ້າຍ", "Last time-stamp"]),
    (
        "gateway.stamping_fails",
        [
            "{gateway} không lấy được dấu thời gian từ {since}",
            "{gateway} ບໍ່ໄດ້ຮັບການປະທັບເວລາຕັ້ງແຕ່ {since}",
            "{gateway} has got no time-stamp since {since}",
        ],
    ),
    ("gateway.switched_off", ["Cổng {gateway} đang tắt", "ປະຕູ {gateway} ປິດຢູ່", "Gateway {gateway} is switched off"]),
    ("gateway.waiting", ["Chờ dấu thời gian", "ລໍຖ້າປະທັບເວລາ", "Wait for a stamp"]),
    ("gateways", ["Các cổng trao đổi", "ປະຕູແລກປ່ຽນ", "Gateways"]),
    ("message.asked_for", ["Nội dung yêu cầu", "ສິ່ງທີ່ຖາມ", "Asked for"]),
    ("message.body", ["Kích thước nội dung", "ຂະໜາດເນື້ອໃນ", "Size of the body"]),
    ("message.bytes", ["{n} byte", "{n} ໄບຕ໌", "{n} bytes"]),
    ("message.gateway", ["Trong nhật ký của", "ໃນບັນທຶກຂອງ", "In the log of"]),
    ("message.id", ["Mã trao đổi (X-Road-Id)", "ລະຫັດການແລກປ່ຽນ (X-Road-Id)", "Exchange (X-Road-Id)"]),
    ("message.logged_at", ["Ghi lúc", "ບັນທຶກເວລາ", "Logged at"]),
    ("message.part", ["Loại", "ປະເພດ", "Kind"]),
    ("message.peer", ["Cổng phía bên kia", "ປະຕູຝ່າຍກົງກັນຂ້າມ", "Other gateway"]),
    ("message.response", ["Trả lời", "ຄຳຕອບ", "Response"]),
    ("message.side.consumer", ["bên hỏi", "ຝ່າຍຖາມ", "asking side"]),
    ("message.side.provider", ["bên trả lời", "ຝ່າຍຕອບ", "answering side"]),
    ("message.signer", ["Chứng thư ký", "ໃບຢັ້ງຢືນທີ່ເຊັນ", "Signed with"]),
    ("message.title", ["Thông điệp {n} của {gateway}", "ຂໍ້ຄວາມ {n} ຂອງ {gateway}", "Message {n} of {gateway}"]),
    ("messages.latest", ["Các lần trao đổi mới nhất", "ການແລກປ່ຽນຫຼ້າສຸດ", "Latest exchanges"]),
    ("outcome.rejected", ["Câu hỏi sai", "ຄຳຖາມບໍ່ຖືກຕ້ອງ", "Wrong question"]),
    ("outcome.unanswered", ["Không có trả lời", "ບໍ່ມີຄຳຕອບ", "No answer"]),
    (
        "overview.title",
        ["Lào và Việt Nam trao đổi trực tiếp", "ລາວ ແລະ ຫວຽດນາມ ແລກປ່ຽນກັນໂດຍກົງ", "Laos and Viet Nam exchange directly"],
    ),
    (
        "reason.asic",
        [
            "Tệp không phải là một tệp bằng chứng ASiC-E nguyên vẹn.",
            "ໄຟລ໌ນີ້ບໍ່ແມ່ນຫຼັກຖານ ASiC-E ທີ່ສົມບູນ.",
            "The file is not a sound ASiC-E container.",
        ],
    ),
    (
        "reason.chain",
        [
            "Chuỗi băm nối chữ ký với các phần của thông điệp không khớp: có phần đã bị sửa, thêm hoặc bỏ.",
            "ຕ່ອງໂສ້ແຮັດທີ່ເຊື່ອມລາຍເຊັນກັບສ່ວນຂອງຂໍ້ຄວາມບໍ່ກົງກັນ: ມີສ່ວນທີ່ຖືກແກ້ໄຂ, ເພີ່ມ ຫຼື ເອົາອອກ.",
            "The hash chain from the signature to the parts of the message does not hold: something was changed, added or taken away.",
        ],
    ),
    (
        "reason.changed",
        ["Nội dung đã bị sửa sau khi ký.", "ເນື້ອໃນຖືກແກ້ໄຂຫຼັງຈາກເຊັນ.", "Something was changed after it was signed."],
    ),
    (
        "reason.malformed",
        [
            "Chữ ký không đúng dạng quy định.",
            "ລາຍເຊັນບໍ່ຖືກຮູບແບບທີ່ກຳນົດ.",
            "The signature does not have the form it must have.",
        ],
    ),
    (
        "reason.not_approved",
        [
            "Chứng thư của bên ký không do cơ quan được công nhận cấp.",
            "ໃບຢັ້ງຢືນຂອງຜູ້ເຊັນບໍ່ໄດ້ອອກໂດຍອົງການທີ່ໄດ້ຮັບການຮັບຮອງ.",
            "The signer's certificate was not issued by an approved authority.",
        ],
    ),
    (
        "reason.ok",
        [
            "Thông điệp còn nguyên như lúc ký. Bên ký đúng là cơ quan nêu trong thông điệp, chứng thư còn hiệu lực khi đó, và dấu thời gian chứng minh thời điểm.",
            "ຂໍ້ຄວາມຍັງຄົງເດີມຄືຕອນເຊັນ. ຜູ້ເຊັນແມ່ນໜ່ວຍງານທີ່ຂໍ້ຄວາມລະບຸ, ໃບຢັ້ງຢືນຍັງມີຜົນໃນເວລານັ້ນ, ແລະ ການປະທັບເວລາຢືນຢັນເວລາ.",
            "The message is as it was signed. Its signer is the institution that it names, with a certificate that was good at the time, and the time-stamp proves when.",
        ],
    ),
    (
        "reason.open",
        [
            "Mọi thứ kiểm tra được đều đúng, nhưng không biết bên ký có được công nhận hay không.",
            "ທຸກຢ່າງທີ່ກວດສອບໄດ້ແມ່ນຖືກຕ້ອງ, ແຕ່ບໍ່ຮູ້ວ່າຜູ້ເຊັນໄດ້ຮັບການຮັບຮອງຫຼືບໍ່.",
            "All that could be checked holds, but whether the signer is approved is not known here.",
        ],
    ),
    (
        "reason.other",
        [
            "Bằng chứng không đứng vững; xem chi tiết kỹ thuật.",
            "ຫຼັກຖານບໍ່ຜ່ານ; ເບິ່ງລາຍລະອຽດທາງເຕັກນິກ.",
            "The evidence does not hold; see the technical detail.",
        ],
    ),
    (
        "reason.signer",
        [
            "Chứng thư thuộc về bên khác, không phải bên mà thông điệp nêu tên.",
            "ໃບຢັ້ງຢືນເປັນຂອງຄົນອື່ນ ບໍ່ແມ່ນຜູ້ທີ່ຂໍ້ຄວາມລະບຸ.",
            "The certificate belongs to somebody else than the message names.",
        ],
    ),
    (
        "reason.status",
        [
            "Không chứng minh được chứng thư của bên ký còn hiệu lực vào lúc ký.",
            "ບໍ່ສາມາດພິສູດໄດ້ວ່າໃບຢັ້ງຢືນຂອງຜູ້ເຊັນຍັງມີຜົນໃນເວລາເຊັນ.",
            "It is not proven that the signer's certificate was good at the time.",
        ],
    ),
    (
        "reason.timestamp",
        [
            "Dấu thời gian không đúng hoặc không do cơ quan được công nhận cấp.",
            "ການປະທັບເວລາບໍ່ຖືກຕ້ອງ ຫຼື ບໍ່ໄດ້ອອກໂດຍອົງການທີ່ໄດ້ຮັບການຮັບຮອງ.",
            "The time-stamp does not hold, or is not from an approved authority.",
        ],
    ),
    ("refresh.now", ["Tải lại", "ໂຫຼດຄືນ", "Load again"]),
    ("refresh.off", ["Ngừng tự tải lại", "ຢຸດໂຫຼດຄືນເອງ", "Stop loading by itself"]),
    ("refresh.on", ["Tự tải lại mỗi {n} giây", "ໂຫຼດຄືນເອງທຸກ {n} ວິນາທີ", "Load again every {n} seconds"]),
    ("refresh.state", ["Số liệu lúc", "ຂໍ້ມູນເມື່ອ", "As of"]),
    ("series.asks", ["{country} hỏi", "{country} ຖາມ", "{country} asks"]),
    ("stamp.done", ["Có dấu thời gian", "ປະທັບເວລາແລ້ວ", "Time-stamped"]),
    ("stamp.partly", ["Đã đóng dấu ở {gateways}", "ປະທັບເວລາແລ້ວທີ່ {gateways}", "Time-stamped at {gateways}"]),
    ("stamp.waits", ["Chờ dấu thời gian", "ລໍຖ້າປະທັບເວລາ", "Waits for its time-stamp"]),
    ("state.refusing", ["Từ chối", "ປະຕິເສດ", "Refuses"]),
    (
        "tile.messages.note",
        ["yêu cầu và trả lời trong mọi nhật ký", "ຄຳຮ້ອງ ແລະ ຄຳຕອບ ໃນທຸກບັນທຶກ", "requests and responses in all logs"],
    ),
    ("tile.waiting", ["Chờ dấu thời gian", "ລໍຖ້າປະທັບເວລາ", "Waiting for a time-stamp"]),
    ("verdict.by", ["Kiểm tra lúc", "ກວດສອບເວລາ", "Checked at"]),
    ("verdict.certificate", ["Chứng thư của bên ký", "ໃບຢັ້ງຢືນຂອງຜູ້ເຊັນ", "Signer's certificate"]),
    ("verdict.file", ["Tệp", "ໄຟລ໌", "File"]),
    ("verdict.issuer", ["Chứng thư do ai cấp", "ໃບຢັ້ງຢືນອອກໂດຍ", "Certificate issued by"]),
    ("verdict.none", ["không có", "ບໍ່ມີ", "none"]),
    ("verdict.signed_at", ["Bên ký nói đã ký lúc", "ຜູ້ເຊັນບອກວ່າເຊັນເວລາ", "The signer says it signed at"]),
    (
        "verdict.timestamp",
        [
            "Cơ quan cấp dấu thời gian đã thấy chữ ký lúc",
            "ອົງການປະທັບເວລາເຫັນລາຍເຊັນເວລາ",
            "The time-stamping authority saw the signature at",
        ],
    ),
    (
        "verdict.title",
        [
            "Kiểm tra bằng chứng: thông điệp {n} của {gateway}",
            "ກວດສອບຫຼັກຖານ: ຂໍ້ຄວາມ {n} ຂອງ {gateway}",
            "Evidence checked: message {n} of {gateway}",
        ],
    ),
    ("verdict.trust", ["Tin cậy theo", "ເຊື່ອຖືຕາມ", "Trusted by"]),
    (
        "verdict.trust_of",
        [
            "cấu hình toàn cục mà cổng {gateway} đang dùng",
            "ການຕັ້ງຄ່າລວມທີ່ປະຕູ {gateway} ໃຊ້ຢູ່",
            "the global configuration in use at gateway {gateway}",
        ],
    ),
    ("verdict.validity", ["Chứng thư có hiệu lực", "ໃບຢັ້ງຢືນມີຜົນ", "Certificate valid"]),
    ("verdict.what", ["Kết luận", "ຂໍ້ສະຫຼຸບ", "In short"]),
];

/// The key that says in plain words what a stable reason code means.
pub(super) fn reason_key(code: &str) -> &'static str {
    match code {
        "ok" => "reason.ok",
        "signer_not_checked" | "unknown_instance" => "reason.open",
        "invalid_signature_value" => "reason.changed",
        "incorrect_certificate" => "reason.signer",
        "cannot_create_cert_path" => "reason.not_approved",
        "malformed_signature" | "invalid_xml" => "reason.malformed",
        "no_timestamping_provider_found"
        | "tsp_certificate_not_found"
        | "timestamping_failed"
        | "timestamp_signer_verification_failed" => "reason.timestamp",
        _ if code.starts_with("invalid_cert_path") => "reason.status",
        _ if code.starts_with("malformed_signature.") => "reason.chain",
        _ if code.starts_with("asic_") => "reason.asic",
        _ => "reason.other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_web::Language;

    #[test]
    fn every_text_is_there_in_every_language() {
        assert_eq!(WORDS.faults(), [""; 0]);
        let lao = |text: &str| text.chars().any(|c| ('\u{e80}'..='\u{eff}').contains(&c));
        for key in WORDS.keys() {
            assert!(lao(WORDS.text(Language::Lao, key)), "{key} is not in Lao");
            assert!(!lao(WORDS.text(Language::Vietnamese, key)) && !lao(WORDS.text(Language::English, key)), "{key}");
            let [vietnamese, english] =
                [Language::Vietnamese, Language::English].map(|language| WORDS.text(language, key));
            assert_ne!(vietnamese, english, "{key} is not translated");
        }
    }

    #[test]
    fn every_code_has_plain_words() {
        let codes = [
            "ok",
            "signer_not_checked",
            "unknown_instance",
            "unreadable_message",
            "invalid_signature_value",
            "incorrect_certificate",
            "malformed_signature",
            "malformed_signature.invalid_hash_chain_ref",
            "invalid_cert_path.cert_validation",
            "asic_too_large",
            "new",
        ];
        for code in codes {
            assert!(WORDS.keys().any(|key| key == reason_key(code)), "{code}");
        }
    }
}
