//! What findings mean, by their codes, in the words of a citizen: code, then Vietnamese, Lao, English. The text beside a
//! finding, with the values that were compared, stays in English.

use mekong_base::Language;
use mekong_signature::facts::ChangeKind;

/// What a code means; the code itself if nothing is known of it.
pub fn meaning(code: &'static str, language: Language) -> &'static str {
    let found = FINDINGS.iter().find(|(known, _)| *known == code);
    found.map_or(code, |(_, words)| crate::words::of(words, language))
}

/// What a change after signing amounts to.
pub fn meaning_of_change(kind: ChangeKind, language: Language) -> &'static str {
    crate::words::say(language, change_key(kind))
}

const fn change_key(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Extension => "change.extension",
        ChangeKind::FormFilling => "change.form",
        ChangeKind::Annotation => "change.annotation",
        ChangeKind::Undefined => "change.undefined",
        ChangeKind::Forbidden => "change.forbidden",
    }
}

/// Statements of what is wrong or worth a remark, by the building block that says so.
const FINDINGS: &[(&str, [&str; 3])] = &[
    // format
    ("format_valid", ["sai định dạng", "ຮູບແບບຜິດ", "breaks the rules of its format"]),
    (
        "format_accepted",
        ["định dạng không được chính sách chấp nhận", "ນະໂຍບາຍບໍ່ຮັບຮູບແບບນີ້", "the policy does not accept this format"],
    ),
    ("container_fault", ["tệp đóng gói bị lỗi", "ໄຟລ໌ບັນຈຸມີຂໍ້ຜິດພາດ", "the container is faulty"]),
    (
        "whole_document",
        ["chỉ một phần tài liệu được ký", "ເຊັນພຽງສ່ວນໜຶ່ງຂອງເອກະສານ", "only a part of the document is signed"],
    ),
    (
        "changed_after_signing",
        ["tài liệu đã bị sửa sau khi ký", "ເອກະສານຖືກແກ້ຫຼັງຈາກເຊັນ", "the document was changed after signing"],
    ),
    (
        "forbidden_change",
        ["thay đổi mà người ký không cho phép", "ການປ່ຽນແປງທີ່ຜູ້ເຊັນບໍ່ອະນຸຍາດ", "a change that the signer forbade"],
    ),
    (
        "annotation_changed",
        [
            "chú thích được thêm hoặc sửa sau khi ký",
            "ມີການເພີ່ມ ຫຼື ແກ້ໝາຍເຫດຫຼັງຈາກເຊັນ",
            "annotations were added or changed after signing",
        ],
    ),
    ("form_filled", ["biểu mẫu được điền sau khi ký", "ແບບຟອມຖືກຕື່ມຫຼັງຈາກເຊັນ", "a form was filled after signing"]),
    (
        "changed_after_timestamp",
        [
            "tài liệu đã bị sửa sau dấu thời gian",
            "ເອກະສານຖືກແກ້ຫຼັງສະແຕມເວລາ",
            "the document was changed after the time-stamp",
        ],
    ),
    (
        "pdf_repaired",
        [
            "cấu trúc PDF bị hỏng và được khôi phục",
            "ໂຄງສ້າງ PDF ເສຍ ແລະ ຖືກກູ້ຄືນ",
            "the structure of the PDF is broken and was repaired",
        ],
    ),
    (
        "pdf_encrypted",
        [
            "PDF được mã hóa: không giải thích được các thay đổi",
            "PDF ຖືກເຂົ້າລະຫັດ: ອະທິບາຍການປ່ຽນແປງບໍ່ໄດ້",
            "the PDF is encrypted: changes cannot be explained",
        ],
    ),
    (
        "pdf_junk_before_header",
        ["có dữ liệu lạ trước phần đầu PDF", "ມີຂໍ້ມູນແປກກ່ອນຫົວຂອງ PDF", "foreign bytes before the header of the PDF"],
    ),
    (
        "signature_in_several_fields",
        ["một chữ ký nằm trong nhiều trường", "ລາຍເຊັນດຽວຢູ່ໃນຫຼາຍຊ່ອງ", "one signature stands in several fields"],
    ),
    ("contents_padding", ["có dữ liệu lạ sau chữ ký", "ມີຂໍ້ມູນແປກຫຼັງລາຍເຊັນ", "foreign bytes behind the signature"]),
    ("several_signers", ["nhiều người ký trong một chữ ký", "ມີຫຼາຍຜູ້ເຊັນໃນລາຍເຊັນດຽວ", "several signers in one signature"]),
    (
        "unsigned_file",
        ["có tệp không được ký trong gói", "ມີໄຟລ໌ທີ່ບໍ່ໄດ້ເຊັນໃນໄຟລ໌ບັນຈຸ", "a file of the container is not signed"],
    ),
    ("nested_container", ["trong gói có một gói khác", "ໃນໄຟລ໌ບັນຈຸມີໄຟລ໌ບັນຈຸອື່ນ", "another container is inside"]),
    (
        "national_container",
        ["gói theo quy định của một nước", "ໄຟລ໌ບັນຈຸຕາມລະບຽບຂອງປະເທດໜຶ່ງ", "a container by national rules"],
    ),
    (
        "national_time_mark",
        ["dấu thời gian theo quy định của một nước", "ໝາຍເວລາຕາມລະບຽບຂອງປະເທດໜຶ່ງ", "a time-mark by national rules"],
    ),
    ("open_document", ["tài liệu OpenDocument", "ເອກະສານ OpenDocument", "an OpenDocument file"]),
    ("manifest_missing", ["gói thiếu danh mục tệp", "ໄຟລ໌ບັນຈຸຂາດລາຍການໄຟລ໌", "the container lacks its list of files"]),
    (
        "manifest_mismatch",
        ["danh mục tệp không khớp với gói", "ລາຍການໄຟລ໌ບໍ່ກົງກັບໄຟລ໌ບັນຈຸ", "the list of files does not fit the container"],
    ),
    ("mimetype_missing", ["gói không ghi loại tệp", "ໄຟລ໌ບັນຈຸບໍ່ບອກປະເພດ", "the container does not say its type"]),
    (
        "mimetype_not_first",
        ["loại tệp không đứng đầu gói", "ປະເພດບໍ່ຢູ່ທຳອິດໃນໄຟລ໌ບັນຈຸ", "the type does not stand first in the container"],
    ),
    (
        "mimetype_compressed",
        ["loại tệp trong gói bị nén", "ປະເພດໃນໄຟລ໌ບັນຈຸຖືກບີບອັດ", "the type in the container is compressed"],
    ),
    (
        "mimetype_extra_field",
        ["loại tệp trong gói có trường thừa", "ປະເພດໃນໄຟລ໌ບັນຈຸມີຊ່ອງເກີນ", "the type in the container has an extra field"],
    ),
    ("mimetype_unknown", ["loại gói không được biết", "ບໍ່ຮູ້ຈັກປະເພດຂອງໄຟລ໌ບັນຈຸ", "the container's type is not known"]),
    (
        "meta_inf_not_at_root",
        [
            "chữ ký trong gói không đúng chỗ",
            "ລາຍເຊັນໃນໄຟລ໌ບັນຈຸບໍ່ຢູ່ບ່ອນທີ່ຖືກ",
            "signatures are not where the container should have them",
        ],
    ),
    ("name_encoding", ["tên tệp mã hóa không rõ", "ລະຫັດຂອງຊື່ໄຟລ໌ບໍ່ຊັດເຈນ", "names of files in an unclear encoding"]),
    ("surrounding_space", ["có khoảng trắng quanh chữ ký", "ມີຊ່ອງຫວ່າງອ້ອມລາຍເຊັນ", "white space around the signature"]),
    (
        "unknown_member",
        ["chữ ký có phần không được biết", "ລາຍເຊັນມີສ່ວນທີ່ບໍ່ຮູ້ຈັກ", "the signature has a part that is not known"],
    ),
    (
        "header_ignored",
        [
            "một phần phần đầu chữ ký bị bỏ qua",
            "ບາງສ່ວນຂອງຫົວລາຍເຊັນຖືກຂ້າມ",
            "a part of the signature's header is passed over",
        ],
    ),
    ("not_baseline", ["chữ ký không đạt mức cơ sở", "ລາຍເຊັນບໍ່ຮອດລະດັບພື້ນຖານ", "the signature is below the baseline"]),
    (
        "target_names_nothing",
        [
            "thuộc tính của chữ ký chỉ tới chỗ không có",
            "ຄຸນສົມບັດຂອງລາຍເຊັນຊີ້ໄປບ່ອນທີ່ບໍ່ມີ",
            "properties of the signature name nothing",
        ],
    ),
    (
        "properties_elsewhere",
        ["thuộc tính của chữ ký nằm ở nơi khác", "ຄຸນສົມບັດຂອງລາຍເຊັນຢູ່ບ່ອນອື່ນ", "properties of the signature are elsewhere"],
    ),
    (
        "signed_properties_untyped",
        ["thuộc tính được ký không ghi rõ loại", "ຄຸນສົມບັດທີ່ເຊັນບໍ່ບອກປະເພດ", "the signed properties are not marked as such"],
    ),
    (
        "signed_attributes_unsorted",
        ["thuộc tính được ký không đúng thứ tự", "ຄຸນສົມບັດທີ່ເຊັນບໍ່ຢູ່ໃນລຳດັບ", "the signed attributes are out of order"],
    ),
    (
        "signing_time_without_zone",
        ["thời điểm ký không ghi múi giờ", "ເວລາເຊັນບໍ່ບອກເຂດເວລາ", "the signing time has no time zone"],
    ),
    (
        "certified_roles",
        ["chức danh có chứng nhận chưa được kiểm tra", "ຕຳແໜ່ງທີ່ມີການຢັ້ງຢືນບໍ່ໄດ້ກວດ", "certified roles are not checked"],
    ),
    ("key_info_not_read", ["không đọc được thông tin khóa", "ອ່ານຂໍ້ມູນກະແຈບໍ່ໄດ້", "the key information cannot be read"]),
    (
        "certificate_by_key_info",
        [
            "chứng thư chỉ được nêu bởi thông tin khóa",
            "ໃບຢັ້ງຢືນລະບຸໂດຍຂໍ້ມູນກະແຈເທົ່ານັ້ນ",
            "the certificate is named by the key information only",
        ],
    ),
    ("certificate_unreadable", ["một chứng thư không đọc được", "ອ່ານໃບຢັ້ງຢືນໜຶ່ງບໍ່ໄດ້", "a certificate cannot be read"]),
    ("unreadable_certificate", ["một chứng thư không đọc được", "ອ່ານໃບຢັ້ງຢືນໜຶ່ງບໍ່ໄດ້", "a certificate cannot be read"]),
    (
        "certificates_left_out",
        [
            "quá nhiều chứng thư: một số bị bỏ qua",
            "ໃບຢັ້ງຢືນຫຼາຍເກີນໄປ: ບາງອັນຖືກຂ້າມ",
            "too many certificates: some are left out",
        ],
    ),
    (
        "revocation_data_unreadable",
        ["thông tin thu hồi không đọc được", "ອ່ານຂໍ້ມູນການຖອນບໍ່ໄດ້", "revocation data cannot be read"],
    ),
    (
        "unreadable_revocation_data",
        ["thông tin thu hồi không đọc được", "ອ່ານຂໍ້ມູນການຖອນບໍ່ໄດ້", "revocation data cannot be read"],
    ),
    (
        "revocation_data_left_out",
        [
            "quá nhiều thông tin thu hồi: một phần bị bỏ qua",
            "ຂໍ້ມູນການຖອນຫຼາຍເກີນໄປ: ບາງສ່ວນຖືກຂ້າມ",
            "too much revocation data: some is left out",
        ],
    ),
    (
        "validation_data_unreadable",
        ["bằng chứng để kiểm tra không đọc được", "ອ່ານຫຼັກຖານສຳລັບກວດສອບບໍ່ໄດ້", "evidence for checking cannot be read"],
    ),
    (
        "unreadable_validation_material",
        ["bằng chứng để kiểm tra không đọc được", "ອ່ານຫຼັກຖານສຳລັບກວດສອບບໍ່ໄດ້", "evidence for checking cannot be read"],
    ),
    (
        "proofs_left_out",
        ["quá nhiều bằng chứng: một số bị bỏ qua", "ຫຼັກຖານຫຼາຍເກີນໄປ: ບາງອັນຖືກຂ້າມ", "too many proofs: some are left out"],
    ),
    (
        "ats_hash_index_invalid",
        [
            "danh mục của dấu thời gian lưu trữ không khớp",
            "ດັດຊະນີຂອງສະແຕມເວລາເກັບຮັກສາບໍ່ກົງ",
            "the index of the archive time-stamp does not fit",
        ],
    ),
    (
        "policy_digest_unsupported",
        [
            "không kiểm tra được chính sách của chữ ký",
            "ກວດນະໂຍບາຍຂອງລາຍເຊັນບໍ່ໄດ້",
            "the policy of the signature cannot be checked",
        ],
    ),
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
        "list_not_current",
        ["danh sách tin cậy đã quá hạn cập nhật", "ບັນຊີຄວາມໜ້າເຊື່ອຖືກາຍກຳນົດປັບປຸງ", "a trusted list is past its next update"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The codes that the sources of a folder write as findings or checks, or that stand alone on a line or in a tuple.
    fn codes(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                codes(&entry, found);
                continue;
            }
            let source = std::fs::read_to_string(&entry).unwrap();
            let product = source.split("#[cfg(test)]").next().unwrap_or_default();
            for call in ["Finding::new(", "require(", "weigh(", "warn("] {
                for after in product.split(call).skip(1) {
                    let arguments = after.split(';').next().unwrap_or_default();
                    let first = arguments.split('"').nth(1).unwrap_or_default();
                    let is_code = first.len() > 3 && first.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                    if is_code {
                        found.insert(first.to_owned());
                    }
                }
            }
        }
    }

    #[test]
    fn every_code_of_a_finding_has_its_meaning_in_three_languages() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = BTreeSet::new();
        codes(&crates.join("signature/src"), &mut found);
        codes(&crates.join("verdict/src"), &mut found);
        assert!(found.len() > 60, "{found:?}");
        let known: BTreeSet<&str> = FINDINGS.iter().map(|(code, _)| *code).collect();
        assert_eq!(known.len(), FINDINGS.len(), "a code stands twice");
        let unknown: Vec<&String> = found.iter().filter(|code| !known.contains(code.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?} have no meaning");
        for (code, words) in FINDINGS {
            assert!(words.iter().all(|word| !word.is_empty()), "{code}");
        }
    }
}
