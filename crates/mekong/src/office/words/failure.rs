//! Texts: what went wrong, in pages and in answers of the API.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("failure.again.do", ["Hãy thử lại.", "ກະລຸນາລອງໃໝ່.", "Try again."]),
    ("failure.broke", ["Dữ liệu chưa đến đầy đủ", "ຂໍ້ມູນມາບໍ່ຄົບ", "What was sent did not come whole"]),
    ("failure.broken", ["Máy này gặp sự cố", "ເຄື່ອງນີ້ມີບັນຫາ", "This machine failed"]),
    (
        "failure.broken.do",
        [
            "Xem nhật ký của lệnh và danh sách chứng thư trước khi thử lại.",
            "ເບິ່ງບັນທຶກຂອງຄຳສັ່ງ ແລະ ລາຍການໃບຢັ້ງຢືນກ່ອນລອງໃໝ່.",
            "See what the command logged and look at the list of certificates before you try again.",
        ],
    ),
    (
        "failure.busy",
        [
            "Thư mục đang được tiến trình khác ghi",
            "ໂປຣແກຣມອື່ນກຳລັງຂຽນໂຟລເດີຢູ່",
            "Another process is writing to the authority",
        ],
    ),
    ("failure.busy.do", ["Hãy thử lại sau vài giây.", "ກະລຸນາລອງໃໝ່ໃນອີກສອງສາມວິນາທີ.", "Try again in a few seconds."]),
    ("failure.compromised", ["Khóa này đã bị lộ", "ກະແຈນີ້ຮົ່ວໄຫຼແລ້ວ", "This key is compromised"]),
    (
        "failure.compromised.do",
        [
            "Người yêu cầu phải tạo khóa mới và gửi yêu cầu mới.",
            "ຜູ້ຂໍຕ້ອງສ້າງກະແຈໃໝ່ ແລະ ສົ່ງຄຳຮ້ອງໃໝ່.",
            "The applicant has to make a new key and a new request.",
        ],
    ),
    ("failure.foreign", ["Yêu cầu đến từ trang khác", "ຄຳສັ່ງມາຈາກໜ້າອື່ນ", "This came from another page"]),
    (
        "failure.foreign.do",
        [
            "Chỉ các trang của phòng đăng ký này mới được thay đổi dữ liệu. Mở trang tổng quan và làm lại ở đó.",
            "ມີແຕ່ໜ້າຂອງຫ້ອງລົງທະບຽນນີ້ທີ່ປ່ຽນຂໍ້ມູນໄດ້. ເປີດໜ້າພາບລວມ ແລ້ວເຮັດໃໝ່ຢູ່ນັ້ນ.",
            "Only pages of this office change anything. Open the overview and do it from there.",
        ],
    ),
    ("failure.form", ["Không đọc được biểu mẫu", "ອ່ານແບບຟອມບໍ່ໄດ້", "The form cannot be read"]),
    ("failure.json", ["Không đọc được JSON", "ອ່ານ JSON ບໍ່ໄດ້", "The JSON cannot be read"]),
    (
        "failure.json.do",
        ["Xem mô tả tại /api/v1/openapi.json.", "ເບິ່ງຄຳອະທິບາຍທີ່ /api/v1/openapi.json.", "See /api/v1/openapi.json."],
    ),
    ("failure.key", ["Không chấp nhận khóa của yêu cầu", "ບໍ່ຮັບກະແຈຂອງຄຳຮ້ອງນີ້", "The key of the request is not accepted"]),
    (
        "failure.key.do",
        [
            "Người yêu cầu tạo khóa thuộc loại được chấp nhận, ví dụ P-256, và gửi yêu cầu mới.",
            "ຜູ້ຂໍຕ້ອງສ້າງກະແຈປະເພດທີ່ຮັບໄດ້ ເຊັ່ນ P-256 ແລ້ວສົ່ງຄຳຮ້ອງໃໝ່.",
            "The applicant makes a key of a kind that is accepted, P-256 for example, and a new request.",
        ],
    ),
    (
        "failure.list",
        ["Không lập được danh sách thu hồi mới", "ສ້າງບັນຊີການຖອນໃໝ່ບໍ່ໄດ້", "The revocation list could not be made"],
    ),
    (
        "failure.list.do",
        [
            "Những gì đã thu hồi vẫn bị thu hồi và OCSP đã báo, nhưng danh sách công bố chưa có. Hãy kiểm tra dung lượng đĩa và quyền ghi vào thư mục của cơ quan cấp, rồi tải lại trang này.",
            "ສິ່ງທີ່ຖອນແລ້ວແມ່ນຖອນແລ້ວ ແລະ OCSP ບອກແລ້ວ, ແຕ່ບັນຊີທີ່ເຜີຍແຜ່ຍັງບໍ່ມີ. ກະລຸນາກວດເບິ່ງບ່ອນຫວ່າງຂອງດິສກ໌ ແລະ ສິດຂຽນໃນໂຟນເດີຂອງຜູ້ອອກ, ແລ້ວໂຫຼດໜ້ານີ້ຄືນໃໝ່.",
            "What was revoked is revoked, and OCSP says so, but the published list does not. See whether the disk has room and the authority's folder can be written to, then load this page again.",
        ],
    ),
    ("failure.locked", ["Chưa được phép vào", "ຍັງບໍ່ໄດ້ຮັບອະນຸຍາດ", "Nobody has let you in"]),
    (
        "failure.locked.do",
        [
            "Phần mềm gửi mã trong tệp của --token-file: Authorization: Bearer MÃ.",
            "ໂປຣແກຣມຕ້ອງສົ່ງລະຫັດໃນໄຟລ໌ --token-file: Authorization: Bearer ລະຫັດ.",
            "Programs present the token of --token-file: Authorization: Bearer TOKEN.",
        ],
    ),
    (
        "failure.method",
        ["Địa chỉ này không nhận phương thức đó", "ທີ່ຢູ່ນີ້ບໍ່ຮັບວິທີນີ້", "That address does not take this method"],
    ),
    (
        "failure.no_certificate",
        [
            "Không có chứng thư với số sê-ri này",
            "ບໍ່ມີໃບຢັ້ງຢືນທີ່ມີເລກລຳດັບນີ້",
            "There is no certificate with that serial number",
        ],
    ),
    (
        "failure.no_certificate.do",
        ["Tìm trong danh sách chứng thư.", "ຊອກໃນລາຍການໃບຢັ້ງຢືນ.", "Look for it in the list of certificates."],
    ),
    (
        "failure.no_profile",
        ["Không cấp loại chứng thư này ở đây", "ບ່ອນນີ້ບໍ່ອອກໃບຢັ້ງຢືນປະເພດນີ້", "That profile is not issued here"],
    ),
    (
        "failure.no_profile.do",
        [
            "Chọn loại khác, hoặc mở phòng đăng ký với --profile.",
            "ເລືອກປະເພດອື່ນ ຫຼື ເປີດຫ້ອງລົງທະບຽນດ້ວຍ --profile.",
            "Choose another, or open the office with --profile.",
        ],
    ),
    ("failure.no_request", ["Chưa có yêu cầu chứng thư", "ຍັງບໍ່ມີຄຳຮ້ອງຂໍໃບຢັ້ງຢືນ", "No certificate request was given"]),
    (
        "failure.no_request.do",
        [
            "Chọn tệp PKCS#10 của người yêu cầu, hoặc dán nội dung tệp.",
            "ເລືອກໄຟລ໌ PKCS#10 ຂອງຜູ້ຂໍ ຫຼື ວາງຂໍ້ຄວາມຂອງມັນ.",
            "Choose the applicant's PKCS#10 file, or paste its text.",
        ],
    ),
    ("failure.not_confirmed", ["Chưa xác nhận", "ຍັງບໍ່ໄດ້ຢືນຢັນ", "It was not confirmed"]),
    (
        "failure.not_confirmed.do",
        ["Chọn lý do và đánh dấu vào ô xác nhận.", "ເລືອກເຫດຜົນ ແລະ ໝາຍໃສ່ຫ້ອງຢືນຢັນ.", "Choose a reason and tick the box."],
    ),
    ("failure.not_found", ["Không có trang này", "ບໍ່ມີໜ້ານີ້", "There is no such page"]),
    ("failure.not_found.do", ["Bắt đầu lại từ trang tổng quan.", "ເລີ່ມໃໝ່ຈາກໜ້າພາບລວມ.", "Begin with the overview."]),
    (
        "failure.order",
        [
            "Số của lệnh này đã dùng cho một lệnh khác",
            "ເລກຂອງຄຳສັ່ງນີ້ໃຊ້ກັບຄຳສັ່ງອື່ນແລ້ວ",
            "The number of this order was used for another one",
        ],
    ),
    (
        "failure.order.do",
        [
            "Không cấp gì. Hãy bắt đầu lại từ yêu cầu; chương trình dùng Idempotency-Key mới cho mỗi lệnh.",
            "ບໍ່ໄດ້ອອກຫຍັງ. ເລີ່ມໃໝ່ຈາກຄຳຮ້ອງ; ໂປຣແກຣມໃຊ້ Idempotency-Key ໃໝ່ສຳລັບແຕ່ລະຄຳສັ່ງ.",
            "Nothing was issued. Begin again with the request; programs use a new Idempotency-Key for each order.",
        ],
    ),
    (
        "failure.own",
        [
            "Đây là chứng thư của chính cơ quan cấp",
            "ນີ້ແມ່ນໃບຢັ້ງຢືນຂອງອົງການອອກເອງ",
            "This is one of the authority's own certificates",
        ],
    ),
    (
        "failure.own.do",
        [
            "Chứng thư của chính cơ quan cấp không thu hồi ở đây: gốc của nó thu hồi, trong một lễ dùng khóa (mekong ca root-crl).",
            "ໃບຢັ້ງຢືນຂອງອົງການອອກເອງບໍ່ຖອນຢູ່ນີ້: ຮາກຂອງມັນເປັນຜູ້ຖອນ ໃນພິທີໃຊ້ກະແຈ (mekong ca root-crl).",
            "The authority's own certificates are not revoked here: its root does that, with its custodians (mekong ca root-crl).",
        ],
    ),
    ("failure.parameter", ["Tham số không đúng", "ຄ່າທີ່ໃຫ້ມາບໍ່ຖືກຕ້ອງ", "A parameter is not what it must be"]),
    ("failure.parameter.do", ["Sửa tham số và thử lại.", "ແກ້ຄ່າແລ້ວລອງໃໝ່.", "Correct it and try again."]),
    ("failure.private_key", ["Đây là khóa bí mật!", "ນີ້ແມ່ນກະແຈລັບ!", "This is a private key!"]),
    (
        "failure.private_key.do",
        [
            "Không lưu lại gì. Khóa bí mật không được rời khỏi chủ của nó: hãy xóa tệp này, báo người yêu cầu tạo khóa mới và chỉ gửi yêu cầu chứng thư (openssl req -new -key …).",
            "ບໍ່ໄດ້ເກັບຫຍັງໄວ້. ກະແຈລັບຕ້ອງບໍ່ອອກຈາກເຈົ້າຂອງ: ລຶບໄຟລ໌ນີ້, ແຈ້ງຜູ້ຂໍໃຫ້ສ້າງກະແຈໃໝ່ ແລະ ສົ່ງແຕ່ຄຳຮ້ອງ (openssl req -new -key …).",
            "Nothing of it was kept. A private key must never leave its owner: delete the file, let the applicant make a new key, and send only the request (openssl req -new -key …).",
        ],
    ),
    (
        "failure.request",
        [
            "Đây không phải là yêu cầu chứng thư đọc được",
            "ນີ້ບໍ່ແມ່ນຄຳຮ້ອງຂໍໃບຢັ້ງຢືນທີ່ອ່ານໄດ້",
            "This is no certificate request that can be read",
        ],
    ),
    (
        "failure.request.do",
        [
            "Cần một tệp PKCS#10, bắt đầu bằng -----BEGIN CERTIFICATE REQUEST-----, đầy đủ đến dòng END; tạo bằng openssl req -new.",
            "ຕ້ອງການໄຟລ໌ PKCS#10 ທີ່ເລີ່ມດ້ວຍ -----BEGIN CERTIFICATE REQUEST----- ແລະ ຄົບຮອດແຖວ END; ສ້າງດ້ວຍ openssl req -new.",
            "A PKCS#10 file is wanted, whole from -----BEGIN CERTIFICATE REQUEST----- to its END line; openssl req -new makes one.",
        ],
    ),
    ("failure.revoked", ["Chứng thư này đã bị thu hồi rồi", "ໃບຢັ້ງຢືນນີ້ຖືກຖອນແລ້ວ", "It was revoked before"]),
    ("failure.revoked.do", ["Không cần làm gì thêm.", "ບໍ່ຕ້ອງເຮັດຫຍັງອີກ.", "There is nothing more to do."]),
    (
        "failure.signature",
        [
            "Yêu cầu không được ký bằng khóa của chính nó",
            "ຄຳຮ້ອງບໍ່ໄດ້ເຊັນດ້ວຍກະແຈຂອງມັນເອງ",
            "The request is not signed by its own key",
        ],
    ),
    (
        "failure.signature.do",
        [
            "Yêu cầu bị hỏng hoặc bị sửa: người yêu cầu phải tạo lại và gửi lại.",
            "ຄຳຮ້ອງເສຍຫາຍ ຫຼື ຖືກແກ້ໄຂ: ຜູ້ຂໍຕ້ອງສ້າງ ແລະ ສົ່ງໃໝ່.",
            "It was damaged or changed on its way: let the applicant make and send it again.",
        ],
    ),
    ("failure.subject", ["Thông tin chủ thể chưa đúng", "ຂໍ້ມູນຜູ້ຖືຍັງບໍ່ຖືກຕ້ອງ", "The subject is not right yet"]),
    ("failure.subject.do", ["Sửa các ô được đánh dấu.", "ແກ້ຫ້ອງທີ່ໝາຍໄວ້.", "Correct what is marked."]),
    ("failure.title", ["Không thực hiện được", "ເຮັດບໍ່ໄດ້", "That did not work"]),
    ("failure.too_large", ["Dữ liệu quá lớn", "ຂໍ້ມູນໃຫຍ່ເກີນໄປ", "That is too large"]),
    (
        "failure.too_large.do",
        [
            "Yêu cầu chứng thư chỉ vài kilobyte; tối đa 256 KiB. Kiểm tra xem đã chọn đúng tệp chưa.",
            "ຄຳຮ້ອງຂໍໃບຢັ້ງຢືນມີພຽງສອງສາມກິໂລໄບ; ສູງສຸດ 256 KiB. ກວດເບິ່ງວ່າເລືອກໄຟລ໌ຖືກບໍ່.",
            "A certificate request has a few kilobytes; at most 256 KiB are taken. Is it the right file?",
        ],
    ),
    ("failure.user", ["Người dùng khác của máy này", "ຜູ້ໃຊ້ອື່ນຂອງເຄື່ອງນີ້", "Another user of this machine"]),
    (
        "failure.user.do",
        [
            "Chỉ người dùng đã mở phòng đăng ký mới được vào; lệnh «mekong ca console --other-users» cho phép người khác.",
            "ມີແຕ່ຜູ້ໃຊ້ທີ່ເປີດຫ້ອງລົງທະບຽນເຂົ້າໄດ້; ຄຳສັ່ງ «mekong ca console --other-users» ອະນຸຍາດຄົນອື່ນ.",
            "Only the user who opened the office may connect; “mekong ca console --other-users” lets others.",
        ],
    ),
];
