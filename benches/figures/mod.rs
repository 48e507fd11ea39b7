//! What a table says of what was measured several times.

/// Milliseconds or seconds.
pub fn shown(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1000.0) } else { format!("{seconds:.1} s") }
}

/// The middle one.
pub fn median(measured: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = measured.collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
