//! Whether an order may be sent, by the limits alone.

use common::settings::Limits;

/// None: it may; else which limit it would break.
pub fn refusal(limits: &Limits, position: f64, open: f64, quantity: f64) -> Option<&'static str> {
    if !quantity.is_finite() || quantity <= 0.0 {
        return Some("quantity");
    }
    if position + quantity > limits.max_position_size {
        return Some("max_position_size");
    }
    if position == 0.0 && open >= limits.max_open_positions {
        return Some("max_open_positions");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::refusal;
    use common::settings::Limits;

    #[test]
    fn orders_up_to_a_limit_pass_and_none_beyond_it() {
        let limits = Limits {
            max_position_size: 100.0,
            max_daily_loss: 10.0,
            max_open_positions: 2.0,
            circuit_breaker: true,
        };
        assert_eq!(refusal(&limits, 40.0, 1.0, 60.0), None);
        assert_eq!(refusal(&limits, 40.0, 1.0, 61.0), Some("max_position_size"));
        assert_eq!(refusal(&limits, 0.0, 2.0, 1.0), Some("max_open_positions"));
        assert_eq!(refusal(&limits, 0.0, 0.0, f64::NAN), Some("quantity"));
    }
}
