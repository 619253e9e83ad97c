//! Texts: the page that explains whether somebody may call.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
    ("answer.elsewhere", ["Cổng khác quyết định", "ປະຕູອື່ນເປັນຜູ້ຕັດສິນ", "Another gateway decides"]),
    ("answer.no", ["Không, không gọi được", "ບໍ່ໄດ້, ເອີ້ນບໍ່ໄດ້", "No, it may not"]),
    ("answer.partly", ["Gọi được một phần", "ເອີ້ນໄດ້ບາງສ່ວນ", "It may call parts of it"]),
    ("answer.yes", ["Được, gọi được", "ໄດ້, ເອີ້ນໄດ້", "Yes, it may"]),
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
        "why.events_method",
        [
            "{call} không hỏi được dịch vụ sự kiện: hãy dùng GET",
            "{call} ຖາມບໍລິການເຫດການບໍ່ໄດ້: ໃຊ້ GET",
            "{call} is no question to a service of events: ask with GET",
        ],
    ),
    (
        "why.events_parts",
        [
            "{call} chỉ được trả lời phần có quyền, các chủ đề và sự kiện khác bị bỏ ra",
            "{call} ຕອບສະເພາະສ່ວນທີ່ມີສິດ, ຫົວຂໍ້ ແລະ ເຫດການອື່ນບໍ່ລວມ",
            "{call} is answered with what rights cover; other topics and events are left out",
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
];
