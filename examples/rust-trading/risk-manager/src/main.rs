use common::http::{serve, Request, Response};
use common::{json, settings};

fn main() {
    let limits = settings::limits();
    println!("limits: {limits:?}");
    serve(
        &common::address(),
        &common::variable("VERSION"),
        move |Request { path, body, .. }: &Request| match path.as_str() {
            "/health/ready" | "/health/live" => Response::new(200, "{}"),
            "/limits" => Response::new(
                200,
                format!(
                    "{{\"max_position_size\":{},\"max_daily_loss\":{}}}",
                    limits.max_position_size, limits.max_daily_loss
                ),
            ),
            "/check" => {
                let number = |name| json::number(body, name).unwrap_or(f64::NAN);
                match risk_manager::refusal(
                    &limits,
                    number("position"),
                    number("open"),
                    number("quantity"),
                ) {
                    None => Response::new(200, "{\"allowed\":true}"),
                    Some(limit) => {
                        Response::new(422, format!("{{\"allowed\":false,\"limit\":\"{limit}\"}}"))
                    }
                }
            }
            _ => Response::new(404, "{}"),
        },
    )
}
