use common::http::{ask, serve, Request, Response};
use common::{json, settings, variable};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Mutex;

fn main() {
    let mode = settings::trading_mode();
    let (risk, market) = (variable("RISK_MANAGER"), variable("MARKET_DATA"));
    let tripped = AtomicBool::new(false);
    let orders = AtomicU64::new(0);
    let position = Mutex::new(0.0);
    println!("orders are {mode}");
    serve(
        &common::address(),
        &variable("VERSION"),
        move |Request { method, path, body }: &Request| match (method.as_str(), path.as_str()) {
            (_, "/health/live") => Response::new(200, "{}"),
            // Without its neighbours it can do nothing: it is not ready then.
            (_, "/health/ready") => match (
                ask(&risk, "GET", "/health/ready", ""),
                ask(&market, "GET", "/book", ""),
            ) {
                (Ok(_), Ok(book)) if book.status == 200 => Response::new(200, "{}"),
                _ => Response::new(
                    503,
                    "{\"error\":\"risk-manager or market-data does not answer\"}",
                ),
            },
            ("POST", "/api/v1/circuit-breaker/trip") => {
                tripped.store(true, Ordering::SeqCst);
                println!("the circuit breaker is tripped: no more orders");
                Response::new(200, "{\"tripped\":true}")
            }
            ("POST", "/orders") if tripped.load(Ordering::SeqCst) => {
                Response::new(423, "{\"error\":\"the circuit breaker is tripped\"}")
            }
            ("POST", "/orders") => {
                let quantity = json::number(body, "quantity").unwrap_or(f64::NAN);
                let mut held = position.lock().unwrap();
                let asked = format!("{{\"position\":{held},\"open\":0,\"quantity\":{quantity}}}");
                match ask(&risk, "POST", "/check", &asked) {
                    Ok(answer) if answer.status == 200 => {
                        // Paper orders are filled and closed at once.
                        *held += 0.0;
                        let id = orders.fetch_add(1, Ordering::SeqCst) + 1;
                        Response::new(200, format!("{{\"order\":{id},\"mode\":\"{mode}\"}}"))
                    }
                    Ok(answer) => answer,
                    Err(error) => Response::new(503, format!("{{\"error\":\"{error}\"}}")),
                }
            }
            _ => Response::new(404, "{}"),
        },
    )
}
