//! The words of plain verdicts: key, then Vietnamese, Lao, English.

use mekong_base::Language;

/// The word or sentence for a key; the key itself if there is none.
pub(crate) fn say(language: Language, key: &'static str) -> &'static str {
    let found = WORDS.iter().chain(crate::report::words::WORDS).find(|(known, _)| *known == key);
    found.map_or(key, |(_, words)| of(words, language))
}

/// The one of three that is in a language.
pub(crate) const fn of([vietnamese, lao, english]: &[&'static str; 3], language: Language) -> &'static str {
    match language {
        Language::Vietnamese => vietnamese,
        Language::Lao => lao,
        Language::English => english,
    }
}

const WORDS: &[(&str, [&str; 3])] = &[
    ("headline.valid", ["Chữ ký hợp lệ", "ລາຍເຊັນຖືກຕ້ອງ", "The signature is valid"]),
    ("headline.invalid", ["Chữ ký không hợp lệ", "ລາຍເຊັນບໍ່ຖືກຕ້ອງ", "The signature is not valid"]),
    (
        "headline.open",
        ["Chưa thể kết luận về chữ ký", "ຍັງບໍ່ສາມາດສະຫຼຸບກ່ຽວກັບລາຍເຊັນ", "The signature could not be confirmed"],
    ),
    ("headline.unsigned", ["Không tìm thấy chữ ký", "ບໍ່ພົບລາຍເຊັນ", "No signature was found"]),
    ("headline.proof.valid", ["Dấu thời gian hợp lệ", "ສະແຕມເວລາຖືກຕ້ອງ", "The proof of time is valid"]),
    ("headline.proof.invalid", ["Dấu thời gian không hợp lệ", "ສະແຕມເວລາບໍ່ຖືກຕ້ອງ", "The proof of time is not valid"]),
    (
        "headline.proof.open",
        [
            "Chưa thể kết luận về dấu thời gian",
            "ຍັງບໍ່ສາມາດສະຫຼຸບກ່ຽວກັບສະແຕມເວລາ",
            "The proof of time could not be confirmed",
        ],
    ),
    ("headline.broken", ["Tệp bị hỏng", "ໄຟລ໌ເສຍຫາຍ", "The file is damaged"]),
    ("headline.unreadable", ["Không đọc được tệp", "ອ່ານໄຟລ໌ບໍ່ໄດ້", "The file could not be read"]),
    ("signed_by", ["Người ký", "ຜູ້ເຊັນ", "Signed by"]),
    ("unknown_signer", ["không xác định được", "ບໍ່ສາມາດລະບຸໄດ້", "not known"]),
    ("vouched_for_by", ["Tổ chức chứng thực", "ຜູ້ອອກໃບຢັ້ງຢືນ", "Identity vouched for by"]),
    ("signed_at", ["Thời điểm ký", "ເວລາເຊັນ", "Signed at"]),
    ("time.proved", ["có dấu thời gian chứng minh", "ມີສະແຕມເວລາຢືນຢັນ", "proved by a time-stamp"]),
    ("time.claimed", ["theo khai báo của người ký", "ຕາມຜູ້ເຊັນແຈ້ງ", "as the signer says"]),
    ("time.unknown", ["không rõ", "ບໍ່ຮູ້", "not known"]),
    ("validity", ["Hiệu lực", "ຄວາມຖືກຕ້ອງ", "Validity"]),
    ("valid", ["hợp lệ", "ຖືກຕ້ອງ", "valid"]),
    ("open", ["chưa kết luận được", "ຍັງສະຫຼຸບບໍ່ໄດ້", "could not be confirmed"]),
    (
        "reason.format",
        ["không hợp lệ: tệp sai định dạng", "ບໍ່ຖືກຕ້ອງ: ຮູບແບບໄຟລ໌ຜິດ", "not valid: the file breaks the rules of its format"],
    ),
    (
        "reason.changed",
        [
            "không hợp lệ: nội dung đã bị thay đổi sau khi ký",
            "ບໍ່ຖືກຕ້ອງ: ເນື້ອໃນຖືກປ່ຽນຫຼັງຈາກເຊັນ",
            "not valid: the content was changed after signing",
        ],
    ),
    (
        "reason.forged",
        [
            "không hợp lệ: chữ ký không khớp với người ký",
            "ບໍ່ຖືກຕ້ອງ: ລາຍເຊັນບໍ່ກົງກັບຜູ້ເຊັນ",
            "not valid: the signature was not made with the signer's key",
        ],
    ),
    (
        "reason.revoked",
        ["chứng thư của người ký đã bị thu hồi", "ໃບຢັ້ງຢືນຂອງຜູ້ເຊັນຖືກຖອນແລ້ວ", "the signer's certificate is revoked"],
    ),
    (
        "reason.expired",
        [
            "chứng thư không còn hiệu lực vào thời điểm được chứng minh",
            "ໃບຢັ້ງຢືນບໍ່ມີຜົນໃນເວລາທີ່ຢືນຢັນໄດ້",
            "the certificate was not in force at the time that can be proved",
        ],
    ),
    (
        "reason.no_certificate",
        ["thiếu chứng thư của người ký", "ຂາດໃບຢັ້ງຢືນຂອງຜູ້ເຊັນ", "the signer's certificate is missing"],
    ),
    (
        "reason.not_trusted",
        [
            "chứng thư không thuộc tổ chức được tin cậy",
            "ໃບຢັ້ງຢືນບໍ່ໄດ້ມາຈາກຜູ້ທີ່ໜ້າເຊື່ອຖື",
            "the certificate does not come from a trusted issuer",
        ],
    ),
    (
        "reason.weak",
        ["thuật toán không còn đủ an toàn", "ວິທີເຂົ້າລະຫັດບໍ່ປອດໄພພຽງພໍອີກ", "the algorithm is not safe enough any more"],
    ),
    ("reason.missing", ["thiếu nội dung đã ký", "ຂາດເນື້ອໃນທີ່ເຊັນ", "the signed content is missing"]),
    (
        "reason.later",
        [
            "thiếu thông tin về tình trạng chứng thư",
            "ຂາດຂໍ້ມູນສະຖານະຂອງໃບຢັ້ງຢືນ",
            "the status of the certificate is not known",
        ],
    ),
    ("reason.policy", ["không đáp ứng quy định áp dụng", "ບໍ່ກົງຕາມລະບຽບທີ່ໃຊ້", "it does not meet the rules that apply"]),
    ("reason.time", ["các dấu thời gian mâu thuẫn nhau", "ສະແຕມເວລາຂັດແຍ່ງກັນ", "the time-stamps contradict each other"]),
    ("recognition", ["Công nhận", "ການຮັບຮູ້", "Recognised"]),
    ("recognised.yes", ["được công nhận", "ໄດ້ຮັບການຮັບຮູ້", "yes"]),
    ("recognised.no", ["không được công nhận", "ບໍ່ໄດ້ຮັບການຮັບຮູ້", "no"]),
    (
        "recognised.not_asked",
        ["chưa xét (không có danh sách tin cậy)", "ບໍ່ໄດ້ກວດ (ບໍ່ມີບັນຊີຄວາມໜ້າເຊື່ອຖື)", "not looked at (no trusted list)"],
    ),
    ("recognised.no_lists", ["không có danh sách tin cậy", "ບໍ່ມີບັນຊີຄວາມໜ້າເຊື່ອຖື", "there is no trusted list"]),
    (
        "recognised.not_listed",
        [
            "tổ chức chứng thực không có trong danh sách tin cậy",
            "ຜູ້ອອກໃບຢັ້ງຢືນບໍ່ຢູ່ໃນບັນຊີ",
            "the issuer is in no trusted list",
        ],
    ),
    (
        "recognised.no_agreement",
        [
            "không có thỏa thuận với nước của tổ chức chứng thực",
            "ບໍ່ມີຂໍ້ຕົກລົງກັບປະເທດຂອງຜູ້ອອກໃບຢັ້ງຢືນ",
            "there is no agreement with the issuer's country",
        ],
    ),
    ("recognised.not_valid", ["chữ ký không hợp lệ", "ລາຍເຊັນບໍ່ຖືກຕ້ອງ", "the signature is not valid"]),
    (
        "recognised.not_then",
        [
            "dịch vụ hoặc thỏa thuận không có hiệu lực vào lúc đó",
            "ບໍລິການ ຫຼື ຂໍ້ຕົກລົງບໍ່ມີຜົນໃນເວລານັ້ນ",
            "service or agreement were not in force at the time",
        ],
    ),
    (
        "recognised.other_type",
        [
            "dịch vụ không dành cho loại chứng thư này",
            "ບໍລິການບໍ່ແມ່ນສຳລັບໃບຢັ້ງຢືນປະເພດນີ້",
            "the service is not listed for certificates of this type",
        ],
    ),
    (
        "recognised.not_qualified",
        ["chứng thư không đủ điều kiện", "ໃບຢັ້ງຢືນບໍ່ຄົບເງື່ອນໄຂ", "the certificate does not count as qualified"],
    ),
    (
        "recognised.no_device",
        [
            "khóa không nằm trong thiết bị đủ điều kiện",
            "ກະແຈບໍ່ຢູ່ໃນອຸປະກອນທີ່ຄົບເງື່ອນໄຂ",
            "the key is not known to be in a qualified device",
        ],
    ),
    (
        "recognised.unclear",
        [
            "các danh sách tin cậy không rõ ràng về dịch vụ này",
            "ບັນຊີຄວາມໜ້າເຊື່ອຖືບໍ່ຈະແຈ້ງກ່ຽວກັບບໍລິການນີ້",
            "the trusted lists are not clear about the service",
        ],
    ),
    (
        "as.qesig",
        [
            "chữ ký số của cá nhân, có giá trị như chữ ký tay",
            "ລາຍເຊັນຂອງບຸກຄົນ ມີຄ່າເທົ່າລາຍເຊັນດ້ວຍມື",
            "a person's qualified signature, equal to one by hand",
        ],
    ),
    ("as.qeseal", ["con dấu điện tử của tổ chức", "ຕາປະທັບເອເລັກໂຕຣນິກຂອງອົງກອນ", "an organisation's qualified seal"]),
    (
        "as.adesig_qc",
        ["chữ ký có chứng thư đủ điều kiện", "ລາຍເຊັນທີ່ມີໃບຢັ້ງຢືນຄົບເງື່ອນໄຂ", "a signature with a qualified certificate"],
    ),
    (
        "as.adeseal_qc",
        ["con dấu có chứng thư đủ điều kiện", "ຕາປະທັບທີ່ມີໃບຢັ້ງຢືນຄົບເງື່ອນໄຂ", "a seal with a qualified certificate"],
    ),
    ("as.qualified", ["có chứng thư đủ điều kiện", "ມີໃບຢັ້ງຢືນຄົບເງື່ອນໄຂ", "with a qualified certificate"]),
    ("under_agreement", ["theo thỏa thuận với", "ຕາມຂໍ້ຕົກລົງກັບ", "under the agreement with"]),
    ("since", ["từ", "ຕັ້ງແຕ່", "since"]),
    ("covers", ["Phạm vi", "ຂອບເຂດ", "Covers"]),
    ("covers.whole", ["toàn bộ tài liệu", "ເອກະສານທັງໝົດ", "the whole document"]),
    (
        "covers.extended",
        [
            "toàn bộ tài liệu; sau đó chỉ bổ sung chữ ký hoặc bằng chứng để kiểm tra",
            "ເອກະສານທັງໝົດ; ຫຼັງຈາກນັ້ນເພີ່ມແຕ່ລາຍເຊັນ ຫຼື ຫຼັກຖານສຳລັບກວດສອບ",
            "the whole document; only signatures or evidence for checking them were added later",
        ],
    ),
    ("covers.part", ["chỉ một phần tài liệu", "ພຽງສ່ວນໜຶ່ງຂອງເອກະສານ", "only a part of the document"]),
    (
        "covers.revision",
        [
            "tài liệu lúc ký; sau đó có bổ sung",
            "ເອກະສານໃນເວລາເຊັນ; ຫຼັງຈາກນັ້ນມີການເພີ່ມ",
            "the document as it was then; something was added later",
        ],
    ),
    (
        "covers.changed",
        ["tài liệu đã bị sửa sau khi ký", "ເອກະສານຖືກແກ້ຫຼັງຈາກເຊັນ", "the document was changed after signing"],
    ),
    ("covers.unknown", ["không rõ", "ບໍ່ຮູ້", "not known"]),
    ("advice.rely", ["Bạn có thể tin cậy tài liệu này.", "ທ່ານສາມາດເຊື່ອຖືເອກະສານນີ້ໄດ້.", "You can rely on this document."]),
    (
        "advice.proof",
        [
            "Tệp đã có vào thời điểm đó và không thay đổi từ đó đến nay. Dấu thời gian không cho biết ai đã lập tệp.",
            "ໄຟລ໌ມີຢູ່ແລ້ວໃນເວລານັ້ນ ແລະ ບໍ່ໄດ້ປ່ຽນແປງນັບແຕ່ນັ້ນ. ສະແຕມເວລາບໍ່ໄດ້ບອກວ່າໃຜສ້າງໄຟລ໌.",
            "The file was there at that time and has not changed since. This does not say whose it is.",
        ],
    ),
    (
        "advice.no_status",
        [
            "Hãy yêu cầu người ký bổ sung thông tin về tình trạng chứng thư (mức LT), hoặc đưa thêm CRL hay phản hồi OCSP.",
            "ກະລຸນາຂໍໃຫ້ຜູ້ເຊັນເພີ່ມຂໍ້ມູນສະຖານະຂອງໃບຢັ້ງຢືນ (ລະດັບ LT) ຫຼື ໃຫ້ CRL ຫຼື ຄຳຕອບ OCSP.",
            "Have validation material added (level LT), or give a revocation list or an OCSP response too.",
        ],
    ),
    (
        "advice.valid_only",
        [
            "Chữ ký hợp lệ. Giá trị pháp lý tại đây chưa được xét.",
            "ລາຍເຊັນຖືກຕ້ອງ. ຍັງບໍ່ໄດ້ກວດຄ່າທາງກົດໝາຍຢູ່ທີ່ນີ້.",
            "The signature is valid. What it counts as by law here was not looked at.",
        ],
    ),
    (
        "advice.old_lists",
        [
            "Chữ ký được công nhận theo danh sách tin cậy đã quá hạn cập nhật. Hãy lấy danh sách mới rồi kiểm tra lại.",
            "ລາຍເຊັນໄດ້ຮັບການຮັບຮູ້ຕາມບັນຊີຄວາມໜ້າເຊື່ອຖືທີ່ກາຍກຳນົດປັບປຸງ. ກະລຸນາເອົາບັນຊີໃໝ່ແລ້ວກວດຄືນ.",
            "The signature is recognised by trusted lists that are past their next update. Fetch the new lists and check again.",
        ],
    ),
    (
        "advice.not_recognised",
        [
            "Chữ ký đúng, nhưng chưa được công nhận ở đây. Hãy hỏi cơ quan tiếp nhận.",
            "ລາຍເຊັນຖືກຕ້ອງ ແຕ່ບໍ່ໄດ້ຮັບການຮັບຮູ້ຢູ່ທີ່ນີ້. ກະລຸນາຖາມອົງການທີ່ຮັບເອກະສານ.",
            "The signature is genuine but is not recognised here. Ask the office that is to receive the document.",
        ],
    ),
    (
        "advice.do_not_rely",
        [
            "Đừng dựa vào tài liệu này. Hãy yêu cầu người ký gửi lại bản gốc.",
            "ຢ່າອີງໃສ່ເອກະສານນີ້. ກະລຸນາຂໍຕົ້ນສະບັບຈາກຜູ້ເຊັນ.",
            "Do not rely on this document. Ask the signer for the original.",
        ],
    ),
    (
        "advice.give_content",
        ["Hãy đưa thêm tệp nội dung đã được ký.", "ກະລຸນາໃຫ້ໄຟລ໌ເນື້ອໃນທີ່ຖືກເຊັນ.", "Give the file that was signed, too."],
    ),
    (
        "advice.try_later",
        [
            "Hãy thử lại sau: tình trạng mới của chứng thư sẽ được công bố.",
            "ກະລຸນາລອງໃໝ່ພາຍຫຼັງ: ສະຖານະໃໝ່ຂອງໃບຢັ້ງຢືນຈະຖືກປະກາດ.",
            "Try again later: a newer status of the certificate will be published.",
        ],
    ),
    (
        "advice.try_again",
        [
            "Hãy thử lại với một bản sao khác của tệp.",
            "ກະລຸນາລອງອີກດ້ວຍສຳເນົາອື່ນຂອງໄຟລ໌.",
            "Try again with another copy of the file.",
        ],
    ),
    (
        "advice.not_trusted",
        [
            "Hãy hỏi người ký chứng thư do tổ chức nào cấp, và cơ quan tiếp nhận có chấp nhận không.",
            "ກະລຸນາຖາມຜູ້ເຊັນວ່າໃຜອອກໃບຢັ້ງຢືນ ແລະ ອົງການທີ່ຮັບຍອມຮັບຫຼືບໍ່.",
            "Ask the signer who issued the certificate, and the receiving office whether it accepts it.",
        ],
    ),
    (
        "advice.ask_signer",
        [
            "Hãy yêu cầu người ký ký lại tài liệu.",
            "ກະລຸນາຂໍໃຫ້ຜູ້ເຊັນເຊັນເອກະສານຄືນໃໝ່.",
            "Ask the signer to sign the document again.",
        ],
    ),
    (
        "advice.unsigned",
        [
            "Tài liệu này không được ký. Nếu phải có chữ ký, hãy hỏi người gửi.",
            "ເອກະສານນີ້ບໍ່ມີລາຍເຊັນ. ຖ້າຕ້ອງມີ ກະລຸນາຖາມຜູ້ສົ່ງ.",
            "This document is not signed. If it should be, ask the sender.",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_in_the_code_has_words_in_three_languages() {
        let report = [
            include_str!("report/pdf.rs"),
            include_str!("report/page.rs"),
            include_str!("report/words.rs"),
            include_str!("report/findings.rs"),
        ];
        let sources = [include_str!("plain.rs"), include_str!("html.rs")].into_iter().chain(report);
        let quoted = sources.flat_map(|text| text.split('"').skip(1).step_by(2));
        let mut keys: Vec<&str> = quoted
            .filter(|k| k.contains('.') && k.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_'))
            .collect();
        keys.dedup();
        assert!(keys.len() > 40, "{}", keys.len());
        let all = || WORDS.iter().chain(crate::report::words::WORDS);
        for key in keys {
            assert!(all().any(|(known, _)| *known == key), "{key} has no words");
        }
        for (key, words) in all() {
            assert!(words.iter().all(|w| !w.is_empty()), "{key}");
            assert_eq!(all().filter(|(other, _)| other == key).count(), 1, "{key} twice");
        }
    }
}
