//! Texts: the pages of the message log.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
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
            "Chỉ lần lỗi (mã từ 400, hoặc báo lỗi)",
            "ສະເພາະທີ່ຜິດພາດ (ລະຫັດ 400 ຂຶ້ນໄປ ຫຼື ແຈ້ງຂໍ້ຜິດພາດ)",
            "Failed only (status 400 or more, or a fault)",
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
];
