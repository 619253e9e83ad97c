//! What this process has used, by the kernel's account (`/proc/self`).

use std::path::Path;
use std::time::Duration;

/// CPU time of all threads so far, user and system; resolution 10 ms. Zero where `/proc` is missing.
pub(crate) fn cpu_time() -> Duration {
    // Fields 14 and 15: of the process itself.
    ticks(&fields("self"), 11..13)
}

/// CPU time of a process and its children so far, with the children that it waited for.
pub(crate) fn cpu_time_of_family(parent: u32) -> Duration {
    let own = ticks(&fields(&parent.to_string()), 11..15);
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parent = parent.to_string();
    let children = processes.map(|process| fields(&process.to_string()));
    children.filter(|fields| fields.get(1) == Some(&parent)).map(|fields| ticks(&fields, 11..13)).sum::<Duration>()
        + own
}

/// What `/proc/PROCESS/stat` has from its third field on; the name before may hold anything, and is in parentheses.
fn fields(process: &str) -> Vec<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().map(str::to_owned).collect()
}

/// The sum of fields in clock ticks of 1/100 s.
fn ticks(fields: &[String], which: std::ops::Range<usize>) -> Duration {
    let ticks: u64 = fields.get(which).unwrap_or_default().iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Largest resident memory so far in MiB. Zero where `/proc` is missing.
pub(crate) fn peak_memory_mib() -> f64 {
    memory_in("/proc/self/status", "VmHWM:")
}

/// Resident memory now in MiB. Zero where `/proc` is missing.
pub(crate) fn memory_mib() -> f64 {
    memory_in("/proc/self/status", "VmRSS:")
}

/// The same of another process.
pub(crate) fn peak_memory_mib_of(process: u32) -> f64 {
    memory_in(&format!("/proc/{process}/status"), "VmHWM:")
}

fn memory_in(status: &str, what: &str) -> f64 {
    let status = std::fs::read_to_string(status).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(what)).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

/// The processor's name and the number of cores this process may use.
pub(crate) fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|l| l.strip_prefix("model name")?.split_once(':'))
        .map(|(_, name)| name.trim().to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {}", name.unwrap_or_else(|| "an unnamed processor".to_owned()))
}

/// Lets the largest resident memory begin anew from what is resident now (Linux; elsewhere nothing happens).
pub(crate) fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Bytes of all files below a folder; what cannot be read counts nothing.
pub(crate) fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => bytes_in(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}
