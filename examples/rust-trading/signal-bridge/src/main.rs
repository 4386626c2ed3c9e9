use common::http::{ask, serve, Request, Response};
use common::variable;

fn main() {
    let engine = variable("EXECUTION_ENGINE");
    let market = variable("MARKET_DATA");
    let version = variable("VERSION");
    let told = version.clone();
    serve(
        &common::address(),
        &version,
        move |Request { method, path, body }: &Request| match (method.as_str(), path.as_str()) {
            (_, "/health/live") => Response::new(200, "{}"),
            (_, "/health/ready") => ask(&engine, "GET", "/health/ready", "")
                .unwrap_or_else(|error| Response::new(503, format!("{{\"error\":\"{error}\"}}"))),
            ("GET", "/version") => Response::new(200, format!("{{\"version\":\"{told}\"}}")),
            ("GET", path) if path.starts_with("/quotes") => {
                ask(&market, "GET", "/book", "").unwrap_or_else(|error| Response::new(503, error))
            }
            ("POST", "/orders" | "/signals") => ask(&engine, "POST", "/orders", body)
                .unwrap_or_else(|error| Response::new(503, error)),
            ("POST", "/api/v1/circuit-breaker/trip") => {
                ask(&engine, "POST", path, "").unwrap_or_else(|error| Response::new(503, error))
            }
            _ => Response::new(404, "{}"),
        },
    )
}
