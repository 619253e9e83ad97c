//! The texts of the registration office: key, then Vietnamese, Lao, English. Sorted by key.

use mekong_web::catalogue::Catalogue;

/// All of them.
pub(super) const WORDS: Catalogue = Catalogue::new(TEXTS);

const TEXTS: &[(&str, [&str; 3])] = &[
    ("attribute.C", ["Quốc gia", "ປະເທດ", "Country"]),
    ("attribute.CN", ["Tên gọi", "ຊື່ເອີ້ນ", "Common name"]),
    ("attribute.GN", ["Tên", "ຊື່", "Given name"]),
    ("attribute.L", ["Quận, huyện", "ເມືອງ", "Locality"]),
    ("attribute.O", ["Tổ chức", "ອົງກອນ", "Organisation"]),
    ("attribute.OU", ["Đơn vị", "ໜ່ວຍງານ", "Unit"]),
    ("attribute.SN", ["Họ", "ນາມສະກຸນ", "Surname"]),
    ("attribute.ST", ["Tỉnh, thành phố", "ແຂວງ", "Province or city"]),
    ("attribute.STREET", ["Địa chỉ", "ທີ່ຢູ່", "Street"]),
    ("attribute.T", ["Chức vụ", "ຕຳແໜ່ງ", "Position"]),
    ("attribute.UID", ["Mã định danh", "ລະຫັດປະຈຳຕົວ", "User identifier"]),
    ("attribute.organizationIdentifier", ["Mã số tổ chức", "ລະຫັດອົງກອນ", "Organisation identifier"]),
    ("attribute.serialNumber", ["Số định danh", "ເລກປະຈຳຕົວ", "Serial number of the subject"]),
    ("authority.issuer", ["Cơ quan cấp trong chứng thư", "ຜູ້ອອກໃນໃບຢັ້ງຢືນ", "Issuer in certificates"]),
    ("authority.name", ["Tên", "ຊື່", "Name"]),
    ("authority.tsa", ["Dịch vụ dấu thời gian", "ການບໍລິການປະທັບເວລາ", "Time-stamping service"]),
    ("back", ["Quay lại", "ກັບຄືນ", "Back"]),
    ("certificate.at", ["Ngày cấp", "ອອກວັນທີ", "Issued"]),
    ("certificate.download", ["Tải chứng thư (PEM)", "ດາວໂຫຼດໃບຢັ້ງຢືນ (PEM)", "Download certificate (PEM)"]),
    ("certificate.fingerprint", ["Giá trị băm SHA-256", "ລາຍນິ້ວມື SHA-256", "SHA-256 fingerprint"]),
    ("certificate.issuer", ["Cơ quan cấp", "ຜູ້ອອກ", "Issuer"]),
    ("certificate.names", ["Cấp cho", "ອອກໃຫ້", "Whom it names"]),
    ("certificate.pem", ["Chứng thư dạng văn bản (PEM)", "ໃບຢັ້ງຢືນເປັນຂໍ້ຄວາມ (PEM)", "The certificate as text (PEM)"]),
    ("certificate.profile", ["Loại chứng thư", "ປະເພດໃບຢັ້ງຢືນ", "Profile"]),
    ("certificate.says", ["Nội dung chứng thư", "ເນື້ອໃນໃບຢັ້ງຢືນ", "What it says"]),
    ("certificate.serial", ["Số sê-ri", "ເລກລຳດັບ", "Serial number"]),
    ("certificate.status", ["Trạng thái", "ສະຖານະ", "Status"]),
    ("certificate.subject", ["Chủ thể", "ຜູ້ຖື", "Subject"]),
    ("certificate.until", ["Hết hạn", "ໝົດອາຍຸ", "Expires"]),
    ("certificates.found", ["Tìm thấy {n} chứng thư", "ພົບ {n} ໃບຢັ້ງຢືນ", "{n} certificates found"]),
    ("certificates.title", ["Chứng thư đã cấp", "ໃບຢັ້ງຢືນທີ່ອອກແລ້ວ", "Certificates issued"]),
    ("contents.crl", ["Danh sách thu hồi", "ບັນຊີການຖອນ", "Revocation list"]),
    ("contents.extended", ["Mục đích mở rộng", "ຈຸດປະສົງເພີ່ມເຕີມ", "Extended usage"]),
    ("contents.key", ["Khóa công khai", "ກະແຈສາທາລະນະ", "Public key"]),
    ("contents.key_usage", ["Mục đích sử dụng khóa", "ການນຳໃຊ້ກະແຈ", "Key usage"]),
    ("contents.names", ["Tên khác", "ຊື່ອື່ນ", "Alternative names"]),
    ("contents.ocsp", ["Tra trạng thái (OCSP)", "ກວດສະຖານະ (OCSP)", "Status service (OCSP)"]),
    ("contents.policies", ["Chính sách", "ນະໂຍບາຍ", "Policies"]),
    (
        "contents.qualified",
        [
            "Tuyên bố của cơ quan cấp (QcStatements)",
            "ຖະແຫຼງຂອງຜູ້ອອກ (QcStatements)",
            "Statements of the issuer (QcStatements)",
        ],
    ),
    ("contents.subject", ["Chủ thể", "ຜູ້ຖື", "Subject"]),
    ("contents.validity", ["Thời hạn hiệu lực", "ໄລຍະທີ່ໃຊ້ໄດ້", "Validity"]),
    ("enter.button", ["Vào", "ເຂົ້າ", "Enter"]),
    ("enter.code", ["Mã vào", "ລະຫັດເຂົ້າ", "Entry code"]),
    (
        "enter.lead",
        [
            "Mở địa chỉ mà lệnh «mekong ca console» đã in ra, hoặc nhập mã trong địa chỉ đó.",
            "ເປີດທີ່ຢູ່ທີ່ຄຳສັ່ງ «mekong ca console» ພິມອອກມາ ຫຼື ປ້ອນລະຫັດໃນທີ່ຢູ່ນັ້ນ.",
            "Open the address that “mekong ca console” printed, or give the code that is in it.",
        ],
    ),
    ("enter.title", ["Phòng đăng ký đang khóa", "ຫ້ອງລົງທະບຽນລັອກຢູ່", "The registration office is locked"]),
    ("enter.wrong", ["Mã này không dùng được", "ໃຊ້ລະຫັດນີ້ບໍ່ໄດ້", "That code does not let in"]),
    (
        "enter.wrong.do",
        [
            "Mỗi mã chỉ dùng được một lần, trong 15 phút. Nhấn Enter ở cửa sổ lệnh để có mã mới.",
            "ແຕ່ລະລະຫັດໃຊ້ໄດ້ເທື່ອດຽວ ພາຍໃນ 15 ນາທີ. ກົດ Enter ໃນໜ້າຕ່າງຄຳສັ່ງເພື່ອຂໍລະຫັດໃໝ່.",
            "Each code works once, within 15 minutes. Press Enter where the command runs for a new one.",
        ],
    ),
    ("extension.constraints", ["Ràng buộc cơ bản", "ຂໍ້ກຳນົດພື້ນຖານ", "Basic constraints"]),
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
    ("fault.missing", ["Phải điền ô này.", "ຕ້ອງປ້ອນຫ້ອງນີ້.", "This must be filled in."]),
    ("fault.unfit", ["Giá trị này không đúng dạng.", "ຄ່ານີ້ບໍ່ຖືກຮູບແບບ.", "This is not as it must be."]),
    (
        "footer",
        ["Phòng đăng ký: chỉ trên máy này.", "ຫ້ອງລົງທະບຽນ: ສະເພາະເຄື່ອງນີ້.", "Registration office: on this machine only."],
    ),
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
    (
        "issued.text",
        [
            "Tải chứng thư và gửi cho người yêu cầu. Chứng thư có hiệu lực ngay.",
            "ດາວໂຫຼດໃບຢັ້ງຢືນ ແລ້ວສົ່ງໃຫ້ຜູ້ຂໍ. ໃຊ້ໄດ້ທັນທີ.",
            "Download it and send it to the applicant. It is valid from now on.",
        ],
    ),
    ("issued.title", ["Đã cấp chứng thư", "ອອກໃບຢັ້ງຢືນແລ້ວ", "The certificate is issued"]),
    ("leave.button", ["Rời phòng đăng ký", "ອອກຈາກຫ້ອງລົງທະບຽນ", "Leave the office"]),
    (
        "leave.text",
        [
            "Rời đi khi bạn không ở bên máy: người khác trên máy này sẽ không vào được.",
            "ອອກເມື່ອທ່ານບໍ່ຢູ່ໜ້າເຄື່ອງ: ຄົນອື່ນທີ່ໃຊ້ເຄື່ອງນີ້ຈະເຂົ້າບໍ່ໄດ້.",
            "Leave it when you leave the desk: then nobody else gets in on this machine.",
        ],
    ),
    ("leave.title", ["Kết thúc", "ສິ້ນສຸດ", "Leaving"]),
    ("lists.current", ["Danh sách hiện hành", "ບັນຊີປັດຈຸບັນ", "The list that stands"]),
    ("lists.download", ["Tải danh sách (DER)", "ດາວໂຫຼດບັນຊີ (DER)", "Download the list (DER)"]),
    ("lists.entries", ["Số chứng thư bị thu hồi", "ຈຳນວນໃບຢັ້ງຢືນທີ່ຖືກຖອນ", "Revoked certificates on it"]),
    ("lists.good", ["Còn hiệu lực", "ຍັງໃຊ້ໄດ້", "Good"]),
    ("lists.late", ["Quá hạn", "ເກີນກຳນົດ", "Overdue"]),
    (
        "lists.lead",
        [
            "Ai kiểm tra chữ ký cũng xem trong danh sách này chứng thư nào bị thu hồi.",
            "ຜູ້ກວດລາຍເຊັນເບິ່ງໃນບັນຊີນີ້ວ່າໃບຢັ້ງຢືນໃດຖືກຖອນ.",
            "Whoever checks a signature sees in it which certificates are revoked.",
        ],
    ),
    ("lists.made", ["Lập lúc", "ເຮັດເມື່ອ", "Made"]),
    ("lists.number", ["Số", "ເລກທີ", "Number"]),
    ("lists.published", ["Công bố tại", "ເຜີຍແຜ່ທີ່", "Published at"]),
    ("lists.renew", ["Lập danh sách mới ngay", "ເຮັດບັນຊີໃໝ່ດຽວນີ້", "Issue a new list now"]),
    (
        "lists.renew.text",
        [
            "Danh sách mới tự được lập khi có thu hồi và khi hết nửa thời hạn. Lập ngay nếu nơi công bố cần thời hạn dài hơn.",
            "ບັນຊີໃໝ່ຖືກເຮັດເອງເມື່ອມີການຖອນ ແລະ ເມື່ອໝົດເຄິ່ງອາຍຸ. ເຮັດດຽວນີ້ຖ້າບ່ອນເຜີຍແຜ່ຕ້ອງການອາຍຸຍາວກວ່າ.",
            "A new list is made by itself when something is revoked, and when half of its life is over. Make one now if it is carried somewhere by hand.",
        ],
    ),
    ("lists.renewed", ["Tự lập lại từ", "ເຮັດໃໝ່ເອງຕັ້ງແຕ່", "Made anew by itself from"]),
    ("lists.title", ["Danh sách thu hồi", "ບັນຊີການຖອນ", "Revocation list"]),
    ("lists.until", ["Danh sách kế tiếp chậm nhất", "ບັນຊີຕໍ່ໄປຊ້າສຸດ", "Next update at the latest"]),
    ("nav.certificates", ["Chứng thư", "ໃບຢັ້ງຢືນ", "Certificates"]),
    ("nav.issue", ["Cấp chứng thư", "ອອກໃບຢັ້ງຢືນ", "Issue"]),
    ("nav.lists", ["Danh sách thu hồi", "ບັນຊີການຖອນ", "Revocation list"]),
    ("nav.overview", ["Tổng quan", "ພາບລວມ", "Overview"]),
    ("overview.authority", ["Cơ quan cấp và dịch vụ", "ອົງການ ແລະ ການບໍລິການ", "Authority and services"]),
    ("overview.own", ["Chứng thư của cơ quan cấp", "ໃບຢັ້ງຢືນຂອງອົງການ", "The authority's own certificates"]),
    (
        "overview.own.renew",
        [
            "Chuẩn bị chứng thư mới với gốc trước khi hết hạn.",
            "ກະກຽມໃບຢັ້ງຢືນໃໝ່ກັບຮາກກ່ອນໝົດອາຍຸ.",
            "Prepare the next one with the root before it ends.",
        ],
    ),
    ("overview.title", ["Phòng đăng ký", "ຫ້ອງລົງທະບຽນ", "Registration office"]),
    ("own.authentication", ["Xác thực máy chủ", "ຢືນຢັນເຊີບເວີ", "Authentication"]),
    ("own.issuing_ca", ["Cơ quan cấp", "ອົງການອອກ", "Issuing authority"]),
    ("own.ocsp_responder", ["Trả lời trạng thái (OCSP)", "ຕອບສະຖານະ (OCSP)", "Status responder (OCSP)"]),
    ("own.root_ca", ["Gốc", "ຮາກ", "Root"]),
    ("own.signing", ["Ký thông điệp", "ເຊັນຂໍ້ຄວາມ", "Message signing"]),
    ("own.time_stamping", ["Cấp dấu thời gian", "ປະທັບເວລາ", "Time-stamping"]),
    ("own.which", ["Chứng thư", "ໃບຢັ້ງຢືນ", "Certificate"]),
    ("pages.here", ["Trang {page} trên {pages}", "ໜ້າ {page} ໃນ {pages}", "Page {page} of {pages}"]),
    ("pages.newer", ["Mới hơn", "ໃໝ່ກວ່າ", "Newer"]),
    ("pages.older", ["Cũ hơn", "ເກົ່າກວ່າ", "Older"]),
    ("qc.compliance", ["Chứng thư đủ điều kiện (qualified)", "ໃບຢັ້ງຢືນທີ່ມີຄຸນນະພາບ (qualified)", "Qualified certificate"]),
    (
        "qc.device",
        ["Khóa nằm trong thiết bị ký đủ điều kiện", "ກະແຈຢູ່ໃນອຸປະກອນເຊັນທີ່ມີຄຸນນະພາບ", "The key is in a qualified device"],
    ),
    ("qc.legislation", ["Theo luật của {countries}", "ຕາມກົດໝາຍຂອງ {countries}", "Under the law of {countries}"]),
    ("qc.limit", ["Giá trị giao dịch tối đa {amount}", "ມູນຄ່າທຸລະກຳສູງສຸດ {amount}", "For transactions up to {amount}"]),
    (
        "qc.retention",
        [
            "Hồ sơ được lưu {n} năm sau khi hết hạn",
            "ເອກະສານເກັບໄວ້ {n} ປີຫຼັງໝົດອາຍຸ",
            "Records are kept for {n} years after its end",
        ],
    ),
    ("qc.seal", ["Dùng cho con dấu điện tử", "ສຳລັບຕາປະທັບເອເລັກໂຕຣນິກ", "For electronic seals"]),
    ("qc.signature", ["Dùng cho chữ ký điện tử", "ສຳລັບລາຍເຊັນເອເລັກໂຕຣນິກ", "For electronic signatures"]),
    ("qc.web", ["Dùng cho trang web", "ສຳລັບເວັບໄຊ", "For web sites"]),
    (
        "reason.affiliation_changed",
        ["Tên hoặc quan hệ công tác thay đổi", "ຊື່ ຫຼື ສັງກັດປ່ຽນ", "Name or affiliation changed"],
    ),
    ("reason.cessation_of_operation", ["Không còn dùng nữa", "ບໍ່ໃຊ້ອີກແລ້ວ", "No longer needed"]),
    (
        "reason.key_compromise",
        ["Khóa bí mật bị lộ hoặc bị mất", "ກະແຈລັບຮົ່ວໄຫຼ ຫຼື ເສຍ", "The private key is known to others, or lost"],
    ),
    ("reason.privilege_withdrawn", ["Bị rút quyền", "ຖືກຖອນສິດ", "The right to it was withdrawn"]),
    ("reason.superseded", ["Đã thay bằng chứng thư khác", "ມີໃບອື່ນແທນແລ້ວ", "Another certificate takes its place"]),
    ("reason.unspecified", ["Không nêu lý do", "ບໍ່ລະບຸເຫດຜົນ", "Not said"]),
    ("revoke.button", ["Thu hồi chứng thư", "ຖອນໃບຢັ້ງຢືນ", "Revoke the certificate"]),
    (
        "revoke.confirm",
        [
            "Tôi hiểu rằng không thể hoàn tác việc thu hồi.",
            "ຂ້າພະເຈົ້າເຂົ້າໃຈວ່າການຖອນບໍ່ສາມາດຍົກເລີກໄດ້.",
            "I understand that this cannot be undone.",
        ],
    ),
    (
        "revoke.done",
        [
            "Chứng thư này đã bị thu hồi; không thể hoàn tác.",
            "ໃບຢັ້ງຢືນນີ້ຖືກຖອນແລ້ວ; ຍົກເລີກບໍ່ໄດ້.",
            "It is revoked; that cannot be undone.",
        ],
    ),
    (
        "revoke.graver",
        [
            "Chứng thư này đã bị thu hồi; không thể hoàn tác. Nếu sau đó biết rằng khóa bí mật đã lộ, hãy ghi điều đó ở đây; thời điểm thu hồi giữ nguyên.",
            "ໃບຢັ້ງຢືນນີ້ຖືກຖອນແລ້ວ; ຍົກເລີກບໍ່ໄດ້. ຖ້າຮູ້ພາຍຫຼັງວ່າກະແຈລັບຮົ່ວໄຫຼ, ໃຫ້ບັນທຶກໄວ້ບ່ອນນີ້; ເວລາຖອນບໍ່ປ່ຽນ.",
            "It is revoked; that cannot be undone. If it turned out since that others know its key, say so here; the time of the revocation stays.",
        ],
    ),
    ("revoke.graver.button", ["Ghi lý do nghiêm trọng hơn", "ບັນທຶກເຫດຜົນທີ່ຮ້າຍແຮງກວ່າ", "Give the graver reason"]),
    ("revoke.reason", ["Lý do", "ເຫດຜົນ", "Reason"]),
    (
        "revoke.text",
        [
            "OCSP và danh sách thu hồi báo ngay. Chữ ký có dấu thời gian trước lúc thu hồi vẫn có giá trị.",
            "OCSP ແລະ ບັນຊີການຖອນແຈ້ງທັນທີ. ລາຍເຊັນທີ່ປະທັບເວລາກ່ອນການຖອນຍັງມີຜົນ.",
            "OCSP and the revocation list say so at once. Signatures that were time-stamped before still count.",
        ],
    ),
    ("revoke.title", ["Thu hồi", "ການຖອນ", "Revocation"]),
    ("revoked.since", ["Đã thu hồi {time}: {reason}", "ຖອນແລ້ວ {time}: {reason}", "Revoked {time}: {reason}"]),
    (
        "revoked.text",
        ["Chứng thư không còn dùng được để ký.", "ໃບຢັ້ງຢືນນີ້ໃຊ້ເຊັນບໍ່ໄດ້ອີກ.", "It can no longer be used to sign."],
    ),
    ("search.any", ["Tất cả", "ທັງໝົດ", "All"]),
    ("search.button", ["Tìm", "ຊອກຫາ", "Search"]),
    ("search.words", ["Tên, mã số hoặc số sê-ri", "ຊື່, ລະຫັດ ຫຼື ເລກລຳດັບ", "Name, identifier or serial number"]),
    ("status.expired", ["Hết hạn", "ໝົດອາຍຸ", "Expired"]),
    ("status.expiring", ["Sắp hết hạn", "ໃກ້ໝົດອາຍຸ", "Expires soon"]),
    ("status.not_yet_valid", ["Chưa có hiệu lực", "ຍັງບໍ່ມີຜົນ", "Not yet valid"]),
    ("status.revoked", ["Đã thu hồi", "ຖືກຖອນ", "Revoked"]),
    ("status.valid", ["Có hiệu lực", "ໃຊ້ໄດ້", "Valid"]),
    ("tile.expired", ["Hết hạn", "ໝົດອາຍຸ", "Expired"]),
    ("tile.expiring", ["Sắp hết hạn", "ໃກ້ໝົດອາຍຸ", "Expire soon"]),
    ("tile.expiring.note", ["trong 30 ngày", "ພາຍໃນ 30 ມື້", "within 30 days"]),
    ("tile.revoked", ["Đã thu hồi", "ຖືກຖອນ", "Revoked"]),
    ("tile.valid", ["Có hiệu lực", "ໃຊ້ໄດ້", "Valid"]),
    ("usage.client", ["Xác thực máy khách TLS", "ຢືນຢັນລູກຂ່າຍ TLS", "TLS client"]),
    ("usage.crl_sign", ["Ký danh sách thu hồi", "ເຊັນບັນຊີການຖອນ", "Sign revocation lists"]),
    ("usage.digital_signature", ["Chữ ký số", "ລາຍເຊັນດິຈິຕອນ", "Digital signature"]),
    ("usage.email", ["Thư điện tử", "ອີເມວ", "E-mail"]),
    ("usage.key_agreement", ["Thỏa thuận khóa", "ຕົກລົງກະແຈ", "Key agreement"]),
    ("usage.key_cert_sign", ["Ký chứng thư", "ເຊັນໃບຢັ້ງຢືນ", "Sign certificates"]),
    ("usage.key_encipherment", ["Mã hóa khóa", "ເຂົ້າລະຫັດກະແຈ", "Key encipherment"]),
    (
        "usage.non_repudiation",
        ["Không thể chối bỏ (cam kết nội dung)", "ປະຕິເສດບໍ່ໄດ້ (ຜູກພັນກັບເນື້ອໃນ)", "Non-repudiation (content commitment)"],
    ),
    ("usage.ocsp", ["Trả lời OCSP", "ຕອບ OCSP", "OCSP responses"]),
    ("usage.server", ["Xác thực máy chủ TLS", "ຢືນຢັນເຊີບເວີ TLS", "TLS server"]),
    ("usage.time_stamping", ["Cấp dấu thời gian", "ປະທັບເວລາ", "Time-stamping"]),
    ("usage.tsl_signing", ["Ký danh sách tin cậy", "ເຊັນບັນຊີທີ່ເຊື່ອຖືໄດ້", "Sign trusted lists"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_web::Language;

    #[test]
    fn every_key_has_its_text_in_every_language() {
        assert_eq!(WORDS.faults(), [""; 0]);
        let lao = |text: &str| text.chars().any(|c| ('\u{e80}'..='\u{eff}').contains(&c));
        for key in WORDS.keys() {
            assert!(lao(WORDS.text(Language::Lao, key)), "{key}");
            assert!(!lao(WORDS.text(Language::English, key)) && !lao(WORDS.text(Language::Vietnamese, key)), "{key}");
        }
    }
}
