//! Files with faults: each names its row, column and repair, and nothing of the file is stored.

use crate::setting::{now, setting};
use mekong_population::import::check;
use mekong_population::{Country, ImportError, ImportLimits, Progress, import};

const VN: &str = "id,surname,middle_name,given_name,sex,born,birth_place,residence,status,died\n";
const LA: &str = "id,given_name,surname,given_name_latin,surname_latin,sex,born,birth_place,residence\n";
const AN: &str = "001090000001,Nguyễn,Văn,An,M,1990-05-31,01,79,living,\n";
const BINH: &str = "079190000002,Trần,Thị,Bình,F,1990-05-31,79,79,living,\n";
const KHAM: &str = "120000000001,ຄຳແພງ,ວົງສາ,Khamphaeng,Vongsa,M,1980-01-02,01,01\n";

fn faults_of(country: &Country, file: &[u8]) -> Vec<String> {
    let checked = check(country, file, &ImportLimits::default(), now(), |_| {}).unwrap();
    assert_eq!(checked.report.is_clean(), checked.report.faults.is_empty());
    assert!(checked.report.is_clean() || checked.persons.is_empty());
    checked.report.faults.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn vn(file: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(faults_of(&Country::vietnam().unwrap(), file.as_ref()), expected);
}

/// One row after the header; the fault must begin so.
#[track_caller]
fn row(row: &str, expected: &[&str]) {
    let file = format!("{VN}{AN}{row}\n");
    let found = faults_of(&Country::vietnam().unwrap(), file.as_bytes());
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\ndoes not begin\n{expected}");
    }
}

#[test]
fn good_files_have_no_faults() {
    vn(format!("{VN}{AN}{BINH}"), &[]);
    vn(format!("\u{feff}{VN}{AN}{BINH}"), &[]);
    vn(format!("{VN}{AN}{BINH}").replace('\n', "\r\n"), &[]);
    vn(VN, &[]);
    vn(
        "born,id,sex,given_name,surname,middle_name,residence,birth_place\n1990-05-31,001090000001,M,An,Nguyễn,,79,01",
        &[],
    );
    assert_eq!(faults_of(&Country::laos().unwrap(), format!("{LA}{KHAM}").as_bytes()), [""; 0]);
}

#[test]
fn other_encodings_are_named() {
    let utf16: Vec<u8> = format!("{VN}{AN}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let save = "save it as CSV UTF-8 (in a spreadsheet: Save as, CSV UTF-8)";
    vn(&utf16, &[&format!("file: the file is in UTF-16 (little endian), not in UTF-8; {save}")]);
    vn(
        [&[0xff, 0xfe], utf16.as_slice()].concat(),
        &[&format!("file: the file is in UTF-16 (little endian), not in UTF-8; {save}")],
    );
    let utf16: Vec<u8> = format!("{VN}{AN}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    vn(
        [&[0xfe, 0xff], utf16.as_slice()].concat(),
        &[&format!("file: the file is in UTF-16 (big endian), not in UTF-8; {save}")],
    );
}

#[test]
fn a_byte_that_is_not_utf8_is_found_in_its_row_and_column() {
    let mut file = format!("{VN}{AN}\n\n").into_bytes();
    let at = file.len() + "002090000001,Nguy".len();
    file.extend(b"002090000001,Nguy\xean,,\"Ch\xed\",M,1990-05-31,01,79,living,\n");
    vn(
        &file,
        &[&format!(
            "row 5, column surname, \"Nguy\u{fffd}n\": byte {at} of the file is not UTF-8; \
             save the file as CSV UTF-8 (in a spreadsheet: Save as, CSV UTF-8)"
        )],
    );
    let with_bom = [b"\xef\xbb\xbf", file.as_slice()].concat();
    let found = faults_of(&Country::vietnam().unwrap(), &with_bom);
    assert!(found[0].contains(&format!("byte {} of", at + 3)), "{found:?}");
}

#[test]
fn empty_and_headless_files() {
    let empty = "file: is empty; write a header row and a row for each person";
    vn("", &[empty]);
    vn("\u{feff} \r\n\n", &[empty]);
    let found = faults_of(&Country::vietnam().unwrap(), AN.as_bytes());
    assert!(found.iter().any(|f| f.contains("the columns id, surname, middle_name")), "{found:?}");
}

#[test]
fn headers_are_checked() {
    vn(
        "id,surname,surname,given_name,gender,sex,born,birth_place\n",
        &[
            "row 1, column surname: is twice in the header; delete one of the two columns",
            "row 1, column gender: is no column of this register; delete the column, or correct its name",
            "row 1, \"id,surname,surname,given_name,gender,sex…\": the columns middle_name, residence are missing from the header; \
             add them to the first row, spelled exactly so, with their values below",
        ],
    );
    vn(
        VN.replace(',', ";"),
        &[
            "row 1, \"id;surname;middle_name;given_name;sex;bo…\": the header is separated by semicolons, not by commas; \
           save it with commas between the values",
        ],
    );
}

#[test]
fn numbers_are_checked() {
    let with = |id: &str| format!("{id},Trần,Thị,Bình,F,1990-05-31,79,79,living,");
    row(
        &with("79190000002"),
        &["row 3, column id, \"79190000002\": has 11 digits instead of 12; write all digits; a spreadsheet drops"],
    );
    row(&with("079 190 00002"), &["row 3, column id, \"079 190 00002\": has the character ' '"]);
    row(
        &with("097190000002"),
        &["row 3, column id, \"097190000002\": begins with \"097\", which is the code of no province"],
    );
    row(&with("079090000002"), &["row 3, column id, \"079090000002\": says sex M, the row says F; correct"]);
    row(
        &with("079191000002"),
        &["row 3, column id, \"079191000002\": says year of birth 1991, the date of birth says 1990"],
    );
    row(&with(""), &["row 3, column id: is empty; fill it in"]);
    row(
        AN.trim_end(),
        &["row 3, column id, \"001090000001\": is the number of row 2 already; delete one of the two rows"],
    );
}

#[test]
fn days_are_checked() {
    let with = |born: &str| format!("079190000002,Trần,Thị,Bình,F,{born},79,79,living,");
    row(
        &with("31/05/1990"),
        &[
            "row 3, column born, \"31/05/1990\": is not a day of the calendar written YYYY-MM-DD; write it as year-month-day",
        ],
    );
    row(&with("1990-02-30"), &["row 3, column born, \"1990-02-30\": is not a day"]);
    row(&with("2026-11-23"), &["row 3, column born, \"2026-11-23\": is in the future; today is 2026-11-22"]);
    row(&with(""), &["row 3, column born: is empty"]);
    row(&with("1890-05-31"), &["row 3, column born, \"1890-05-31\": is 136 years ago", "row 3, column id"]);
    let dead = |status: &str, died: &str| format!("079190000002,Trần,Thị,Bình,F,1990-05-31,79,79,{status},{died}");
    row(&dead("deceased", ""), &["row 3, column died: is empty, but the status is deceased"]);
    row(
        &dead("living", "2020-01-01"),
        &["row 3, column died, \"2020-01-01\": is there, but the status is not deceased"],
    );
    row(
        &dead("deceased", "1990-05-30"),
        &["row 3, column died, \"1990-05-30\": is before the day of birth, 1990-05-31"],
    );
    row(&dead("deceased", "2027-01-01"), &["row 3, column died, \"2027-01-01\": is in the future"]);
    row(
        &dead("dead", ""),
        &["row 3, column status, \"dead\": is none of living, deceased, missing; write one of these"],
    );
    row(&dead("deceased", "2020-01-01"), &[]);
}

#[test]
fn units_are_checked_in_their_time() {
    let with = |birth: &str, home: &str| format!("079190000002,Trần,Thị,Bình,F,1990-05-31,{birth},{home},living,");
    row(&with("54", "66"), &[]);
    row(
        &with("66", "54"),
        &["row 3, column residence, \"54\": the unit was abolished on 2025-07-01; write its successor, 66"],
    );
    row(
        &with("97", "1"),
        &[
            "row 3, column birth_place, \"97\": is the code of no administrative unit",
            "row 3, column residence, \"1\": is the code of no administrative unit; write a code from the country's list, as text",
        ],
    );
}

#[test]
fn names_are_checked() {
    let with = |surname: &str, given: &str| format!("079190000002,{surname},,{given},F,1990-05-31,79,79,living,");
    row(&with("", "Bình"), &["row 3, column surname: is empty"]);
    row(
        &with("Тrần", "Bình"),
        &["row 3, column surname, \"Тrần\": has 'Т', which is not a Latin letter; write the name in its script"],
    );
    row(&with("Trần", "ສົມ"), &["row 3, column given_name, \"ສົມ\": has 'ສ', which is not a Latin letter"]);
    row(&with("Tr4n", "Bình"), &["row 3, column surname, \"Tr4n\": has '4'"]);
    row(
        &with("Trần", "Bì\u{200b}nh"),
        &["row 3, column given_name, \"Bì\\u{200b}nh\": has the invisible character U+200B; delete it"],
    );
    row(
        &with("Trần", "Bì\u{202e}nh"),
        &["row 3, column given_name, \"Bì\\u{202e}nh\": has the invisible character U+202E"],
    );
    row(&with("Trần", "\"Bì\nnh\""), &["row 3, column given_name, \"Bì\\nnh\": has the invisible character U+000A"]);
    row(
        &with("Trần", &"B".repeat(101)),
        &[
            "row 3, column given_name, \"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB…\": is 101 characters long, at most 100",
        ],
    );
    let laos = Country::laos().unwrap();
    let lao = |row: &str| faults_of(&laos, format!("{LA}{row}").as_bytes());
    assert!(
        lao("120000000001,Khamphaeng,ວົງສາ,Khamphaeng,Vongsa,M,1980-01-02,01,01")[0]
            .contains("has 'K', which is not a Lao letter")
    );
    assert!(lao("120000000001,ຄຳແພງ,ວົງສາ,ຄຳແພງ,Vongsa,M,1980-01-02,01,01")[0].contains("which is not a letter A to Z"));
    assert!(lao("020000000001,ຄຳແພງ,ວົງສາ,Khamphaeng,Vongsa,M,1980-01-02,01,01")[0].contains("begins with 0"));
}

#[test]
fn a_quote_that_is_not_closed_and_rows_of_another_length() {
    row("079190000002,Trần", &["row 3, \"079190000002\": has 2 fields, the header has 10"]);
    let huge = format!("079190000002,\"{}", "Trần,\n".repeat(500_000));
    row(&huge, &["row 3, \"079190000002\": has 2 fields"]);
    let huge = format!("079190000002,{},,Bình,F,1990-05-31,79,79,living,", "x".repeat(5_000_000));
    row(&huge, &["row 3, column surname, \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\": is 5000000 characters long"]);
}

#[test]
fn rows_are_counted_as_an_editor_counts_them() {
    let file = format!("{VN}\n\n{AN}\r\n\r\n079190000002,,,Bình,F,1990-05-31,79,79,living,\n");
    vn(&file, &["row 7, column surname: is empty; fill it in"]);
}

#[test]
fn faults_beyond_the_limit_are_counted() {
    let file = format!("{VN}{}", "x,,,,,,,,,\n".repeat(1000));
    let limits = ImportLimits { faults: 10, ..ImportLimits::default() };
    let checked = check(&Country::vietnam().unwrap(), file.as_bytes(), &limits, now(), |_| {}).unwrap();
    assert_eq!((checked.report.faults.len(), checked.report.faults_total, checked.report.rows), (10, 8000, 1000));
    let limits = ImportLimits { rows: 999, ..limits };
    let checked = check(&Country::vietnam().unwrap(), file.as_bytes(), &limits, now(), |_| {}).unwrap();
    assert_eq!(checked.report.faults[0].kind.code(), "too-many-rows");
    let limits = ImportLimits { bytes: 1000, ..limits };
    let refused = check(&Country::vietnam().unwrap(), file.as_bytes(), &limits, now(), |_| {});
    assert!(matches!(refused, Err(ImportError::TooLarge(1000))));
}

#[tokio::test]
async fn names_are_put_into_nfc_and_single_spaces() {
    let there = setting(Country::vietnam().unwrap()).await;
    let decomposed = "Nguye\u{302}\u{303}n";
    let report =
        there.import(format!("{VN}001090000001,{decomposed}, Văn  Thanh ,An,M,1990-05-31,01,79,living,\n")).await;
    assert_eq!((report.added, report.normalised), (1, 2));
    let person = there.register.person("001090000001").await.unwrap().unwrap();
    assert_eq!((person.name.native.surname.as_str(), person.name.native.middle.as_str()), ("Nguyễn", "Văn Thanh"));
    assert_eq!(person.name.latin.surname, "Nguyen");
}

#[tokio::test]
async fn nothing_is_half_imported_and_a_second_import_finds_the_first() {
    let there = setting(Country::vietnam().unwrap()).await;
    let report = there.import(format!("{VN}{AN}079190000002,Trần,Thị,,F,1990-05-31,79,79,living,\n")).await;
    assert_eq!((report.rows, report.added, report.faults_total), (2, 0, 1));
    assert_eq!(
        report.to_string(),
        "2 rows: nothing imported, 1 fault(s)\nrow 3, column given_name: is empty; fill it in"
    );
    assert_eq!(there.register.count().await.unwrap(), 0);

    let first = there.import(format!("{VN}{AN}{BINH}")).await;
    assert_eq!((first.rows, first.added, first.unchanged), (2, 2, 0));
    let second = there.import(format!("{VN}{AN}{BINH}")).await;
    assert_eq!((second.rows, second.added, second.unchanged), (2, 0, 2));
    assert!(second.is_clean());

    let lan = "001190000003,Lê,,Lan,F,1990-06-01,01,79,living,\n";
    let changed = BINH.replace("Bình", "Bính");
    let third = there.import(format!("{VN}{lan}{AN}{changed}")).await;
    assert_eq!((third.added, third.faults_total), (0, 1));
    assert_eq!(
        third.faults[0].to_string(),
        "row 4, column id, \"079190000002\": is in the register already with another name; \
         correct the row, or leave it out: an import adds persons and changes none"
    );
    assert_eq!(there.register.count().await.unwrap(), 2);
    let fourth = there.import(format!("{VN}{lan}{AN}")).await;
    assert_eq!((fourth.added, fourth.unchanged), (1, 1));
}

#[tokio::test]
async fn a_full_disk_leaves_the_register_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let options = mekong_store::Options { pages_max: Some(60), ..Default::default() };
    let path = folder.path().join("population.db");
    let database = mekong_store::Database::open_with(path, mekong_population::MIGRATIONS, options).await.unwrap();
    let country = std::sync::Arc::new(Country::vietnam().unwrap());
    let register = mekong_population::Register::new(database, country.clone());
    let mut file = Vec::new();
    mekong_population::generate(&country, 5_000, 1, &mut file).unwrap();
    let outcome = import(&register, file.as_slice(), &ImportLimits::default(), now(), |_| {}).await;
    match outcome {
        Err(ImportError::Register(mekong_population::RegisterError::Store(error))) => {
            assert!(error.is_full(), "{error}")
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(register.count().await.unwrap(), 0);
    let small = format!("{VN}{AN}");
    let report = import(&register, small.as_bytes(), &ImportLimits::default(), now(), |_| {}).await.unwrap();
    assert_eq!(report.added, 1);
}

#[tokio::test]
async fn progress_goes_forward_to_the_end() {
    let there = setting(Country::vietnam().unwrap()).await;
    let mut file = Vec::new();
    mekong_population::generate(there.register.country(), 5_000, 1, &mut file).unwrap();
    let mut seen = Vec::new();
    import(&there.register, file.as_slice(), &ImportLimits::default(), now(), |progress| seen.push(progress))
        .await
        .unwrap();
    let total = file.len() as u64;
    assert!(seen.contains(&Progress::Checking { done: total, total }));
    assert_eq!(seen.last(), Some(&Progress::Writing { done: 5_000, total: 5_000 }));
    let writing: Vec<u64> =
        seen.iter().filter_map(|p| if let Progress::Writing { done, .. } = p { Some(*done) } else { None }).collect();
    assert!(writing.is_sorted());
}

#[tokio::test]
async fn a_first_import_leaves_the_schema_as_it_found_it() {
    let there = setting(Country::laos().unwrap()).await;
    let schema = async || -> Vec<String> {
        let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name";
        sqlx::query_scalar(sql).fetch_all(&mut *there.register.database().reader().await.unwrap()).await.unwrap()
    };
    let before = schema().await;
    let mut file = Vec::new();
    mekong_population::generate(there.register.country(), 2_000, 1, &mut file).unwrap();
    assert_eq!(there.import(&file).await.added, 2_000);
    assert_eq!(schema().await, before);
}
