//! A new migration file makes this crate build again.
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
