//! As much of HTTP/1.1 as services on one host need of each other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

pub struct Request {
    pub method: String,
    pub path: String,
    pub body: String,
}

pub struct Response {
    pub status: u16,
    pub body: String,
}

impl Response {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Response {
            status,
            body: body.into(),
        }
    }
}

/// Connections are kept for longer than the router keeps them, so that none is closed under a request.
const IDLE: Duration = Duration::from_secs(70);
const LARGEST: usize = 64 * 1024;

/// Serves on `address` until the process ends. `version` stands in a header of each answer.
pub fn serve(
    address: &str,
    version: &str,
    handler: impl Fn(&Request) -> Response + Send + Sync + 'static,
) -> ! {
    let listener = TcpListener::bind(address).unwrap_or_else(|error| {
        eprintln!("cannot listen on {address}: {error}");
        std::process::exit(71)
    });
    println!("{version} listens on {address}");
    let handler = Arc::new(handler);
    let version: Arc<str> = version.into();
    for stream in listener.incoming().flatten() {
        let (handler, version) = (handler.clone(), version.clone());
        std::thread::spawn(move || {
            let _ = converse(stream, &version, handler.as_ref());
        });
    }
    unreachable!("a listener never ends")
}

fn converse(
    stream: TcpStream,
    version: &str,
    handler: &dyn Fn(&Request) -> Response,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some((request, keep)) = read(&mut reader)? {
        let Response { status, body } = handler(&request);
        let connection = if keep { "keep-alive" } else { "close" };
        write!(
            writer,
            "HTTP/1.1 {status} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nx-app-version: {version}\r\nconnection: {connection}\r\n\r\n{body}",
            if status < 400 { "OK" } else { "Refused" },
            body.len()
        )?;
        if !keep {
            break;
        }
    }
    Ok(())
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<(Request, bool)>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, path) = (
        words.next().unwrap_or("").to_owned(),
        words.next().unwrap_or("/").to_owned(),
    );
    let mut keep = words.next() == Some("HTTP/1.1");
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if header == "connection: close" {
            keep = false;
        }
    }
    let mut body = vec![0; length.min(LARGEST)];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some((Request { method, path, body }, keep)))
}

/// Asks a service at `base` (http://host:port); an answer of any status, or why there was none.
pub fn ask(base: &str, method: &str, path: &str, body: &str) -> Result<Response, String> {
    let host = base
        .strip_prefix("http://")
        .ok_or_else(|| format!("{base} is no address"))?;
    let mut stream = TcpStream::connect(host).map_err(|error| format!("{host}: {error}"))?;
    let limit = Some(Duration::from_secs(2));
    stream
        .set_read_timeout(limit)
        .and_then(|()| stream.set_write_timeout(limit))
        .map_err(|error| error.to_string())?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .map_err(|error| format!("{host}: {error}"))?;
    let mut text = String::new();
    stream
        .read_to_string(&mut text)
        .map_err(|error| format!("{host}: {error}"))?;
    let status = text
        .split_whitespace()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(0);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok(Response::new(status, body))
}
