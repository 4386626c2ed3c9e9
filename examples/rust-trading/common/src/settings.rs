//! system.json and risk_limits.toml of the environment that the service runs in.

use crate::{json, variable};
use std::path::PathBuf;

/// What a position and a day may come to at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    pub max_position_size: f64,
    pub max_daily_loss: f64,
    pub max_open_positions: f64,
    pub circuit_breaker: bool,
}

impl Limits {
    /// Reads the file; a limit that is missing is an error, never a default.
    pub fn parse(text: &str) -> Result<Limits, String> {
        let value = |name: &str| {
            text.lines()
                .filter_map(|line| line.split('#').next()?.split_once('='))
                .find(|(key, _)| key.trim() == name)
                .map(|(_, value)| value.trim().to_owned())
                .ok_or_else(|| format!("risk_limits.toml has no {name}"))
        };
        let number = |name: &str| {
            value(name)?
                .parse::<f64>()
                .map_err(|error| format!("{name}: {error}"))
        };
        Ok(Limits {
            max_position_size: number("max_position_size")?,
            max_daily_loss: number("max_daily_loss")?,
            max_open_positions: number("max_open_positions")?,
            circuit_breaker: value("circuit_breaker")? == "true",
        })
    }
}

fn file(name: &str) -> String {
    let path = PathBuf::from(variable("CONFIG")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| {
        eprintln!("{}: {error}", path.display());
        std::process::exit(78)
    })
}

/// The limits of this environment; a service without them does not start.
pub fn limits() -> Limits {
    Limits::parse(&file("risk_limits.toml")).unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(78)
    })
}

/// Whether orders are real: system.json and the environment must say the same.
pub fn trading_mode() -> String {
    let mode = json::field(&file("system.json"), "mode").unwrap_or_default();
    if mode != variable("TRADING_MODE") {
        eprintln!(
            "system.json says {mode}, TRADING_MODE says {}",
            variable("TRADING_MODE")
        );
        std::process::exit(78)
    }
    mode
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_none_is_made_up() {
        let text = "max_position_size = 10000 # shares\nmax_daily_loss = 5000\nmax_open_positions = 5\ncircuit_breaker = true\n";
        let limits = Limits::parse(text).unwrap();
        assert_eq!(limits.max_position_size, 10_000.0);
        assert!(limits.circuit_breaker);
        let error = Limits::parse(&text.replace("max_daily_loss", "max_loss")).unwrap_err();
        assert_eq!(error, "risk_limits.toml has no max_daily_loss");
    }
}
