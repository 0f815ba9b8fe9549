//! What the operating system says about this process.

use std::{fs, io};

/// Memory this process holds in RAM, in bytes. Linux only, like the whole server.
///
/// Read from `VmRSS` rather than from `statm`, whose unit is a page of a size that differs
/// between machines.
pub fn rss_bytes() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .map(|kib| kib * 1024)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no VmRSS in /proc/self/status"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn memory_grows_with_what_is_held() {
        let before = super::rss_bytes().unwrap();
        let held = vec![1_u8; 64 << 20];
        let after = super::rss_bytes().unwrap();
        assert!(after >= before + (32 << 20), "{before} then {after}");
        drop(held);
    }
}
