//! Measures how many requests a second the emulator answers: `cargo run --release --example load [connections] [seconds]`.
//!
//! Client and server share the machine, so the server alone is faster than what this prints.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use quay_emulator::Emulator;

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse().ok());
    let connections = arguments.next().unwrap_or(4);
    let seconds = arguments.next().unwrap_or(3);
    let quay = Emulator::start();
    let token = quay.seed_admin();
    let host = quay.url().trim_start_matches("http://").to_owned();
    for (name, method, path, body) in [
        ("read an organization", "GET", "/api/v1/organization/acme", ""),
        ("list 100 repositories", "GET", "/api/v1/repository?namespace=acme", ""),
        ("change an organization", "PUT", "/api/v1/organization/acme", r#"{"email":"a@example.org"}"#),
    ] {
        prepare(&host, &token);
        let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let started = Instant::now();
        let threads: Vec<_> = (0..connections)
            .map(|_| {
                let (host, stop, count) = (host.clone(), stop.clone(), count.clone());
                let request = request(&host, &token, method, path, body);
                thread::spawn(move || {
                    let mut stream = BufReader::new(TcpStream::connect(&host).expect("the emulator listens"));
                    while !stop.load(Ordering::Relaxed) {
                        let status = exchange(&mut stream, &request);
                        assert!(status.contains(" 20"), "{status}");
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        thread::sleep(Duration::from_secs(seconds as u64));
        stop.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().expect("no request failed");
        }
        let rate = count.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
        println!("{name}: {rate:.0} requests a second over {connections} connections");
    }
}

/// An organization with a hundred repositories, unless it exists.
fn prepare(host: &str, token: &str) {
    let mut stream = BufReader::new(TcpStream::connect(host).expect("the emulator listens"));
    let mut send = |path: &str, body: String| exchange(&mut stream, &request(host, token, "POST", path, &body));
    send("/api/v1/organization/", r#"{"name":"acme"}"#.to_owned());
    for number in 0..100 {
        send(
            "/api/v1/repository",
            format!(r#"{{"namespace":"acme","repository":"r{number}","visibility":"private","description":""}}"#),
        );
    }
}

fn request(host: &str, token: &str, method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn exchange(stream: &mut BufReader<TcpStream>, request: &str) -> String {
    stream.get_mut().write_all(request.as_bytes()).expect("the request goes out");
    let mut status = String::new();
    stream.read_line(&mut status).expect("a status line");
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).expect("a header");
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name == "content-length" {
            length = value.parse().expect("a number");
        }
    }
    stream.read_exact(&mut vec![0; length]).expect("the announced body");
    status
}
