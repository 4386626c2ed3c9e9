//! What the four services share: HTTP over blocking sockets, and configuration files.

pub mod http;
pub mod json;
pub mod settings;

/// A value of the environment; a service without one that it needs does not start.
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        eprintln!("{name} is not set");
        std::process::exit(78)
    })
}

/// Where this service listens, on loopback.
pub fn address() -> String {
    format!("127.0.0.1:{}", variable("PORT"))
}
