//! What the server's process has used so far.

use std::fs;

/// Nanoseconds of CPU of all threads of a process: utime + stime of /proc/PID/stat, as the scheduler counted them before
/// they were rounded to ticks of 10 ms.
pub fn cpu_ns(pid: u32) -> u64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return 0 };
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum()
}

/// The kernel's network threads: what they do is done for the server or for the load, and charged to neither.
pub fn softirq_threads() -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let names = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| names(pid).starts_with("ksoftirqd"))
        .collect()
}

/// Memory at one moment.
#[derive(Clone, Copy)]
pub struct Memory {
    /// The process's share of its pages.
    pub pss_kib: u64,
    pub rss_kib: u64,
    /// Of the whole kernel: sockets and files are in here, and whatever else happens on the machine.
    pub kernel_kib: u64,
    pub descriptors: u64,
}

impl Memory {
    pub fn of(pid: u32) -> Self {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let machine = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            pss_kib: value(&rollup, "Pss:"),
            rss_kib: value(&rollup, "Rss:"),
            kernel_kib: value(&machine, "SUnreclaim:"),
            descriptors: fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, |it| it.count() as u64),
        }
    }
}

fn value(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
