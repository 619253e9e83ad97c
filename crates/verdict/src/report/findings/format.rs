//! Findings on files, containers and the form of signatures: code, then Vietnamese, Lao, English.

pub(super) const FORMAT: &[(&str, [&str; 3])] = &[
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
    (
        "content_not_used",
        [
            "có nội dung đưa kèm không phải là nội dung được ký",
            "ມີເນື້ອໃນທີ່ໃຫ້ມາທີ່ບໍ່ແມ່ນເນື້ອໃນທີ່ຖືກເຊັນ",
            "content given beside the file is not what was signed",
        ],
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
];
