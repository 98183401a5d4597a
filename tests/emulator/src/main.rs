//! Placeholder of the program; the library is in use first.

fn main() {
    let emulator = quay_emulator::Emulator::start();
    println!("listening on {}", emulator.url());
    std::thread::park();
}
