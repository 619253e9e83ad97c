//! The two countries of the demo: their institutions and what they call them.

/// A country as the demo knows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CountrySpec {
    /// X-Road instance and ISO 3166 code.
    pub(crate) instance: &'static str,
    /// Name in English.
    pub(crate) name: &'static str,
    /// The operator of the trust services, in the country's language.
    pub(crate) authority: &'static str,
    /// The ministry that keeps the population register.
    pub(crate) keeper: MinistrySpec,
    /// The ministry that asks.
    pub(crate) asker: MinistrySpec,
    /// How it writes a name that the other country searches for.
    pub(crate) other: &'static str,
}

/// A ministry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MinistrySpec {
    /// Member code in class GOV.
    pub(crate) code: &'static str,
    /// Name in the country's language.
    pub(crate) name: &'static str,
    /// Name of its folder, that of its first gateway.
    pub(crate) folder: &'static str,
    /// Its subsystems.
    pub(crate) subsystems: &'static [(&'static str, &'static str)],
}

/// Member class of ministries.
pub(crate) const CLASS: &str = "GOV";
/// Code of every first gateway within its owner.
pub(crate) const SERVER: &str = "gateway";
/// Subsystem that offers the population register.
pub(crate) const POPULATION: &str = "population";
/// Subsystem that may ask for persons.
pub(crate) const CIVIL: &str = "civil";
/// Subsystem of the asking ministry that has no right to ask for persons.
pub(crate) const STATISTICS: &str = "statistics";
/// Service code of the population register.
pub(crate) const PERSONS: &str = "persons";
/// Service code of a service that was registered and never switched on.
pub(crate) const HOUSEHOLDS: &str = "households";

/// Service code of what answers with what it was sent, where load is made; the demo has none.
pub(crate) const ECHO: &str = "echo";

/// Viet Nam.
pub(crate) const VIETNAM: CountrySpec = CountrySpec {
    instance: "VN",
    name: "Viet Nam",
    authority: "Trung tâm Chứng thực điện tử (thử nghiệm)",
    keeper: MinistrySpec {
        code: "MPS",
        name: "Bộ Công an",
        folder: "mps",
        subsystems: &[(POPULATION, "Cơ sở dữ liệu quốc gia về dân cư")],
    },
    asker: MinistrySpec {
        code: "MOJ",
        name: "Bộ Tư pháp",
        folder: "moj",
        subsystems: &[(CIVIL, "Hộ tịch"), (STATISTICS, "Thống kê")],
    },
    other: "LA",
};

/// Lao PDR.
pub(crate) const LAOS: CountrySpec = CountrySpec {
    instance: "LA",
    name: "Lao PDR",
    authority: "ສູນຢັ້ງຢືນເອເລັກໂຕຣນິກ (ທົດລອງ)",
    keeper: MinistrySpec {
        code: "MOPS",
        name: "ກະຊວງປ້ອງກັນຄວາມສະຫງົບ",
        folder: "mops",
        subsystems: &[(POPULATION, "ທະບຽນພົນລະເມືອງ")],
    },
    asker: MinistrySpec {
        code: "MOHA",
        name: "ກະຊວງພາຍໃນ",
        folder: "moha",
        subsystems: &[(CIVIL, "ທະບຽນຄອບຄົວ"), (STATISTICS, "ສະຖິຕິ")],
    },
    other: "VN",
};

impl MinistrySpec {
    /// Name of the folder of its gateway with this number, from 1 on.
    pub(crate) fn folder_of(&self, gateway: u8) -> String {
        numbered(self.folder, gateway)
    }
}

/// Code of a ministry's gateway with this number, from 1 on.
pub(crate) fn server(gateway: u8) -> String {
    numbered(SERVER, gateway)
}

fn numbered(name: &str, gateway: u8) -> String {
    if gateway <= 1 { name.to_owned() } else { format!("{name}-{gateway}") }
}

/// Both, the one that asks first in the journey first.
pub(crate) const COUNTRIES: [CountrySpec; 2] = [LAOS, VIETNAM];

impl CountrySpec {
    /// The country of an instance.
    pub(crate) fn of(instance: &str) -> Self {
        if instance == VIETNAM.instance { VIETNAM } else { LAOS }
    }
}
