//! The texts of the administration: key, then Vietnamese, Lao, English. Sorted by key.

use mekong_web::catalogue::Catalogue;

/// All of them.
pub(super) const WORDS: Catalogue = Catalogue::new(TEXTS);

const TEXTS: &[(&str, [&str; 3])] = &[
    ("account.operator", ["Người vận hành máy này", "ຜູ້ດຳເນີນງານເຄື່ອງນີ້", "The operator of this machine"]),
    ("account.title", ["Bạn", "ທ່ານ", "You"]),
    ("account.user", ["Đã đăng nhập", "ເຂົ້າສູ່ລະບົບເປັນ", "Signed in as"]),
    ("action", ["Thao tác", "ດຳເນີນການ", "Action"]),
    ("answer.elsewhere", ["Cổng khác quyết định", "ປະຕູອື່ນເປັນຜູ້ຕັດສິນ", "Another gateway decides"]),
    ("answer.no", ["Không, không gọi được", "ບໍ່ໄດ້, ເອີ້ນບໍ່ໄດ້", "No, it may not"]),
    ("answer.partly", ["Gọi được một phần", "ເອີ້ນໄດ້ບາງສ່ວນ", "It may call parts of it"]),
    ("answer.yes", ["Được, gọi được", "ໄດ້, ເອີ້ນໄດ້", "Yes, it may"]),
    ("audit.any", ["Tất cả", "ທັງໝົດ", "All"]),
    ("audit.at", ["Thời gian", "ເວລາ", "When"]),
    ("audit.done", ["Đã thực hiện", "ສຳເລັດ", "Done"]),
    (
        "audit.lead",
        [
            "Mọi thay đổi và mọi lần bị từ chối. Không ai sửa hay xóa được.",
            "ທຸກການປ່ຽນແປງ ແລະ ທຸກຄັ້ງທີ່ຖືກປະຕິເສດ. ບໍ່ມີໃຜແກ້ ຫຼື ລຶບໄດ້.",
            "Every change, and every attempt that was refused. Nobody can alter or remove a line.",
        ],
    ),
    ("audit.nobody", ["Không rõ", "ບໍ່ຮູ້ຈັກ", "Unknown"]),
    ("audit.none", ["Không có dòng nào.", "ບໍ່ມີລາຍການ.", "There are no such lines."]),
    ("audit.not_permitted", ["Không có vai trò cho phép", "ບໍ່ມີບົດບາດທີ່ອະນຸຍາດ", "No role of theirs permits it"]),
    ("audit.older", ["Cũ hơn", "ເກົ່າກວ່າ", "Older"]),
    ("audit.outcome", ["Kết quả", "ຜົນ", "Outcome"]),
    ("audit.refused", ["Bị từ chối", "ຖືກປະຕິເສດ", "Refused"]),
    ("audit.search", ["Lọc", "ກັ່ນຕອງ", "Filter"]),
    ("audit.text", ["Có chữ", "ມີຄຳວ່າ", "Has the text"]),
    ("audit.title", ["Nhật ký kiểm toán", "ບັນທຶກການກວດສອບ", "Audit log"]),
    ("audit.what", ["Việc gì", "ແມ່ນຫຍັງ", "What"]),
    ("audit.who", ["Ai", "ໃຜ", "Who"]),
    ("back", ["Quay lại", "ກັບຄືນ", "Back"]),
    ("callers.addresses", ["Chỉ từ các địa chỉ này", "ຈາກທີ່ຢູ່ເຫຼົ່ານີ້ເທົ່ານັ້ນ", "From these addresses only"]),
    ("callers.addresses.hint", ["Mỗi dòng một địa chỉ IP", "ທີ່ຢູ່ IP ແຖວລະອັນ", "IP addresses, one a line"]),
    (
        "callers.anyone",
        ["Từ mọi hệ thống tới được cổng", "ຈາກທຸກລະບົບທີ່ເຂົ້າເຖິງປະຕູ", "From every system that reaches the gateway"],
    ),
    ("callers.nobody", ["Không từ đâu cả", "ບໍ່ຮັບຈາກບ່ອນໃດ", "From nowhere"]),
    ("change.several", ["Nhiều thay đổi", "ຫຼາຍການປ່ຽນແປງ", "Several changes"]),
    ("confirm.button", ["Xác nhận và thực hiện", "ຢືນຢັນ ແລະ ດຳເນີນການ", "Confirm and do it"]),
    (
        "confirm.lead",
        [
            "Chưa có gì thay đổi. Hãy kiểm tra rồi xác nhận.",
            "ຍັງບໍ່ມີຫຍັງປ່ຽນ. ກະລຸນາກວດເບິ່ງ ແລ້ວຢືນຢັນ.",
            "Nothing is changed yet. Check it, then confirm.",
        ],
    ),
    ("connection.change", ["Đổi nơi được phép kết nối", "ປ່ຽນບ່ອນທີ່ເຊື່ອມຕໍ່ໄດ້", "Change who may connect"]),
    ("continue", ["Tiếp tục", "ສືບຕໍ່", "Continue"]),
    (
        "done.position",
        [
            "Đã ghi vào nhật ký kiểm toán, dòng {position}.",
            "ບັນທຶກໄວ້ໃນບັນທຶກການກວດສອບ ແຖວ {position}.",
            "It stands in the audit log at {position}.",
        ],
    ),
    ("done.title", ["Đã thực hiện", "ສຳເລັດແລ້ວ", "Done"]),
    ("endpoint.add", ["Thêm điểm cuối", "ເພີ່ມຈຸດບໍລິການ", "Add an endpoint"]),
    ("endpoint.method", ["Phương thức", "ວິທີ", "Method"]),
    ("endpoint.path", ["Mẫu đường dẫn", "ຮູບແບບເສັ້ນທາງ", "Path pattern"]),
    (
        "endpoint.path.hint",
        [
            "* là một đoạn, ** là bất kỳ: /v1/persons/*",
            "* ແທນໜຶ່ງທ່ອນ, ** ແທນທຸກຢ່າງ: /v1/persons/*",
            "* is one segment, ** is anything: /v1/persons/*",
        ],
    ),
    ("endpoint.remove", ["Bỏ điểm cuối", "ລຶບຈຸດບໍລິການ", "Remove the endpoint"]),
    (
        "endpoints.none",
        [
            "Chưa có điểm cuối: quyền được cấp cho cả dịch vụ.",
            "ຍັງບໍ່ມີຈຸດບໍລິການ: ສິດໃຫ້ທັງບໍລິການ.",
            "No endpoints: rights are granted on the whole service.",
        ],
    ),
    ("enter.button", ["Đăng nhập", "ເຂົ້າສູ່ລະບົບ", "Sign in"]),
    (
        "enter.lead",
        [
            "Nhập mã thông báo của bạn, hoặc mở địa chỉ mà lệnh «mekong gateway enter» in ra.",
            "ປ້ອນໂທເຄັນຂອງທ່ານ ຫຼື ເປີດທີ່ຢູ່ທີ່ຄຳສັ່ງ «mekong gateway enter» ພິມອອກ.",
            "Give your token, or open the address that “mekong gateway enter” prints.",
        ],
    ),
    ("enter.title", ["Quản trị cổng", "ການບໍລິຫານປະຕູ", "Administration of a gateway"]),
    ("enter.token", ["Mã thông báo", "ໂທເຄັນ", "Token"]),
    (
        "enter.token.hint",
        ["Mã thông báo thay cho mật khẩu.", "ໂທເຄັນໃຊ້ແທນລະຫັດຜ່ານ.", "Tokens take the place of passwords."],
    ),
    ("enter.wrong", ["Mã này không dùng được", "ໃຊ້ອັນນີ້ບໍ່ໄດ້", "That does not let in"]),
    (
        "enter.wrong.do",
        [
            "Mã đã hết hạn, đã bị hủy, hoặc địa chỉ đã được mở rồi. Hãy xin mã mới ở người quản trị hệ thống.",
            "ໝົດອາຍຸ, ຖືກຍົກເລີກ ຫຼື ທີ່ຢູ່ຖືກເປີດແລ້ວ. ຂໍອັນໃໝ່ຈາກຜູ້ບໍລິຫານລະບົບ.",
            "It has ended, or the address was opened before. Ask the system administrator for a new one.",
        ],
    ),
    ("event.drop", ["Bỏ một sự kiện", "ຖິ້ມເຫດການ", "An event was dropped"]),
    ("event.evidence", ["Đã tải bằng chứng", "ດາວໂຫຼດຫຼັກຖານ", "Evidence downloaded"]),
    ("event.refused", ["Yêu cầu bị từ chối", "ຄຳຂໍຖືກປະຕິເສດ", "A request was refused"]),
    ("event.replay", ["Chuyển lại sự kiện", "ສົ່ງເຫດການຄືນໃໝ່", "Deliver events again"]),
    ("event.sign_in", ["Đăng nhập", "ເຂົ້າສູ່ລະບົບ", "Sign in"]),
    ("event.sign_out", ["Đăng xuất", "ອອກຈາກລະບົບ", "Sign out"]),
    ("event.superseded", ["Thay đổi không có hiệu lực", "ການປ່ຽນແປງບໍ່ມີຜົນ", "A change has no effect"]),
    ("event.unrecorded", ["Nhiều lần bị từ chối khác", "ຖືກປະຕິເສດອີກຫຼາຍຄັ້ງ", "More attempts were refused"]),
    ("events.asking", ["Không hỏi được bên công bố", "ຖາມຜູ້ເຜີຍແຜ່ບໍ່ໄດ້", "The publisher cannot be asked"]),
    ("events.behind", ["Còn chậm", "ຍັງຄ້າງ", "Behind"]),
    ("events.count", ["Số sự kiện", "ຈຳນວນເຫດການ", "Events"]),
    ("events.dead", ["Để riêng", "ແຍກໄວ້", "Put aside"]),
    ("events.delivered", ["Đã giao", "ສົ່ງແລ້ວ", "Delivered"]),
    ("events.fine", ["Hoạt động tốt", "ເຮັດວຽກປົກກະຕິ", "Works"]),
    ("events.follows", ["Theo dõi chủ đề", "ຕິດຕາມຫົວຂໍ້", "Follows"]),
    (
        "events.gap",
        ["Có sự kiện bị xóa trước khi lấy về", "ມີເຫດການຖືກລຶບກ່ອນເອົາມາ", "Events were removed before they were fetched"],
    ),
    ("events.handing", ["Không giao được", "ສົ່ງບໍ່ໄດ້", "Delivery fails"]),
    ("events.held", ["Có đối tượng đang chờ quyết định", "ມີຫົວເລື່ອງທີ່ລໍຖ້າການຕັດສິນ", "Subjects wait for a decision"]),
    (
        "events.lead",
        ["Những gì cổng này công bố và theo dõi.", "ສິ່ງທີ່ປະຕູນີ້ເຜີຍແຜ່ ແລະ ຕິດຕາມ.", "What is published and followed here."],
    ),
    ("events.name", ["Tên", "ຊື່", "Name"]),
    ("events.none", ["Chưa theo dõi chủ đề nào.", "ຍັງບໍ່ໄດ້ຕິດຕາມຫົວຂໍ້ໃດ.", "Nothing is followed yet."]),
    ("events.oldest", ["Chờ lâu nhất từ", "ຄ້າງດົນສຸດແຕ່", "Waiting since"]),
    ("events.publisher", ["Bên công bố", "ຜູ້ເຜີຍແຜ່", "Publisher"]),
    ("events.state", ["Tình trạng", "ສະພາບ", "State"]),
    ("events.subscriptions", ["Theo dõi", "ການຕິດຕາມ", "Subscriptions"]),
    ("events.title", ["Sự kiện", "ເຫດການ", "Events"]),
    ("events.topic", ["Chủ đề", "ຫົວຂໍ້", "Topic"]),
    ("events.topics", ["Chủ đề công bố", "ຫົວຂໍ້ທີ່ເຜີຍແຜ່", "Published topics"]),
    ("events.topics.none", ["Chưa công bố chủ đề nào.", "ຍັງບໍ່ໄດ້ເຜີຍແຜ່ຫົວຂໍ້ໃດ.", "Nothing is published yet."]),
    ("explain.answer", ["Trả lời", "ຄຳຕອບ", "Answer"]),
    ("explain.any", ["Bất kỳ", "ອັນໃດກໍໄດ້", "Any"]),
    ("explain.bad", ["Cản trở", "ຂັດຂວາງ", "Against"]),
    ("explain.button", ["Kiểm tra", "ກວດເບິ່ງ", "Explain"]),
    ("explain.client", ["Ai gọi", "ໃຜເອີ້ນ", "Who calls"]),
    ("explain.good", ["Đúng", "ຖືກຕ້ອງ", "For"]),
    (
        "explain.lead",
        [
            "Ai được gọi dịch vụ nào, và vì sao không. Ví dụ: LA/GOV/MOHA/civil gọi VN/GOV/MPS/population/persons bằng GET trên /v1/persons/42.",
            "ໃຜເອີ້ນບໍລິການໃດໄດ້ ແລະ ເປັນຫຍັງຈຶ່ງບໍ່ໄດ້. ຕົວຢ່າງ: LA/GOV/MOHA/civil ເອີ້ນ VN/GOV/MPS/population/persons ດ້ວຍ GET ທີ່ /v1/persons/42.",
            "May one call another, and why not? For example: LA/GOV/MOHA/civil calls VN/GOV/MPS/population/persons by GET on /v1/persons/42.",
        ],
    ),
    ("explain.path", ["Đường dẫn sau dịch vụ", "ເສັ້ນທາງຫຼັງບໍລິການ", "Path after the service"]),
    ("explain.reason", ["Lý do", "ເຫດຜົນ", "Reason"]),
    (
        "explain.reasons",
        ["Mọi lý do, theo thứ tự quyết định", "ທຸກເຫດຜົນ ຕາມລຳດັບການຕັດສິນ", "Every reason, in the order of deciding"],
    ),
    ("explain.service", ["Dịch vụ", "ບໍລິການ", "Service"]),
    ("explain.services", ["Dịch vụ ở đây:", "ບໍລິການຢູ່ບ່ອນນີ້:", "Services here:"]),
    ("explain.step", ["Đánh giá", "ປະເມີນ", "Verdict"]),
    ("explain.title", ["Ai được gọi gì", "ໃຜເອີ້ນຫຍັງໄດ້", "Who may call what"]),
    ("explain.told", ["Thông tin", "ຂໍ້ມູນ", "Fact"]),
    ("failure.again.do", ["Hãy thử lại.", "ກະລຸນາລອງໃໝ່.", "Try again."]),
    ("failure.broke", ["Dữ liệu chưa đến đầy đủ", "ຂໍ້ມູນມາບໍ່ຄົບ", "What was sent did not come whole"]),
    ("failure.broken", ["Máy này gặp sự cố", "ເຄື່ອງນີ້ມີບັນຫາ", "This machine failed"]),
    (
        "failure.broken.do",
        [
            "Sự cố đã được ghi lại. Hãy báo cho người vận hành.",
            "ບັນຫາຖືກບັນທຶກແລ້ວ. ແຈ້ງຜູ້ດຳເນີນງານ.",
            "The fault has been logged. Tell the operator.",
        ],
    ),
    ("failure.changed", ["Đã có người thay đổi trước", "ມີຄົນປ່ຽນກ່ອນແລ້ວ", "Somebody changed it before you"]),
    (
        "failure.changed.do",
        [
            "Hãy xem lại trạng thái hiện tại rồi thay đổi.",
            "ເບິ່ງສະພາບປັດຈຸບັນຄືນໃໝ່ ແລ້ວຈຶ່ງປ່ຽນ.",
            "Look at it again, then change it.",
        ],
    ),
    ("failure.declaration", ["Không hiểu được bản khai báo", "ບໍ່ເຂົ້າໃຈໃບປະກາດ", "The declaration cannot be understood"]),
    ("failure.declaration.do", ["Hãy sửa chỗ được nêu.", "ແກ້ບ່ອນທີ່ລະບຸ.", "Mend the place that is named."]),
    ("failure.exists", ["Đã có rồi", "ມີຢູ່ແລ້ວ", "It is there already"]),
    (
        "failure.exists.do",
        [
            "Hãy kiểm tra tên, hoặc sửa cái đang có.",
            "ກວດຊື່ ຫຼື ແກ້ອັນທີ່ມີ.",
            "Check the name, or change the one that is there.",
        ],
    ),
    ("failure.foreign", ["Yêu cầu đến từ trang khác", "ຄຳຂໍມາຈາກໜ້າອື່ນ", "This comes from a page of somebody else's"]),
    (
        "failure.foreign.do",
        [
            "Chỉ trang của cổng này được thay đổi. Hãy mở lại từ trang tổng quan.",
            "ສະເພາະໜ້າຂອງປະຕູນີ້ປ່ຽນໄດ້. ເປີດຄືນຈາກໜ້າລວມ.",
            "Only pages of this administration change something. Begin again at the overview.",
        ],
    ),
    ("failure.form", ["Không đọc được biểu mẫu", "ອ່ານແບບຟອມບໍ່ໄດ້", "The form cannot be read"]),
    ("failure.invalid", ["Giá trị không đúng", "ຄ່າບໍ່ຖືກຕ້ອງ", "A value is not what it must be"]),
    ("failure.json", ["Không đọc được JSON", "ອ່ານ JSON ບໍ່ໄດ້", "The JSON cannot be read"]),
    (
        "failure.json.do",
        [
            "Hãy xem mô tả API tại /api/v1/openapi.json.",
            "ເບິ່ງຄຳອະທິບາຍ API ທີ່ /api/v1/openapi.json.",
            "See the description of the API at /api/v1/openapi.json.",
        ],
    ),
    (
        "failure.key",
        [
            "Khóa lặp lại đã dùng cho việc khác",
            "ກະແຈຊ້ຳຖືກໃຊ້ກັບອັນອື່ນແລ້ວ",
            "The idempotency key was used for something else",
        ],
    ),
    (
        "failure.key.do",
        ["Hãy dùng khóa mới cho yêu cầu mới.", "ໃຊ້ກະແຈໃໝ່ສຳລັບຄຳຂໍໃໝ່.", "Use a new key for a new request."],
    ),
    ("failure.limit", ["Quá nhiều", "ຫຼາຍເກີນໄປ", "There would be too much of it"]),
    ("failure.limit.do", ["Hãy bỏ bớt những gì không còn dùng.", "ລຶບສິ່ງທີ່ບໍ່ໃຊ້ແລ້ວ.", "Remove what is not needed."]),
    ("failure.locked", ["Chưa biết bạn là ai", "ບໍ່ຮູ້ວ່າທ່ານແມ່ນໃຜ", "It is not known who asks"]),
    (
        "failure.locked.do",
        [
            "Hãy gửi mã thông báo: Authorization: Bearer.",
            "ສົ່ງໂທເຄັນ: Authorization: Bearer.",
            "Present a token: Authorization: Bearer TOKEN. `mekong gateway token` makes one.",
        ],
    ),
    ("failure.method", ["Phương thức này không dùng được ở đây", "ໃຊ້ວິທີນີ້ບໍ່ໄດ້", "That place does not take this method"]),
    ("failure.not_found", ["Không có mục này", "ບໍ່ມີລາຍການນີ້", "There is no such thing"]),
    ("failure.not_found.do", ["Hãy kiểm tra tên hoặc địa chỉ.", "ກວດຊື່ ຫຼື ທີ່ຢູ່.", "Check the name or the address."]),
    ("failure.not_yet", ["Chưa thể thực hiện", "ຍັງເຮັດບໍ່ໄດ້", "It cannot be done yet"]),
    (
        "failure.not_yet.do",
        [
            "Cổng đang khởi động, hoặc thông điệp còn chờ dấu thời gian: hãy thử lại sau một phút.",
            "ປະຕູກຳລັງເລີ່ມ ຫຼື ຂໍ້ຄວາມຍັງລໍຖ້າເຄື່ອງໝາຍເວລາ: ລອງໃໝ່ໃນອີກໜຶ່ງນາທີ.",
            "The gateway is starting, or the message waits for its time-stamp: try again in a minute.",
        ],
    ),
    ("failure.parameter", ["Tham số không đúng", "ຕົວປ່ຽນບໍ່ຖືກຕ້ອງ", "A parameter is not what it must be"]),
    ("failure.parameter.do", ["Hãy sửa giá trị được nêu.", "ແກ້ຄ່າທີ່ລະບຸ.", "Mend the value that is named."]),
    ("failure.permitted", ["Bạn không được phép làm việc này", "ທ່ານບໍ່ມີສິດເຮັດສິ່ງນີ້", "You may not do this"]),
    (
        "failure.permitted.do",
        [
            "Người quản trị hệ thống có thể cấp vai trò. Lần thử này đã được ghi lại.",
            "ຜູ້ບໍລິຫານລະບົບໃຫ້ບົດບາດໄດ້. ຄັ້ງນີ້ຖືກບັນທຶກໄວ້.",
            "A system administrator can give you the role. This attempt has been recorded.",
        ],
    ),
    ("failure.title", ["Không thực hiện được", "ເຮັດບໍ່ໄດ້", "That did not work"]),
    ("failure.too_large", ["Quá lớn", "ໃຫຍ່ເກີນໄປ", "That is too large"]),
    ("failure.too_large.do", ["Hãy gửi ít hơn 8 MB.", "ສົ່ງໜ້ອຍກວ່າ 8 MB.", "Send less than 8 MB."]),
    ("failure.user", ["Người dùng khác của máy này", "ຜູ້ໃຊ້ອື່ນຂອງເຄື່ອງນີ້", "Another user of this machine asks"]),
    (
        "failure.user.do",
        [
            "Chỉ người chạy cổng được kết nối.",
            "ສະເພາະຜູ້ທີ່ເປີດປະຕູເຊື່ອມຕໍ່ໄດ້.",
            "Only the user who runs the node may connect, unless node.toml says console_other_users = true.",
        ],
    ),
    ("footer", ["Mọi thay đổi đều được ghi lại.", "ທຸກການປ່ຽນແປງຖືກບັນທຶກໄວ້.", "Every change is recorded."]),
    ("gateway.down", ["Cổng đang tắt", "ປະຕູປິດຢູ່", "The gateway is switched off"]),
    ("gateway.refusing", ["Cổng đang từ chối thông điệp", "ປະຕູປະຕິເສດຂໍ້ຄວາມຢູ່", "The gateway refuses messages now"]),
    ("group.add", ["Tạo hoặc sửa nhóm", "ສ້າງ ຫຼື ແກ້ກຸ່ມ", "Add or describe a group"]),
    ("group.code", ["Mã nhóm", "ລະຫັດກຸ່ມ", "Group"]),
    ("group.description", ["Mô tả", "ຄຳອະທິບາຍ", "What it is for"]),
    ("group.empty", ["Nhóm chưa có ai.", "ກຸ່ມຍັງບໍ່ມີໃຜ.", "Nobody is in it."]),
    ("group.member", ["Thành viên", "ສະມາຊິກ", "Member"]),
    ("group.member.add", ["Thêm vào nhóm", "ເພີ່ມເຂົ້າກຸ່ມ", "Add a member"]),
    ("group.member.remove", ["Đưa ra khỏi nhóm", "ເອົາອອກຈາກກຸ່ມ", "Take out of the group"]),
    ("group.members", ["Thành viên của nhóm", "ສະມາຊິກຂອງກຸ່ມ", "Members of the group"]),
    ("group.remove", ["Xóa nhóm", "ລຶບກຸ່ມ", "Remove the group"]),
    ("groups.none", ["Chưa có nhóm nào.", "ຍັງບໍ່ມີກຸ່ມ.", "There are no groups."]),
    (
        "key.approval",
        ["Người vận hành quốc gia phải duyệt", "ຜູ້ດຳເນີນງານຂອງປະເທດຕ້ອງອະນຸມັດ", "The operator has to approve it"],
    ),
    (
        "key.approval.do",
        [
            "Cổng tự hỏi lại; sau khi được duyệt, khóa mới được dùng.",
            "ປະຕູຈະຖາມອີກເອງ; ເມື່ອອະນຸມັດແລ້ວ ກະແຈໃໝ່ຈຶ່ງຖືກໃຊ້.",
            "The gateway asks again by itself; the new keys are used once it is approved.",
        ],
    ),
    ("key.disable", ["Ngừng dùng", "ຢຸດໃຊ້", "Take out of use"]),
    ("key.download", ["Tải yêu cầu chứng thư", "ດາວໂຫຼດຄຳຂໍໃບຢັ້ງຢືນ", "Download the certificate request"]),
    ("key.enable", ["Dùng lại", "ໃຊ້ຄືນ", "Put back into use"]),
    ("key.file", ["Tệp chứng thư", "ໄຟລ໌ໃບຢັ້ງຢືນ", "File of the certificate"]),
    ("key.file.hint", ["PEM hoặc DER", "PEM ຫຼື DER", "PEM or DER"]),
    ("key.fingerprint", ["Dấu vân SHA-256", "ລາຍນິ້ວມື SHA-256", "SHA-256 fingerprint"]),
    ("key.from", ["Có hiệu lực từ", "ໃຊ້ໄດ້ແຕ່", "Valid from"]),
    ("key.hardware", ["Trong thiết bị phần cứng {token}", "ໃນອຸປະກອນຮາດແວ {token}", "In the hardware token {token}"]),
    ("key.import", ["Nhập chứng thư", "ນຳເຂົ້າໃບຢັ້ງຢືນ", "Import a certificate"]),
    (
        "key.import.lead",
        [
            "Chứng thư cho một khóa đã tạo ở đây. Trước hết nó được kiểm tra.",
            "ໃບຢັ້ງຢືນສຳລັບກະແຈທີ່ສ້າງຢູ່ນີ້. ກ່ອນອື່ນຈະຖືກກວດສອບ.",
            "The certificate of a key that was made here. It is checked first.",
        ],
    ),
    ("key.imported", ["Chứng thư đã có ở đây", "ໃບຢັ້ງຢືນຢູ່ນີ້ແລ້ວ", "The certificate is there"]),
    (
        "key.imported.do",
        [
            "Nó được dùng khi OCSP xác nhận là tốt. Chứng thư TLS còn phải được đăng ký trong danh bạ: mekong registration certificate TỆP, hoặc nhờ người vận hành.",
            "ຈະຖືກໃຊ້ເມື່ອ OCSP ຢືນຢັນວ່າດີ. ໃບຢັ້ງຢືນ TLS ຍັງຕ້ອງລົງທະບຽນໃນສາລະບານ: mekong registration certificate ໄຟລ໌, ຫຼື ໃຫ້ຜູ້ດຳເນີນງານຊ່ວຍ.",
            "It is used once OCSP says that it is good. One for TLS must also be registered in the directory: mekong registration certificate FILE, or ask the operator to.",
        ],
    ),
    ("key.issuer", ["Bên cấp", "ຜູ້ອອກ", "Issuer"]),
    ("key.kind", ["Loại khóa", "ປະເພດກະແຈ", "Kind of key"]),
    (
        "key.kind.hint",
        [
            "Cơ quan chứng thực có thể đòi một loại nhất định",
            "ອົງການຢັ້ງຢືນອາດຕ້ອງການປະເພດສະເພາະ",
            "Your authority may want a certain one",
        ],
    ),
    ("key.label", ["Nhãn", "ປ້າຍ", "Label"]),
    ("key.made", ["Khóa đã được tạo", "ສ້າງກະແຈແລ້ວ", "The key is made"]),
    (
        "key.made.do",
        [
            "Đưa yêu cầu này cho cơ quan chứng thực mà danh bạ chấp nhận, rồi nhập chứng thư nhận được.",
            "ເອົາຄຳຂໍນີ້ໃຫ້ອົງການຢັ້ງຢືນທີ່ສາລະບານຮັບຮອງ, ແລ້ວນຳເຂົ້າໃບຢັ້ງຢືນທີ່ໄດ້ຮັບ.",
            "Give this request to an authority that the directory approves, then import the certificate that it issues.",
        ],
    ),
    (
        "key.none_used",
        [
            "Không có chứng thư nào dùng được cho việc này",
            "ບໍ່ມີໃບຢັ້ງຢືນທີ່ໃຊ້ໄດ້ສຳລັບສິ່ງນີ້",
            "No certificate can be used for this",
        ],
    ),
    (
        "key.ocsp.good",
        [
            "Tốt; câu trả lời còn mới đến {until}",
            "ດີ; ຄຳຕອບຍັງໃໝ່ຈົນຮອດ {until}",
            "Good; the answer is fresh until {until}",
        ],
    ),
    ("key.paste", ["Hoặc dán chứng thư", "ຫຼື ວາງໃບຢັ້ງຢືນ", "Or paste the certificate"]),
    (
        "key.paste.hint",
        [
            "Bắt đầu bằng -----BEGIN CERTIFICATE-----",
            "ເລີ່ມດ້ວຍ -----BEGIN CERTIFICATE-----",
            "It begins with -----BEGIN CERTIFICATE-----",
        ],
    ),
    ("key.place", ["Nơi lưu", "ບ່ອນເກັບ", "Where"]),
    ("key.purpose", ["Dùng cho", "ໃຊ້ສຳລັບ", "For"]),
    ("key.reason", ["Vì sao không dùng được", "ເປັນຫຍັງຈຶ່ງໃຊ້ບໍ່ໄດ້", "Why it cannot be used"]),
    ("key.registered", ["Đã đăng ký trong danh bạ", "ລົງທະບຽນໃນສາລະບານແລ້ວ", "Registered in the directory"]),
    ("key.renew", ["Đổi khóa ngay", "ປ່ຽນກະແຈດຽວນີ້", "Exchange the keys now"]),
    (
        "key.renew.lead",
        [
            "Tạo khóa mới và nhờ người vận hành quốc gia chứng thực. Khóa cũ được dùng cho đến khi khóa mới sẵn sàng.",
            "ສ້າງກະແຈໃໝ່ ແລະ ໃຫ້ຜູ້ດຳເນີນງານຂອງປະເທດຢັ້ງຢືນ. ກະແຈເກົ່າຍັງຖືກໃຊ້ຈົນກວ່າກະແຈໃໝ່ພ້ອມ.",
            "New keys are made, and the operator certifies them. The old ones are used until the new ones can be.",
        ],
    ),
    ("key.renewed", ["Đã có khóa và chứng thư mới", "ມີກະແຈ ແລະ ໃບຢັ້ງຢືນໃໝ່ແລ້ວ", "New keys and certificates are there"]),
    (
        "key.renewed.do",
        [
            "Chúng được dùng trong vài phút. Nếu khóa cũ bị lộ, hãy ngừng dùng chứng thư cũ và nhờ người vận hành thu hồi.",
            "ຈະຖືກໃຊ້ພາຍໃນສອງສາມນາທີ. ຖ້າກະແຈເກົ່າຮົ່ວໄຫຼ, ໃຫ້ຢຸດໃຊ້ໃບຢັ້ງຢືນເກົ່າ ແລະ ໃຫ້ຜູ້ດຳເນີນງານຖອນຄືນ.",
            "They are used within minutes. If an old key has leaked, take its certificate out of use, and have the operator revoke it.",
        ],
    ),
    ("key.request", ["Tạo khóa và yêu cầu chứng thư", "ສ້າງກະແຈ ແລະ ຄຳຂໍໃບຢັ້ງຢືນ", "Make a key and a certificate request"]),
    (
        "key.request.lead",
        [
            "Cho một cơ quan chứng thực do bạn chọn. Khóa không rời khỏi đây; chỉ yêu cầu được đưa ra.",
            "ສຳລັບອົງການຢັ້ງຢືນທີ່ທ່ານເລືອກ. ກະແຈບໍ່ອອກຈາກນີ້; ມີແຕ່ຄຳຂໍທີ່ຖືກສົ່ງອອກ.",
            "For an authority of your choice. The key stays here; only the request goes out.",
        ],
    ),
    ("key.request.pem", ["Yêu cầu (PKCS#10)", "ຄຳຂໍ (PKCS#10)", "Request (PKCS#10)"]),
    ("key.serial", ["Số sê-ri", "ເລກລຳດັບ", "Serial number"]),
    ("key.signs", ["Ký thông điệp của {member}", "ເຊັນຂໍ້ຄວາມຂອງ {member}", "Signing messages of {member}"]),
    (
        "key.software",
        ["Trong thư mục của cổng, đã mã hóa", "ໃນໂຟນເດີຂອງປະຕູ, ເຂົ້າລະຫັດ", "In the gateway's folder, encrypted"],
    ),
    ("key.state", ["Trạng thái", "ສະຖານະ", "State"]),
    ("key.state.disabled", ["Đã ngừng dùng", "ຢຸດໃຊ້ແລ້ວ", "Out of use"]),
    ("key.state.in_use", ["Đang dùng", "ກຳລັງໃຊ້", "In use"]),
    ("key.state.ready", ["Dùng được", "ໃຊ້ໄດ້", "Can be used"]),
    ("key.state.unknown", ["Chưa rõ", "ຍັງບໍ່ຮູ້", "Not known yet"]),
    ("key.state.unusable", ["Không dùng được", "ໃຊ້ບໍ່ໄດ້", "Cannot be used"]),
    ("key.state.waiting", ["Chờ chứng thư", "ລໍຖ້າໃບຢັ້ງຢືນ", "Waits for its certificate"]),
    ("key.subject", ["Chủ thể", "ເຈົ້າຂອງ", "Subject"]),
    ("key.tls", ["TLS với các cổng khác", "TLS ກັບປະຕູອື່ນ", "TLS with other gateways"]),
    ("key.until", ["Có hiệu lực đến", "ໃຊ້ໄດ້ເຖິງ", "Valid until"]),
    (
        "keys.lead",
        [
            "Khóa và chứng thư của cổng này. Khóa riêng không bao giờ được hiển thị.",
            "ກະແຈ ແລະ ໃບຢັ້ງຢືນຂອງປະຕູນີ້. ກະແຈສ່ວນຕົວບໍ່ເຄີຍຖືກສະແດງ.",
            "The keys and certificates of this gateway. Private keys are never shown.",
        ],
    ),
    ("keys.title", ["Khóa và chứng thư", "ກະແຈ ແລະ ໃບຢັ້ງຢືນ", "Keys and certificates"]),
    ("leave.button", ["Đăng xuất", "ອອກຈາກລະບົບ", "Sign out"]),
    ("letter.all", ["Tất cả", "ທັງໝົດ", "All of them"]),
    ("letter.attempts", ["Số lần thử", "ຈຳນວນຄັ້ງທີ່ລອງ", "Attempts"]),
    ("letter.choose", ["Quyết định về sự kiện để riêng", "ຕັດສິນເຫດການທີ່ແຍກໄວ້", "Decide on what was put aside"]),
    ("letter.deliver", ["Giao lại sự kiện", "ສົ່ງເຫດການຄືນໃໝ່", "Deliver again"]),
    (
        "letter.deliver.warn",
        [
            "Sự kiện được giao lại; các sự kiện sau của cùng đối tượng chờ nó.",
            "ເຫດການຈະຖືກສົ່ງຄືນໃໝ່; ເຫດການຕໍ່ມາຂອງຫົວເລື່ອງດຽວກັນລໍຖ້າມັນ.",
            "It is delivered again; later events of its subject wait for it.",
        ],
    ),
    ("letter.do", ["Làm gì", "ເຮັດຫຍັງ", "What to do"]),
    ("letter.done", ["Đã ghi nhận", "ບັນທຶກແລ້ວ", "It is recorded"]),
    ("letter.drop", ["Bỏ sự kiện", "ປະເຫດການ", "Give up"]),
    (
        "letter.drop.warn",
        [
            "Sự kiện không bao giờ được giao; các sự kiện sau của cùng đối tượng tiếp tục.",
            "ເຫດການຈະບໍ່ຖືກສົ່ງອີກ; ເຫດການຕໍ່ມາຂອງຫົວເລື່ອງດຽວກັນດຳເນີນຕໍ່.",
            "It is never delivered; later events of its subject go on without it.",
        ],
    ),
    ("letter.holds", ["Giữ các sự kiện sau", "ກັກເຫດການຕໍ່ມາ", "Later events wait"]),
    ("letter.none", ["Không có sự kiện nào để riêng.", "ບໍ່ມີເຫດການແຍກໄວ້.", "Nothing was put aside."]),
    ("letter.number", ["Số", "ເລກທີ", "Number"]),
    ("letter.position", ["Vị trí", "ຕຳແໜ່ງ", "Position"]),
    ("letter.reason", ["Câu trả lời cuối", "ຄຳຕອບສຸດທ້າຍ", "Last answer"]),
    ("letter.replay", ["Giao lại từ một vị trí", "ສົ່ງຄືນແຕ່ຕຳແໜ່ງໜຶ່ງ", "Deliver again from a position"]),
    ("letter.replay.from", ["Từ vị trí hoặc thời điểm", "ແຕ່ຕຳແໜ່ງ ຫຼື ເວລາ", "From a position or a time"]),
    (
        "letter.replay.hint",
        ["Một số, hoặc 2026-11-22T05:14:00Z", "ຕົວເລກ ຫຼື 2026-11-22T05:14:00Z", "A number, or 2026-11-22T05:14:00Z"],
    ),
    (
        "letter.replay.warn",
        [
            "Hệ thống nhận lại các sự kiện, có đánh dấu đã gửi.",
            "ລະບົບຈະໄດ້ຮັບເຫດການອີກ ພ້ອມເຄື່ອງໝາຍວ່າເຄີຍສົ່ງ.",
            "The information system gets events again, marked as sent before.",
        ],
    ),
    ("letter.since", ["Từ lúc", "ແຕ່ເວລາ", "Since"]),
    ("letter.subject", ["Đối tượng", "ຫົວເລື່ອງ", "Subject"]),
    ("messages.asked", ["{client} đã gọi {service}", "{client} ໄດ້ເອີ້ນ {service}", "{client} asked {service}"]),
    ("messages.body", ["Kích thước nội dung", "ຂະໜາດເນື້ອໃນ", "Size of the body"]),
    ("messages.bytes", ["{n} byte", "{n} ໄບຕ໌", "{n} bytes"]),
    ("messages.checkpoint", ["Điểm chốt của nhật ký", "ຈຸດຢັ້ງຢືນຂອງບັນທຶກ", "Checkpoint of the log"]),
    ("messages.checkpoint.none", ["Chưa có điểm chốt nào bao gồm", "ຍັງບໍ່ມີຈຸດຢັ້ງຢືນທີ່ກວມເອົາ", "None is over it yet"]),
    (
        "messages.checkpoint.over",
        [
            "Trong điểm chốt đã ký trên {n} bản ghi",
            "ຢູ່ໃນຈຸດຢັ້ງຢືນທີ່ເຊັນແລ້ວ ກວມ {n} ລາຍການ",
            "In the one that is signed over {n} records",
        ],
    ),
    ("messages.client", ["Bên hỏi", "ຜູ້ຖາມ", "Who asked"]),
    ("messages.covers", ["Một dấu cho {n} thông điệp", "ໜຶ່ງເຄື່ອງໝາຍສຳລັບ {n} ຂໍ້ຄວາມ", "One for {n} messages"]),
    (
        "messages.end.consumer",
        [
            "Nhật ký không có trả lời. Hệ thống đã hỏi được báo lý do. Hãy tìm cùng mã này ở cổng phía bên kia để biết câu hỏi đã tới đó chưa.",
            "ບັນທຶກບໍ່ມີຄຳຕອບ. ລະບົບທີ່ຖາມໄດ້ຮັບແຈ້ງເຫດຜົນແລ້ວ. ຊອກລະຫັດດຽວກັນນີ້ທີ່ປະຕູຝ່າຍກົງກັນຂ້າມ ເພື່ອຮູ້ວ່າຄຳຖາມໄປຮອດຫຼືບໍ່.",
            "The log has no answer. The system that asked was told why. Look for the same id at the other gateway, which knows if the request came there.",
        ],
    ),
    (
        "messages.end.own",
        ["Cả hai phía đều thuộc cổng này.", "ທັງສອງຝ່າຍແມ່ນຂອງປະຕູນີ້.", "Both sides are this gateway's own."],
    ),
    (
        "messages.end.provider",
        [
            "Dịch vụ không cho trả lời nào ký được. Hãy xem hệ thống phía sau dịch vụ và nhật ký của cổng vào lúc đó.",
            "ບໍລິການບໍ່ໄດ້ໃຫ້ຄຳຕອບທີ່ເຊັນໄດ້. ກວດເບິ່ງລະບົບທີ່ຢູ່ຫຼັງບໍລິການ ແລະ ບັນທຶກຂອງປະຕູໃນເວລານັ້ນ.",
            "The service gave no answer that could be signed. Look at the system behind it, and at this gateway's own log of that moment.",
        ],
    ),
    (
        "messages.end.service",
        [
            "Mã {status} là trả lời của chính dịch vụ: hãy hỏi bên cung cấp.",
            "ລະຫັດ {status} ແມ່ນຄຳຕອບຂອງບໍລິການເອງ: ກະລຸນາຖາມຜູ້ໃຫ້ບໍລິການ.",
            "Status {status} is the answer of the service itself: ask its owner.",
        ],
    ),
    (
        "messages.end.whole",
        [
            "Lần trao đổi trọn vẹn. {peer} phải có cùng các thông điệp này.",
            "ການແລກປ່ຽນຄົບຖ້ວນ. {peer} ຕ້ອງມີຂໍ້ຄວາມດຽວກັນ.",
            "The exchange is whole. {peer} must have the same messages.",
        ],
    ),
    ("messages.ended", ["Không có trả lời", "ບໍ່ມີຄຳຕອບ", "It ended without an answer"]),
    ("messages.evidence", ["Bằng chứng", "ຫຼັກຖານ", "Evidence"]),
    ("messages.evidence.all", ["Tải tất cả (ZIP)", "ດາວໂຫຼດທັງໝົດ (ZIP)", "Download all (ZIP)"]),
    (
        "messages.evidence.lead",
        [
            "Các gói đã ký (ASiC-E) mà ai cũng kiểm tra được. Trong đó có nội dung, có thể có dữ liệu cá nhân: ai tải về được ghi vào nhật ký kiểm toán.",
            "ຊຸດເອກະສານທີ່ເຊັນແລ້ວ (ASiC-E) ທີ່ໃຜກໍກວດໄດ້. ໃນນັ້ນມີເນື້ອໃນ ອາດມີຂໍ້ມູນສ່ວນຕົວ: ຜູ້ດາວໂຫຼດຈະຖືກບັນທຶກໄວ້ໃນບັນທຶກການກວດສອບ.",
            "Signed containers (ASiC-E) that anybody can check. What was said is in them, personal data perhaps: who downloads them stands in the audit log.",
        ],
    ),
    ("messages.evidence.request", ["Tải yêu cầu", "ດາວໂຫຼດຄຳຖາມ", "Download the request"]),
    ("messages.evidence.response", ["Tải trả lời", "ດາວໂຫຼດຄຳຕອບ", "Download the answer"]),
    (
        "messages.evidence.waits",
        [
            "Chưa có dấu thời gian. Thường trong vòng một phút sẽ có; khi đó tải được ở đây.",
            "ຍັງບໍ່ມີເຄື່ອງໝາຍເວລາ. ປົກກະຕິຈະມີພາຍໃນໜຶ່ງນາທີ; ຈາກນັ້ນດາວໂຫຼດໄດ້ຢູ່ນີ້.",
            "It waits for its time-stamp, which comes within a minute as a rule; then it can be downloaded here.",
        ],
    ),
    ("messages.exchange", ["Lần trao đổi", "ການແລກປ່ຽນ", "Exchange"]),
    (
        "messages.failed",
        [
            "Chỉ lần lỗi (mã từ 400, hoặc không có trả lời)",
            "ສະເພາະທີ່ຜິດພາດ (ລະຫັດ 400 ຂຶ້ນໄປ ຫຼື ບໍ່ມີຄຳຕອບ)",
            "Failed only (status 400 or more, or no answer)",
        ],
    ),
    (
        "messages.id",
        [
            "Mã (X-Road-Id, x-road-request-id)",
            "ລະຫັດ (X-Road-Id, x-road-request-id)",
            "Id (X-Road-Id, x-road-request-id)",
        ],
    ),
    (
        "messages.lead",
        [
            "Ai trao đổi gì với ai, theo nhật ký thông điệp. Nội dung chỉ có trong bằng chứng.",
            "ໃຜແລກປ່ຽນຫຍັງກັບໃຜ ຕາມບັນທຶກຂໍ້ຄວາມ. ເນື້ອໃນມີຢູ່ໃນຫຼັກຖານເທົ່ານັ້ນ.",
            "Who exchanged what with whom, as the message log has it. What was said is in the evidence alone.",
        ],
    ),
    ("messages.logged", ["Ghi lúc", "ບັນທຶກເວລາ", "Logged"]),
    (
        "messages.none",
        ["Nhật ký không có lần trao đổi nào như vậy.", "ບັນທຶກບໍ່ມີການແລກປ່ຽນດັ່ງກ່າວ.", "The log has no such exchanges."],
    ),
    ("messages.operation", ["Nội dung yêu cầu", "ສິ່ງທີ່ຖາມ", "Asked for"]),
    ("messages.peer", ["Cổng phía bên kia", "ປະຕູຝ່າຍກົງກັນຂ້າມ", "Other gateway"]),
    ("messages.position", ["tại vị trí {n} của nhật ký", "ທີ່ຕຳແໜ່ງ {n} ຂອງບັນທຶກ", "at position {n} of the log"]),
    ("messages.received", ["Nhận lúc", "ໄດ້ຮັບເວລາ", "Received"]),
    ("messages.request", ["Yêu cầu", "ຄຳຖາມ", "The request"]),
    ("messages.response", ["Trả lời", "ຄຳຕອບ", "The answer"]),
    ("messages.service", ["Dịch vụ được gọi", "ບໍລິການທີ່ຖືກເອີ້ນ", "What was asked"]),
    ("messages.side", ["Cổng này", "ປະຕູນີ້", "This gateway"]),
    ("messages.side.consumer", ["Cổng của bên hỏi", "ປະຕູຂອງຝ່າຍຖາມ", "The gateway of who asked"]),
    ("messages.side.provider", ["Cổng của bên được hỏi", "ປະຕູຂອງຝ່າຍຖືກຖາມ", "The gateway of who was asked"]),
    ("messages.signer", ["Chứng thư ký", "ໃບຢັ້ງຢືນທີ່ເຊັນ", "Signed with"]),
    ("messages.stamp", ["Dấu thời gian", "ເຄື່ອງໝາຍເວລາ", "Time-stamp"]),
    ("messages.stamped", ["Có", "ມີແລ້ວ", "Stamped"]),
    ("messages.steps", ["Các bước trong cổng này", "ຂັ້ນຕອນໃນປະຕູນີ້", "Steps in this gateway"]),
    ("messages.story", ["Diễn biến của {id}", "ເລື່ອງລາວຂອງ {id}", "What became of {id}"]),
    ("messages.title", ["Thông điệp", "ຂໍ້ຄວາມ", "Messages"]),
    ("messages.took", ["Thời gian xử lý", "ໃຊ້ເວລາ", "Took"]),
    ("messages.unanswered", ["Không có trả lời", "ບໍ່ມີຄຳຕອບ", "No answer"]),
    (
        "messages.unknown",
        [
            "Nhật ký của cổng này không có mã đó. Mã được so từng chữ; điều bị từ chối trước khi ký thì không có trong nhật ký.",
            "ບັນທຶກຂອງປະຕູນີ້ບໍ່ມີລະຫັດນັ້ນ. ລະຫັດຖືກທຽບທຸກຕົວອັກສອນ; ສິ່ງທີ່ຖືກປະຕິເສດກ່ອນເຊັນບໍ່ຢູ່ໃນບັນທຶກ.",
            "The log of this gateway does not have that id. Ids are compared letter by letter; what was refused before it was signed is in no log.",
        ],
    ),
    ("messages.waits", ["Đang chờ", "ລໍຖ້າ", "Waits"]),
    ("messages.witness", ["Đồng ký bởi", "ຮ່ວມເຊັນໂດຍ", "Cosigned by"]),
    ("nav.audit", ["Nhật ký", "ບັນທຶກ", "Audit log"]),
    ("nav.events", ["Sự kiện", "ເຫດການ", "Events"]),
    ("nav.explain", ["Giải thích", "ອະທິບາຍ", "Explain"]),
    ("nav.keys", ["Khóa và chứng thư", "ກະແຈ ແລະ ໃບຢັ້ງຢືນ", "Keys and certificates"]),
    ("nav.messages", ["Thông điệp", "ຂໍ້ຄວາມ", "Messages"]),
    ("nav.overview", ["Tổng quan", "ພາບລວມ", "Overview"]),
    ("nav.users", ["Người dùng", "ຜູ້ໃຊ້", "Users"]),
    ("no", ["Không", "ບໍ່", "No"]),
    ("overview.subsystems", ["Phân hệ được phục vụ", "ລະບົບຍ່ອຍທີ່ໃຫ້ບໍລິການ", "Subsystems served here"]),
    ("overview.title", ["Cổng này phục vụ gì", "ປະຕູນີ້ໃຫ້ບໍລິການຫຍັງ", "What this gateway serves"]),
    ("remove", ["Bỏ", "ເອົາອອກ", "Remove"]),
    ("right.add", ["Cấp quyền", "ໃຫ້ສິດ", "Grant a right"]),
    ("right.part", ["Phần được gọi", "ສ່ວນທີ່ເອີ້ນໄດ້", "Part"]),
    (
        "right.part.hint",
        ["Cả dịch vụ, hoặc một điểm cuối của nó", "ທັງບໍລິການ ຫຼື ຈຸດໜຶ່ງຂອງມັນ", "The whole service, or one endpoint of it"],
    ),
    ("right.revoke", ["Thu hồi quyền", "ຖອນສິດ", "Revoke"]),
    ("right.service", ["Dịch vụ", "ບໍລິການ", "Service"]),
    ("right.subject", ["Ai được gọi", "ໃຜເອີ້ນໄດ້", "Who may call"]),
    (
        "right.subject.hint",
        [
            "LA/GOV/MOHA/civil, global:VN/ministries hoặc local:clerks",
            "LA/GOV/MOHA/civil, global:VN/ministries ຫຼື local:clerks",
            "LA/GOV/MOHA/civil, global:VN/ministries or local:clerks",
        ],
    ),
    ("right.unknown", ["Không có trong danh bạ", "ບໍ່ມີໃນສາລະບານ", "Not in the directory"]),
    ("right.whole", ["Cả dịch vụ", "ທັງບໍລິການ", "The whole service"]),
    (
        "rights.none",
        [
            "Chưa cấp quyền cho ai: không ai gọi được.",
            "ຍັງບໍ່ໃຫ້ສິດໃຜ: ບໍ່ມີໃຜເອີ້ນໄດ້.",
            "No rights are granted: nobody may call.",
        ],
    ),
    ("role.auditor", ["Kiểm toán viên: chỉ xem", "ຜູ້ກວດສອບ: ເບິ່ງເທົ່ານັ້ນ", "Auditor: sees everything, changes nothing"]),
    (
        "role.registrar",
        [
            "Người đăng ký: phân hệ, dịch vụ, quyền",
            "ຜູ້ລົງທະບຽນ: ລະບົບຍ່ອຍ, ບໍລິການ, ສິດ",
            "Registrar: subsystems, services, rights",
        ],
    ),
    (
        "role.security_officer",
        ["Cán bộ an ninh: kết nối, khóa", "ເຈົ້າໜ້າທີ່ຄວາມປອດໄພ: ການເຊື່ອມຕໍ່, ກະແຈ", "Security officer: connections, keys"],
    ),
    ("role.system_administrator", ["Quản trị hệ thống: người dùng", "ຜູ້ບໍລິຫານລະບົບ: ຜູ້ໃຊ້", "System administrator: users"]),
    ("service.add", ["Thêm dịch vụ", "ເພີ່ມບໍລິການ", "Add a service"]),
    ("service.change", ["Sửa dịch vụ", "ແກ້ບໍລິການ", "Change the service"]),
    ("service.code", ["Mã dịch vụ", "ລະຫັດບໍລິການ", "Service code"]),
    ("service.code.hint", ["Như trong địa chỉ: persons", "ຄືໃນທີ່ຢູ່: persons", "As it stands in addresses: persons"]),
    ("service.endpoints", ["Điểm cuối", "ຈຸດບໍລິການ", "Endpoints"]),
    ("service.notice", ["Thông báo khi tắt", "ຂໍ້ຄວາມເມື່ອປິດ", "Notice while it is switched off"]),
    (
        "service.notice.hint",
        ["Để trống: dịch vụ đang bật", "ປະຫວ່າງໄວ້: ບໍລິການເປີດຢູ່", "Left empty, the service is switched on"],
    ),
    ("service.off", ["Tắt", "ປິດ", "Off"]),
    ("service.on", ["Bật", "ເປີດ", "On"]),
    ("service.openapi", ["Mô tả OpenAPI (địa chỉ)", "ຄຳອະທິບາຍ OpenAPI (ທີ່ຢູ່)", "OpenAPI description (address)"]),
    (
        "service.openapi.hint",
        [
            "http://..., cổng lấy về khi có người hỏi",
            "http://..., ປະຕູໄປເອົາເມື່ອມີຄົນຖາມ",
            "http://..., fetched when somebody asks for it",
        ],
    ),
    ("service.openapi.kept", ["Được lưu tại đây", "ເກັບໄວ້ບ່ອນນີ້", "Kept here"]),
    (
        "service.openapi.text",
        ["Hoặc chính mô tả đó (JSON)", "ຫຼື ຄຳອະທິບາຍນັ້ນເອງ (JSON)", "Or the description itself (JSON)"],
    ),
    ("service.put", ["Đặt dịch vụ", "ຕັ້ງບໍລິການ", "Offer the service so"]),
    ("service.remove", ["Xóa dịch vụ", "ລຶບບໍລິການ", "Remove the service"]),
    ("service.seconds", ["{n} giây", "{n} ວິນາທີ", "{n} seconds"]),
    ("service.state", ["Trạng thái", "ສະຖານະ", "State"]),
    ("service.timeout", ["Thời gian chờ", "ເວລາລໍຖ້າ", "Timeout"]),
    ("service.timeout.hint", ["Số giây, 1 đến 3600", "ວິນາທີ, 1 ຫາ 3600", "Seconds, 1 to 3600"]),
    ("service.urls", ["Địa chỉ", "ທີ່ຢູ່", "Addresses"]),
    (
        "service.urls.hint",
        [
            "http://máy:cổng/đường-dẫn, mỗi dòng một địa chỉ; địa chỉ sau dùng khi địa chỉ trước không tới được",
            "http://ເຄື່ອງ:ພອດ/ທາງ, ແຖວລະອັນ; ອັນຕໍ່ໄປໃຊ້ເມື່ອອັນກ່ອນເຂົ້າບໍ່ເຖິງ",
            "http://host:port/path, one a line; the next is tried where one cannot be reached",
        ],
    ),
    ("services.none", ["Chưa cung cấp dịch vụ nào.", "ຍັງບໍ່ມີບໍລິການ.", "It offers no services."]),
    ("subscription.delivery", ["Cách giao", "ວິທີສົ່ງ", "Delivery"]),
    (
        "subscription.lead",
        [
            "Sự kiện của một chủ đề được ký, giữ thứ tự theo đối tượng.",
            "ເຫດການຂອງຫົວຂໍ້ໜຶ່ງ ມີລາຍເຊັນ ແລະ ຮັກສາລຳດັບຕາມຫົວເລື່ອງ.",
            "Events of one topic: signed, in order per subject.",
        ],
    ),
    ("subscription.name", ["Đăng ký nhận sự kiện", "ການຕິດຕາມເຫດການ", "Subscription"]),
    ("subscription.name.hint", ["a-z, 0-9, gạch nối", "a-z, 0-9, ຂີດຕໍ່", "a-z, 0-9, hyphens"]),
    (
        "subscription.provider.hint",
        ["Mã định danh: VN/GOV/MPS/population", "ລະຫັດ: VN/GOV/MPS/population", "Its identifier: VN/GOV/MPS/population"],
    ),
    ("subscription.pull", ["Hệ thống tự lấy", "ລະບົບເອົາເອງ", "The information system fetches"]),
    ("subscription.push", ["Gửi đến địa chỉ", "ສົ່ງໄປທີ່ຢູ່", "Pushed to"]),
    (
        "subscription.push.hint",
        [
            "http://10.1.1.5:8000/events; để trống nếu hệ thống tự lấy",
            "http://10.1.1.5:8000/events; ປະໄວ້ຫວ່າງຖ້າລະບົບເອົາເອງ",
            "http://10.1.1.5:8000/events; empty if the system fetches",
        ],
    ),
    ("subscription.put", ["Theo dõi sự kiện", "ຕິດຕາມເຫດການ", "Follow events"]),
    ("subscription.remove", ["Ngừng theo dõi sự kiện", "ຢຸດຕິດຕາມເຫດການ", "Follow events no longer"]),
    ("subscription.start", ["Bắt đầu từ", "ເລີ່ມແຕ່", "Begins at"]),
    (
        "subscription.start.hint",
        [
            "beginning, end, một số, hoặc một thời điểm",
            "beginning, end, ຕົວເລກ ຫຼື ເວລາ",
            "beginning, end, a position or a time",
        ],
    ),
    ("subsystem.add", ["Thêm phân hệ", "ເພີ່ມລະບົບຍ່ອຍ", "Add a subsystem"]),
    ("subsystem.callers", ["Hệ thống thông tin kết nối từ", "ລະບົບຂໍ້ມູນເຊື່ອມຕໍ່ຈາກ", "Information systems connect"]),
    ("subsystem.groups", ["Nhóm riêng", "ກຸ່ມຂອງຕົນ", "Local groups"]),
    ("subsystem.history", ["Lịch sử trong nhật ký kiểm toán", "ປະຫວັດໃນບັນທຶກການກວດສອບ", "Its history in the audit log"]),
    ("subsystem.id", ["Phân hệ", "ລະບົບຍ່ອຍ", "Subsystem"]),
    (
        "subsystem.id.hint",
        ["Mã định danh: VN/GOV/MPS/population", "ຕົວລະບຸ: VN/GOV/MPS/population", "Identifier: VN/GOV/MPS/population"],
    ),
    ("subsystem.remove", ["Ngừng phục vụ phân hệ", "ຢຸດໃຫ້ບໍລິການລະບົບຍ່ອຍ", "Serve the subsystem no longer"]),
    ("subsystem.rights", ["Quyền truy cập", "ສິດການເຂົ້າເຖິງ", "Rights"]),
    ("subsystem.services", ["Dịch vụ", "ບໍລິການ", "Services"]),
    (
        "subsystem.unregistered",
        ["Chưa đăng ký trong danh bạ", "ຍັງບໍ່ໄດ້ລົງທະບຽນໃນສາລະບານ", "Not registered in the directory"],
    ),
    (
        "subsystem.waiting",
        [
            "Đã đăng ký ở cổng này nhưng chưa phục vụ: {list}",
            "ລົງທະບຽນທີ່ປະຕູນີ້ແລ້ວ ແຕ່ຍັງບໍ່ໃຫ້ບໍລິການ: {list}",
            "Registered at this gateway and not served yet: {list}",
        ],
    ),
    ("tile.rights", ["Quyền", "ສິດ", "Rights"]),
    ("tile.services", ["Dịch vụ", "ບໍລິການ", "Services"]),
    ("tile.subsystems", ["Phân hệ", "ລະບົບຍ່ອຍ", "Subsystems"]),
    ("tile.users", ["Người dùng", "ຜູ້ໃຊ້", "Users"]),
    ("token.add", ["Tạo mã thông báo", "ສ້າງໂທເຄັນ", "Make a token"]),
    ("token.days", ["Hiệu lực (ngày)", "ໃຊ້ໄດ້ (ມື້)", "Good for days"]),
    (
        "token.days.hint",
        ["1 đến 3660; để trống: không hết hạn", "1 ຫາ 3660; ປະຫວ່າງ: ບໍ່ໝົດອາຍຸ", "1 to 3660; left empty, it does not end"],
    ),
    ("token.expires", ["Hết hạn", "ໝົດອາຍຸ", "Ends"]),
    ("token.label", ["Dùng để làm gì", "ໃຊ້ເພື່ອຫຍັງ", "What it is for"]),
    (
        "token.label.hint",
        ["Một dòng, ví dụ: máy tính của Anna", "ແຖວດຽວ, ເຊັ່ນ: ຄອມພິວເຕີຂອງ Anna", "One line, such as: Anna's browser"],
    ),
    ("token.never", ["Không hết hạn", "ບໍ່ໝົດອາຍຸ", "Never"]),
    ("token.number", ["Số", "ເລກ", "Number"]),
    ("token.once", ["Mã này chỉ hiện một lần", "ໂທເຄັນນີ້ສະແດງເທື່ອດຽວ", "This is shown once"]),
    (
        "token.once.do",
        ["Hãy cất mã vào nơi an toàn ngay bây giờ.", "ເກັບໄວ້ບ່ອນປອດໄພດຽວນີ້.", "Put it into a safe place now."],
    ),
    ("token.remove", ["Hủy mã thông báo", "ຍົກເລີກໂທເຄັນ", "End the token"]),
    ("token.secret", ["Mã thông báo", "ໂທເຄັນ", "The token"]),
    ("user.add", ["Thêm người dùng", "ເພີ່ມຜູ້ໃຊ້", "Add a user"]),
    ("user.change", ["Sửa vai trò", "ແກ້ບົດບາດ", "Change the roles"]),
    ("user.name", ["Người dùng", "ຜູ້ໃຊ້", "User"]),
    (
        "user.name.hint",
        ["Chữ không dấu, số, - _ . @", "ຕົວອັກສອນອັງກິດ, ຕົວເລກ, - _ . @", "Letters a to z, digits, - _ . @"],
    ),
    (
        "user.no_roles",
        ["Không có vai trò: không được làm gì.", "ບໍ່ມີບົດບາດ: ເຮັດຫຍັງບໍ່ໄດ້.", "Without a role: may do nothing."],
    ),
    (
        "user.no_tokens",
        ["Chưa có mã thông báo: chưa đăng nhập được.", "ຍັງບໍ່ມີໂທເຄັນ: ຍັງເຂົ້າລະບົບບໍ່ໄດ້.", "No tokens: cannot sign in yet."],
    ),
    ("user.remove", ["Xóa người dùng", "ລຶບຜູ້ໃຊ້", "Remove the user"]),
    ("user.roles", ["Vai trò", "ບົດບາດ", "Roles"]),
    ("user.tokens", ["Mã thông báo", "ໂທເຄັນ", "Tokens"]),
    (
        "users.lead",
        [
            "Ai quản trị cổng này. Không có vai trò thì không được làm gì.",
            "ໃຜບໍລິຫານປະຕູນີ້. ບໍ່ມີບົດບາດກໍເຮັດຫຍັງບໍ່ໄດ້.",
            "Who administers this gateway. Without a role nobody may do anything.",
        ],
    ),
    (
        "users.none",
        [
            "Chưa có người dùng nào; người vận hành máy này làm mọi việc.",
            "ຍັງບໍ່ມີຜູ້ໃຊ້; ຜູ້ດຳເນີນງານເຄື່ອງນີ້ເຮັດທຸກຢ່າງ.",
            "There are no users yet; the operator of this machine does everything.",
        ],
    ),
    ("users.title", ["Người dùng", "ຜູ້ໃຊ້", "Users"]),
    (
        "warn.key.disable",
        [
            "Cổng không dùng chứng thư này nữa cho đến khi được dùng lại. Chữ ký cũ vẫn có giá trị cho đến khi chứng thư bị thu hồi.",
            "ປະຕູຈະບໍ່ໃຊ້ໃບຢັ້ງຢືນນີ້ຈົນກວ່າຈະໃຊ້ຄືນ. ລາຍເຊັນເກົ່າຍັງມີຜົນຈົນກວ່າໃບຢັ້ງຢືນຈະຖືກຖອນຄືນ.",
            "The gateway does not use it until it is put back. Signatures made with it count until it is revoked.",
        ],
    ),
    (
        "warn.rights",
        ["Các quyền gắn với nó cũng mất theo.", "ສິດທີ່ຕິດກັບມັນຈະຫາຍໄປນຳ.", "The rights that belong to it go with it."],
    ),
    (
        "warn.subsystem",
        [
            "Mọi dịch vụ, nhóm và quyền của phân hệ cũng mất theo. Hệ thống của nó không gọi được nữa.",
            "ທຸກບໍລິການ, ກຸ່ມ ແລະ ສິດຂອງມັນຈະຫາຍໄປນຳ. ລະບົບຂອງມັນຈະເອີ້ນບໍ່ໄດ້ອີກ.",
            "All its services, groups and rights go with it, and its systems can ask no longer.",
        ],
    ),
    (
        "warn.unknown",
        [
            "Danh bạ không có bên được cấp quyền này. Hãy kiểm tra mã định danh.",
            "ສາລະບານບໍ່ມີຜູ້ນີ້. ກວດຕົວລະບຸຄືນ.",
            "The directory does not know whom this right names. Check the identifier.",
        ],
    ),
    (
        "warn.unregistered",
        [
            "Phân hệ chưa được đăng ký ở cổng này trong danh bạ: thông điệp của nó bị từ chối cho đến lúc đó.",
            "ລະບົບຍ່ອຍຍັງບໍ່ໄດ້ລົງທະບຽນຢູ່ປະຕູນີ້: ຂໍ້ຄວາມຈະຖືກປະຕິເສດຈົນກວ່າຈະລົງທະບຽນ.",
            "The directory does not have it at this gateway: its messages are refused until it is registered.",
        ],
    ),
    (
        "warn.user",
        [
            "Mọi mã thông báo của người này hết hiệu lực ngay.",
            "ໂທເຄັນທັງໝົດຂອງຜູ້ນີ້ໝົດຜົນທັນທີ.",
            "All tokens of this user end at once.",
        ],
    ),
    (
        "warn.whole",
        [
            "Quyền này cho gọi mọi phương thức và đường dẫn của dịch vụ.",
            "ສິດນີ້ໃຫ້ເອີ້ນທຸກວິທີ ແລະ ທຸກເສັ້ນທາງຂອງບໍລິການ.",
            "This right is for every method and path of the service.",
        ],
    ),
    (
        "why.client_at_gateway",
        ["{client} gọi qua {servers}", "{client} ເອີ້ນຜ່ານ {servers}", "{client} asks through {servers}"],
    ),
    ("why.client_exists", ["{client} có trong danh bạ", "{client} ມີໃນສາລະບານ", "{client} is in the directory"]),
    (
        "why.client_not_here",
        [
            "Cổng này không phục vụ {client}: hãy thêm, hoặc hỏi tại cổng phục vụ nó",
            "ປະຕູນີ້ບໍ່ໄດ້ບໍລິການ {client}: ເພີ່ມມັນ ຫຼື ຖາມທີ່ປະຕູທີ່ບໍລິການ",
            "{client} is not served by this gateway: add it, or ask at the gateway that serves it",
        ],
    ),
    (
        "why.client_nowhere",
        [
            "{client} chưa đăng ký ở cổng nào: chủ của nó phải đăng ký",
            "{client} ບໍ່ໄດ້ລົງທະບຽນຢູ່ປະຕູໃດ: ເຈົ້າຂອງຕ້ອງລົງທະບຽນ",
            "{client} is registered at no gateway: its owner must register it",
        ],
    ),
    (
        "why.client_registered",
        ["{client} đã đăng ký tại {server}", "{client} ລົງທະບຽນທີ່ {server}", "{client} is registered at {server}"],
    ),
    ("why.client_served", ["Cổng này phục vụ {client}", "ປະຕູນີ້ບໍລິການ {client}", "{client} is served by this gateway"]),
    (
        "why.client_unknown",
        [
            "{client} không có trong danh bạ: hãy kiểm tra mã, và nước đó đã liên kết chưa",
            "{client} ບໍ່ມີໃນສາລະບານ: ກວດຕົວລະບຸ ແລະ ປະເທດນັ້ນເຊື່ອມກັນແລ້ວບໍ່",
            "{client} is not in the directory: check the identifier, and that its country is federated",
        ],
    ),
    (
        "why.client_unregistered",
        [
            "{client} chưa đăng ký tại {server}: hãy đăng ký",
            "{client} ບໍ່ໄດ້ລົງທະບຽນທີ່ {server}: ລົງທະບຽນກ່ອນ",
            "{client} is not registered at {server} in the directory: have it registered",
        ],
    ),
    (
        "why.connects_anyone",
        [
            "Mọi hệ thống tới được cổng này có thể hỏi thay {client}",
            "ທຸກລະບົບທີ່ເຂົ້າເຖິງປະຕູນີ້ຖາມແທນ {client} ໄດ້",
            "Every system that reaches this gateway may ask in the name of {client}",
        ],
    ),
    (
        "why.connects_from",
        [
            "Hệ thống ở các địa chỉ này có thể hỏi thay {client}: {addresses}",
            "ລະບົບຢູ່ທີ່ຢູ່ເຫຼົ່ານີ້ຖາມແທນ {client} ໄດ້: {addresses}",
            "Systems at these addresses may ask in the name of {client}: {addresses}",
        ],
    ),
    (
        "why.decided_elsewhere",
        [
            "Cổng của {provider} quyết định quyền: hãy hỏi chủ của nó",
            "ປະຕູຂອງ {provider} ເປັນຜູ້ຕັດສິນສິດ: ຖາມເຈົ້າຂອງ",
            "The gateway of {provider} decides on rights: ask its owner",
        ],
    ),
    (
        "why.provider_at_gateway",
        ["{provider} ở sau {servers}", "{provider} ຢູ່ຫຼັງ {servers}", "{provider} is reached through {servers}"],
    ),
    (
        "why.provider_exists",
        [
            "{provider} có trong danh bạ; cổng khác phục vụ",
            "{provider} ມີໃນສາລະບານ; ປະຕູອື່ນບໍລິການ",
            "{provider} is in the directory; another gateway serves it",
        ],
    ),
    (
        "why.provider_nowhere",
        [
            "{provider} chưa đăng ký ở cổng nào: chủ của nó phải đăng ký",
            "{provider} ບໍ່ໄດ້ລົງທະບຽນຢູ່ປະຕູໃດ: ເຈົ້າຂອງຕ້ອງລົງທະບຽນ",
            "{provider} is registered at no gateway: its owner must register it",
        ],
    ),
    (
        "why.provider_registered",
        ["{provider} đã đăng ký tại {server}", "{provider} ລົງທະບຽນທີ່ {server}", "{provider} is registered at {server}"],
    ),
    (
        "why.provider_served",
        ["Cổng này phục vụ {provider}", "ປະຕູນີ້ບໍລິການ {provider}", "{provider} is served by this gateway"],
    ),
    (
        "why.provider_unknown",
        [
            "{provider} không được phục vụ ở đây và không có trong danh bạ: hãy kiểm tra mã",
            "{provider} ບໍ່ມີຢູ່ນີ້ ແລະ ບໍ່ມີໃນສາລະບານ: ກວດຕົວລະບຸ",
            "{provider} is neither served here nor in the directory: check the identifier",
        ],
    ),
    (
        "why.provider_unregistered",
        [
            "{provider} chưa đăng ký tại {server}: hãy đăng ký",
            "{provider} ບໍ່ໄດ້ລົງທະບຽນທີ່ {server}: ລົງທະບຽນກ່ອນ",
            "{provider} is not registered at {server} in the directory: have it registered",
        ],
    ),
    (
        "why.right",
        [
            "Quyền: {subject} được gọi {endpoint}",
            "ສິດ: {subject} ເອີ້ນ {endpoint} ໄດ້",
            "A right: {subject} may call {endpoint}",
        ],
    ),
    ("why.right_covers", ["Có quyền cho {call}", "ມີສິດສຳລັບ {call}", "A right covers {call}"]),
    (
        "why.right_none",
        [
            "{client} không có quyền nào đối với {service}: hãy cấp quyền",
            "{client} ບໍ່ມີສິດຕໍ່ {service}: ໃຫ້ສິດກ່ອນ",
            "{client} has no right to {service}, neither by itself nor by a group: grant one",
        ],
    ),
    (
        "why.right_not",
        [
            "Không quyền nào cho {call}: hãy cấp quyền cho điểm cuối này",
            "ບໍ່ມີສິດສຳລັບ {call}: ໃຫ້ສິດຈຸດນີ້",
            "No right covers {call}: grant one for this endpoint",
        ],
    ),
    (
        "why.right_parts",
        [
            "Có quyền cho một phần dịch vụ: hãy hỏi với phương thức và đường dẫn",
            "ມີສິດບາງສ່ວນ: ຖາມພ້ອມວິທີ ແລະ ເສັ້ນທາງ",
            "Rights cover parts of the service: ask with a method and a path",
        ],
    ),
    ("why.right_whole", ["Có quyền cho cả dịch vụ", "ມີສິດທັງບໍລິການ", "A right covers the whole service"]),
    (
        "why.service_built_in",
        [
            "Cổng tự trả lời {service} cho mọi bên nó biết",
            "ປະຕູຕອບ {service} ເອງໃຫ້ທຸກຄົນທີ່ຮູ້ຈັກ",
            "{service} is answered by the gateway itself, to everybody whom it knows",
        ],
    ),
    (
        "why.service_off",
        [
            "Dịch vụ {service} đang tắt: {notice}",
            "ບໍລິການ {service} ປິດຢູ່: {notice}",
            "Service {service} is switched off: {notice}",
        ],
    ),
    ("why.service_on", ["Dịch vụ {service} đang bật", "ບໍລິການ {service} ເປີດຢູ່", "Service {service} is switched on"]),
    (
        "why.service_unknown",
        [
            "{provider} không có dịch vụ {service}: hãy kiểm tra mã",
            "{provider} ບໍ່ມີບໍລິການ {service}: ກວດລະຫັດ",
            "{provider} offers no service {service}: check the code",
        ],
    ),
    ("yes", ["Có", "ແມ່ນ", "Yes"]),
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
