//! Texts: the pages of keys and certificates.

pub(super) const TEXTS: &[(&str, [&str; 3])] = &[
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
];
