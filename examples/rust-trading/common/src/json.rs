//! Reads fields of flat JSON objects: what the services say to each other and what system.json holds.

/// The text of a field, without quotes; None where there is no such field.
pub fn field(text: &str, name: &str) -> Option<String> {
    let at = text.find(&format!("\"{name}\""))?;
    let rest = text[at + name.len() + 2..]
        .trim_start()
        .strip_prefix(':')?
        .trim_start();
    if let Some(quoted) = rest.strip_prefix('"') {
        return quoted.split('"').next().map(str::to_owned);
    }
    let end = rest.find([',', '}', '\n', ' ']).unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

pub fn number(text: &str, name: &str) -> Option<f64> {
    field(text, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_names() {
        let text = r#"{ "symbol": "AAPL", "quantity": 3, "price":101.5 }"#;
        assert_eq!(field(text, "symbol").as_deref(), Some("AAPL"));
        assert_eq!(number(text, "quantity"), Some(3.0));
        assert_eq!(number(text, "price"), Some(101.5));
        assert_eq!(field(text, "side"), None);
        assert_eq!(number(text, "symbol"), None);
    }
}
