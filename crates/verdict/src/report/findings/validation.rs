//! Findings on signers, certificates, algorithms and time: code, then Vietnamese, Lao, English.

pub(super) const VALIDATION: &[(&str, [&str; 3])] = &[
    // signer
    (
        "signing_certificate_found",
        ["thiếu chứng thư của người ký", "ຂາດໃບຢັ້ງຢືນຂອງຜູ້ເຊັນ", "the signer's certificate is missing"],
    ),
    (
        "signing_certificate_digest",
        [
            "chứng thư không phải là chứng thư đã nêu khi ký",
            "ໃບຢັ້ງຢືນບໍ່ແມ່ນອັນທີ່ລະບຸເວລາເຊັນ",
            "the certificate is not the one that was named in signing",
        ],
    ),
    (
        "signing_certificate_issuer_serial",
        [
            "tổ chức hoặc số chứng thư không khớp khi ký",
            "ຜູ້ອອກ ຫຼື ເລກໃບຢັ້ງຢືນບໍ່ກົງກັບທີ່ເຊັນ",
            "issuer or number of the certificate differ from what was signed",
        ],
    ),
    (
        "signing_certificate_reference",
        [
            "chữ ký không nêu chứng thư của người ký",
            "ລາຍເຊັນບໍ່ລະບຸໃບຢັ້ງຢືນຂອງຜູ້ເຊັນ",
            "the signature does not name the signer's certificate",
        ],
    ),
    (
        "signed_properties_type",
        ["thuộc tính được ký không ghi rõ loại", "ຄຸນສົມບັດທີ່ເຊັນບໍ່ບອກປະເພດ", "the signed properties are not marked as such"],
    ),
    (
        "signing_time",
        ["chữ ký không ghi thời điểm ký", "ລາຍເຊັນບໍ່ບອກເວລາເຊັນ", "the signature does not say when it was made"],
    ),
    (
        "signing_time_in_validity",
        [
            "thời điểm ký khai báo nằm ngoài thời hạn chứng thư",
            "ເວລາເຊັນທີ່ແຈ້ງຢູ່ນອກອາຍຸໃບຢັ້ງຢືນ",
            "the claimed signing time is outside the certificate's validity",
        ],
    ),
    (
        "level",
        [
            "mức của chữ ký thấp hơn yêu cầu",
            "ລະດັບລາຍເຊັນຕ່ຳກວ່າທີ່ກຳນົດ",
            "the level of the signature is below what is asked for",
        ],
    ),
    ("signature_policy_named", ["chữ ký không nêu chính sách", "ລາຍເຊັນບໍ່ລະບຸນະໂຍບາຍ", "the signature names no policy"]),
    (
        "signature_policy_known",
        ["chính sách của chữ ký không được biết", "ບໍ່ຮູ້ຈັກນະໂຍບາຍຂອງລາຍເຊັນ", "the policy of the signature is not known"],
    ),
    (
        "signature_policy_available",
        [
            "không có văn bản chính sách của chữ ký",
            "ບໍ່ມີເອກະສານນະໂຍບາຍຂອງລາຍເຊັນ",
            "the policy of the signature is not at hand",
        ],
    ),
    (
        "signature_policy_digest",
        [
            "văn bản chính sách khác với văn bản đã nêu khi ký",
            "ເອກະສານນະໂຍບາຍຕ່າງຈາກທີ່ລະບຸເວລາເຊັນ",
            "the policy is not the one that was signed",
        ],
    ),
    // cryptography
    ("data_intact", ["nội dung đã bị thay đổi", "ເນື້ອໃນຖືກປ່ຽນ", "the content was changed"]),
    ("signed_data_found", ["thiếu nội dung đã ký", "ຂາດເນື້ອໃນທີ່ເຊັນ", "the signed content is missing"]),
    (
        "signature_intact",
        ["chữ ký không khớp với người ký", "ລາຍເຊັນບໍ່ກົງກັບຜູ້ເຊັນ", "the signature was not made with the signer's key"],
    ),
    ("algorithm_supported", ["thuật toán không được hỗ trợ", "ບໍ່ຮອງຮັບວິທີເຂົ້າລະຫັດນີ້", "the algorithm is not supported"]),
    (
        "algorithm_acceptable",
        ["thuật toán không còn đủ an toàn", "ວິທີເຂົ້າລະຫັດບໍ່ປອດໄພພຽງພໍອີກ", "the algorithm is not safe enough any more"],
    ),
    (
        "algorithm_acceptable_when_made",
        [
            "thuật toán không đủ an toàn khi ký",
            "ວິທີເຂົ້າລະຫັດບໍ່ປອດໄພພຽງພໍໃນເວລາເຊັນ",
            "the algorithm was not safe enough when it was used",
        ],
    ),
    (
        "operations_limit",
        ["quá nhiều chữ ký: không kiểm tra hết", "ລາຍເຊັນຫຼາຍເກີນໄປ: ກວດບໍ່ໝົດ", "too many signatures: not all were checked"],
    ),
    // certificates
    (
        "chain_found",
        [
            "chứng thư không thuộc tổ chức được tin cậy",
            "ໃບຢັ້ງຢືນບໍ່ໄດ້ມາຈາກຜູ້ທີ່ໜ້າເຊື່ອຖື",
            "the certificate does not come from a trusted issuer",
        ],
    ),
    (
        "anchor_trusted",
        [
            "tổ chức chứng thực gốc không được tin cậy",
            "ຜູ້ອອກໃບຢັ້ງຢືນຮາກບໍ່ໜ້າເຊື່ອຖື",
            "the root of the certificate is not trusted",
        ],
    ),
    (
        "anchor_still_trusted",
        [
            "tổ chức chứng thực gốc khi đó không còn được tin cậy",
            "ຜູ້ອອກໃບຢັ້ງຢືນຮາກບໍ່ໜ້າເຊື່ອຖືແລ້ວໃນເວລານັ້ນ",
            "the root of the certificate was not trusted any more then",
        ],
    ),
    ("path_valid", ["chuỗi chứng thư không hợp lệ", "ສາຍໃບຢັ້ງຢືນບໍ່ຖືກຕ້ອງ", "the certificate path breaks the rules"]),
    (
        "within_validity",
        ["chứng thư không trong thời hạn hiệu lực", "ໃບຢັ້ງຢືນບໍ່ຢູ່ໃນອາຍຸ", "the certificate is not within its validity"],
    ),
    (
        "made_within_validity",
        [
            "chứng thư không trong thời hạn hiệu lực khi ký",
            "ໃບຢັ້ງຢືນບໍ່ຢູ່ໃນອາຍຸໃນເວລາເຊັນ",
            "the certificate was not within its validity when it was used",
        ],
    ),
    (
        "validities_meet",
        [
            "thời hạn của các chứng thư không giao nhau",
            "ອາຍຸຂອງໃບຢັ້ງຢືນບໍ່ທັບກັນ",
            "the validities of the certificates do not meet",
        ],
    ),
    ("key_usage", ["chứng thư không dùng để ký", "ໃບຢັ້ງຢືນບໍ່ໄດ້ໃຊ້ສຳລັບເຊັນ", "the certificate is not for signing"]),
    (
        "extended_key_usage",
        ["chứng thư không dùng cho việc này", "ໃບຢັ້ງຢືນບໍ່ໄດ້ໃຊ້ສຳລັບວຽກນີ້", "the certificate is not for this use"],
    ),
    // revocation
    ("not_revoked", ["chứng thư đã bị thu hồi", "ໃບຢັ້ງຢືນຖືກຖອນແລ້ວ", "the certificate is revoked"]),
    ("not_on_hold", ["chứng thư đang bị tạm dừng", "ໃບຢັ້ງຢືນຖືກໂຈະ", "the certificate is suspended"]),
    (
        "revocation_data_present",
        [
            "thiếu thông tin về tình trạng chứng thư",
            "ຂາດຂໍ້ມູນສະຖານະຂອງໃບຢັ້ງຢືນ",
            "the status of the certificate is not known",
        ],
    ),
    (
        "revocation_data_acceptable",
        [
            "thông tin về tình trạng chứng thư không dùng được",
            "ຂໍ້ມູນສະຖານະຂອງໃບຢັ້ງຢືນໃຊ້ບໍ່ໄດ້",
            "the data on the certificate's status cannot be used",
        ],
    ),
    (
        "revocation_data_fresh",
        [
            "thông tin về tình trạng chứng thư đã cũ",
            "ຂໍ້ມູນສະຖານະຂອງໃບຢັ້ງຢືນເກົ່າ",
            "the data on the certificate's status are old",
        ],
    ),
    (
        "revocation_data_before_expiry",
        [
            "thông tin thu hồi được cấp sau khi chứng thư hết hạn",
            "ຂໍ້ມູນການຖອນອອກຫຼັງໃບຢັ້ງຢືນໝົດອາຍຸ",
            "the revocation data were issued after the certificate expired",
        ],
    ),
    (
        "revocation_signer_within_validity",
        [
            "bên ký thông tin thu hồi không trong thời hạn hiệu lực",
            "ຜູ້ເຊັນຂໍ້ມູນການຖອນບໍ່ຢູ່ໃນອາຍຸ",
            "who signed the revocation data was not within validity",
        ],
    ),
    (
        "satisfying_revocation_data",
        [
            "thiếu thông tin thu hồi đủ cho thời điểm đó",
            "ຂາດຂໍ້ມູນການຖອນທີ່ພຽງພໍສຳລັບເວລານັ້ນ",
            "revocation data that would do for that time are missing",
        ],
    ),
    // time
    (
        "proved_before_control_time",
        [
            "không chứng minh được chữ ký đã có từ trước",
            "ຢືນຢັນບໍ່ໄດ້ວ່າລາຍເຊັນມີກ່ອນໜ້ານັ້ນ",
            "it is not proved that the signature existed in time",
        ],
    ),
    (
        "signed_before_revocation",
        [
            "không chứng minh được là ký trước khi thu hồi",
            "ຢືນຢັນບໍ່ໄດ້ວ່າເຊັນກ່ອນການຖອນ",
            "it is not proved that it was signed before the revocation",
        ],
    ),
    (
        "signed_before_expiry",
        [
            "không chứng minh được là ký trước khi chứng thư hết hạn",
            "ຢືນຢັນບໍ່ໄດ້ວ່າເຊັນກ່ອນໃບຢັ້ງຢືນໝົດອາຍຸ",
            "it is not proved that it was signed before the certificate expired",
        ],
    ),
    ("timestamp_passed", ["một dấu thời gian không hợp lệ", "ສະແຕມເວລາໜຶ່ງບໍ່ຖືກຕ້ອງ", "a time-stamp is not valid"]),
    (
        "timestamp_order",
        ["các dấu thời gian mâu thuẫn nhau", "ສະແຕມເວລາຂັດແຍ່ງກັນ", "the time-stamps contradict each other"],
    ),
    (
        "timestamp_delay",
        [
            "dấu thời gian cách thời điểm ký quá lâu",
            "ສະແຕມເວລາຫ່າງຈາກເວລາເຊັນເກີນໄປ",
            "the time-stamp is too long after the signing time",
        ],
    ),
    ("token_readable", ["dấu thời gian không đọc được", "ອ່ານສະແຕມເວລາບໍ່ໄດ້", "the time-stamp cannot be read"]),
    (
        "evidence_record_passed",
        ["một bản ghi chứng cứ không hợp lệ", "ບັນທຶກຫຼັກຖານໜຶ່ງບໍ່ຖືກຕ້ອງ", "an evidence record is not valid"],
    ),
    // lists
    (
        "list_of_another_time",
        ["danh sách tin cậy là của thời điểm khác", "ບັນຊີຄວາມໜ້າເຊື່ອຖືແມ່ນຂອງເວລາອື່ນ", "a trusted list is of another time"],
    ),
    (
        "list_not_current",
        ["danh sách tin cậy đã quá hạn cập nhật", "ບັນຊີຄວາມໜ້າເຊື່ອຖືກາຍກຳນົດປັບປຸງ", "a trusted list is past its next update"],
    ),
];
