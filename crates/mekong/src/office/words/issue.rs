//! Texts: issuing a certificate.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("fault.missing", ["Phải điền ô này.", "ຕ້ອງປ້ອນຫ້ອງນີ້.", "This must be filled in."]),
    ("fault.unfit", ["Giá trị này không đúng dạng.", "ຄ່ານີ້ບໍ່ຖືກຮູບແບບ.", "This is not as it must be."]),
    ("issue.asked", ["Yêu cầu ghi", "ຄຳຮ້ອງລະບຸ", "What the request says"]),
    ("issue.change", ["Sửa lại", "ແກ້ໄຂຄືນ", "Change it"]),
    ("issue.check", ["Kiểm tra", "ກວດສອບ", "Check"]),
    ("issue.differs", ["khác yêu cầu", "ຕ່າງຈາກຄຳຮ້ອງ", "differs"]),
    ("issue.extensions", ["Phần mở rộng được yêu cầu", "ສ່ວນຂະຫຍາຍທີ່ຂໍ", "Extensions asked for"]),
    (
        "issue.file",
        ["Tệp yêu cầu chứng thư (PKCS#10)", "ໄຟລ໌ຄຳຮ້ອງຂໍໃບຢັ້ງຢືນ (PKCS#10)", "Certificate request (PKCS#10 file)"],
    ),
    (
        "issue.file.hint",
        [
            "Chọn tệp hoặc kéo thả vào đây; PEM hoặc DER.",
            "ເລືອກໄຟລ໌ ຫຼື ລາກມາວາງນີ້; PEM ຫຼື DER.",
            "Choose it or drop it here; PEM or DER.",
        ],
    ),
    ("issue.in_certificate", ["Chứng thư", "ໃບຢັ້ງຢືນ", "Certificate"]),
    ("issue.in_request", ["Yêu cầu", "ຄຳຮ້ອງ", "Request"]),
    (
        "issue.lead",
        [
            "Người yêu cầu giữ khóa và gửi yêu cầu đã ký; loại chứng thư quyết định mọi điều còn lại.",
            "ຜູ້ຂໍຮັກສາກະແຈ ແລະ ສົ່ງຄຳຮ້ອງທີ່ເຊັນແລ້ວ; ປະເພດໃບຢັ້ງຢືນກຳນົດສ່ວນທີ່ເຫຼືອ.",
            "The applicant keeps the key and sends a signed request; the profile decides everything else.",
        ],
    ),
    ("issue.make", ["Cấp chứng thư", "ອອກໃບຢັ້ງຢືນ", "Issue the certificate"]),
    (
        "issue.not_taken",
        [
            "Không lấy theo yêu cầu: loại chứng thư quyết định.",
            "ບໍ່ເອົາຕາມຄຳຮ້ອງ: ປະເພດໃບຢັ້ງຢືນເປັນຜູ້ກຳນົດ.",
            "Not taken over: the profile decides.",
        ],
    ),
    ("issue.optional", ["không bắt buộc", "ບໍ່ບັງຄັບ", "optional"]),
    ("issue.paste", ["Hoặc dán nội dung yêu cầu", "ຫຼື ວາງຂໍ້ຄວາມຂອງຄຳຮ້ອງ", "Or paste its text"]),
    (
        "issue.paste.hint",
        [
            "Từ -----BEGIN CERTIFICATE REQUEST----- đến dòng END.",
            "ຈາກ -----BEGIN CERTIFICATE REQUEST----- ຫາແຖວ END.",
            "From -----BEGIN CERTIFICATE REQUEST----- to its END line.",
        ],
    ),
    ("issue.profile", ["Cấp loại nào", "ອອກປະເພດໃດ", "Profile"]),
    (
        "issue.profile.hint",
        ["Cấp cho ai và để làm gì.", "ອອກໃຫ້ໃຜ ແລະ ເພື່ອຫຍັງ.", "Whom the certificate is for, and what it is for."],
    ),
    ("issue.proof", ["Chữ ký trên yêu cầu", "ລາຍເຊັນໃນຄຳຮ້ອງ", "Signature of the request"]),
    ("issue.proof.good", ["Đúng: người gửi giữ khóa này", "ຖືກຕ້ອງ: ຜູ້ສົ່ງຖືກະແຈນີ້", "Good: whoever made it holds the key"]),
    ("issue.read", ["Đọc yêu cầu", "ອ່ານຄຳຮ້ອງ", "Read the request"]),
    ("issue.same_key", ["Khóa này đã có chứng thư", "ກະແຈນີ້ມີໃບຢັ້ງຢືນແລ້ວ", "This key has certificates already"]),
    ("issue.step.1", ["Bước 1 trên 3: yêu cầu", "ຂັ້ນທີ 1 ໃນ 3: ຄຳຮ້ອງ", "Step 1 of 3: the request"]),
    ("issue.step.2", ["Bước 2 trên 3: chủ thể", "ຂັ້ນທີ 2 ໃນ 3: ຜູ້ຖື", "Step 2 of 3: the subject"]),
    (
        "issue.step.3",
        ["Bước 3 trên 3: so sánh và xác nhận", "ຂັ້ນທີ 3 ໃນ 3: ປຽບທຽບ ແລະ ຢືນຢັນ", "Step 3 of 3: compare and confirm"],
    ),
    (
        "issue.subject.text",
        [
            "Điền theo giấy tờ đã xác minh, không theo yêu cầu.",
            "ປ້ອນຕາມເອກະສານທີ່ກວດແລ້ວ, ບໍ່ແມ່ນຕາມຄຳຮ້ອງ.",
            "Fill it in from the papers that you have checked, not from the request.",
        ],
    ),
    ("issue.title", ["Cấp chứng thư", "ອອກໃບຢັ້ງຢືນ", "Issue a certificate"]),
    ("issue.what", ["Mục", "ລາຍການ", "Item"]),
];
