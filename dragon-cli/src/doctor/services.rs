//! The database and Redis from outside: are they where the settings say?

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Finding;
use crate::client::split_port;
use crate::project::Project;
use crate::settings::{Setting, Settings};

const PATIENCE: Duration = Duration::from_secs(3);

/// Looks at both.
pub(super) fn look(settings: &Settings, project: Option<&Project>, tell: &mut dyn FnMut(Finding)) {
    tell(match settings.get("DATABASE_URL") {
        None => {
            Finding::unclear("database", "DATABASE_URL is not set; the app has its own default")
        }
        Some(Setting { value: url, .. }) if url.starts_with("sqlite:") => sqlite(&url, project),
        Some(Setting { value: url, source })
            if url.starts_with("postgres://") || url.starts_with("postgresql://") =>
        {
            postgres(&url, &source)
        }
        Some(Setting { value: url, source }) => {
            let scheme = url.split(':').next().unwrap_or_default();
            Finding::wrong("database", format!("`{scheme}:` begins the URL (from {source})"))
                .mend("DATABASE_URL=sqlite://app.db?mode=rwc")
                .mend("or DATABASE_URL=postgres://user:password@127.0.0.1/app")
        }
    });
    tell(match settings.get("REDIS_URL") {
        None => Finding::ok("redis", "REDIS_URL is not set: the app is one process"),
        Some(Setting { value: url, source }) => redis(&url, &source),
    });
}

fn sqlite(url: &str, project: Option<&Project>) -> Finding {
    let rest = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    if path == ":memory:" || options.contains("mode=memory") {
        return Finding::ok("database", "SQLite in memory: its rows end with the app");
    }
    let base = project.map_or_else(PathBuf::new, |project| project.folder.clone());
    let file = base.join(path);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let shown = file.display();
    if file.exists() {
        return match OpenOptions::new().read(true).write(true).open(&file) {
            Ok(_) => Finding::ok("database", format!("the file {shown} can be written")),
            Err(error) => Finding::wrong("database", format!("{shown} cannot be written: {error}"))
                .mend(format!("chmod u+rw {shown}")),
        };
    }
    if !folder.is_dir() {
        let folder = folder.display();
        return Finding::wrong("database", format!("the folder {folder} does not exist"))
            .mend(format!("mkdir -p {folder}"));
    }
    if !options.contains("mode=rwc") {
        let says = format!("{shown} does not exist, and DATABASE_URL does not let the app make it");
        return Finding::wrong("database", says)
            .mend(format!("DATABASE_URL=sqlite://{path}?mode=rwc"));
    }
    // SQLite writes more files beside it.
    let trial = folder.join(format!(".dragon-cli-doctor-{}", std::process::id()));
    match OpenOptions::new().write(true).create_new(true).open(&trial) {
        Ok(_) => {
            let _ = std::fs::remove_file(&trial);
            Finding::ok("database", format!("{shown} does not exist yet; the first start makes it"))
        }
        Err(error) => {
            let folder = folder.display();
            Finding::wrong("database", format!("nothing can be written in {folder}: {error}"))
                .mend(format!("chmod u+wx {folder}"))
        }
    }
}

/// A server's URL, without its password: who must not be shown.
struct Place {
    host: String,
    port: u16,
    user: Option<String>,
    password: Option<String>,
}

impl Place {
    /// `scheme://user:password@host:port/…?…`
    fn of(url: &str, port: u16) -> Option<Self> {
        let rest = url.split_once("://")?.1;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (login, place) = match rest[..end].rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, &rest[..end]),
        };
        let (host, port) = match split_port(place) {
            (host, Some(port)) => (host, port.parse().ok()?),
            (host, None) => (host, port),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = if host.is_empty() { "localhost" } else { host };
        let (user, password) = match login.map(|login| login.split_once(':')) {
            Some(Some((user, password))) => (Some(user), Some(password)),
            Some(None) => (login, None),
            None => (None, None),
        };
        let text = |part: Option<&str>| part.filter(|part| !part.is_empty()).map(decoded);
        Some(Self { host: host.to_owned(), port, user: text(user), password: text(password) })
    }

    fn connect(&self) -> Result<TcpStream, String> {
        let Self { host, port, .. } = self;
        let addresses = (host.as_str(), *port)
            .to_socket_addrs()
            .map_err(|error| format!("the host {host} is not known: {error}"))?;
        let mut why = format!("the host {host} has no address");
        for address in addresses {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => return Ok(stream),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    why = format!("nobody listens at {host}:{port}");
                }
                Err(error) => why = format!("{host}:{port} cannot be reached: {error}"),
            }
        }
        Err(why)
    }
}

/// A part of a URL as it is meant: `%40` is `@`.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn postgres(url: &str, source: &str) -> Finding {
    let Some(place) = Place::of(url, 5432) else {
        return Finding::wrong("database", "DATABASE_URL has no host and port that can be meant")
            .mend("DATABASE_URL=postgres://user:password@127.0.0.1:5432/app");
    };
    match place.connect() {
        Ok(_) => {
            let Place { host, port, .. } = place;
            Finding::ok("database", format!("somebody listens at {host}:{port}"))
        }
        Err(why) => Finding::wrong("database", format!("{why} (from {source})"))
            .mend("start PostgreSQL, for instance: docker compose up -d postgres")
            .mend(format!("or correct {source}")),
    }
}

fn redis(url: &str, source: &str) -> Finding {
    if url.starts_with("rediss://") {
        let says = "it is asked with TLS, which dragon-cli does not speak; the app says more";
        return Finding::unclear("redis", says);
    }
    let place = Some(url).filter(|url| url.starts_with("redis://"));
    let Some(place) = place.and_then(|url| Place::of(url, 6379)) else {
        return Finding::wrong("redis", "REDIS_URL cannot be meant")
            .mend("REDIS_URL=redis://127.0.0.1:6379");
    };
    let answer = place.connect().and_then(|stream| {
        ping(stream, &place).map_err(|error| format!("it does not answer: {error}"))
    });
    let Place { host, port, .. } = &place;
    match answer {
        Ok(answer) if answer == "+PONG" => {
            Finding::ok("redis", format!("the server at {host}:{port} answers"))
        }
        Ok(answer) if answer.starts_with("-NOAUTH") || answer.starts_with("-WRONGPASS") => {
            Finding::wrong("redis", format!("the server at {host}:{port} wants another password"))
                .mend("REDIS_URL=redis://:PASSWORD@HOST:PORT")
        }
        Ok(answer) => {
            let answer: String = answer.chars().take(60).collect();
            Finding::wrong("redis", format!("{host}:{port} is no Redis that serves: `{answer}`"))
                .mend(format!("correct {source}"))
        }
        Err(why) => Finding::wrong("redis", format!("{why} (from {source})"))
            .mend("start it, for instance: redis-server, or docker compose up -d redis")
            .mend("or leave REDIS_URL out, where the app is one process"),
    }
}

/// What the server answers to PING, after the password where there is one.
fn ping(mut stream: TcpStream, place: &Place) -> std::io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    if let Some(password) = &place.password {
        let mut words = vec!["AUTH"];
        words.extend(place.user.as_deref());
        words.push(password);
        let answer = ask(&mut stream, &words)?;
        if answer.starts_with('-') {
            return Ok(answer);
        }
    }
    ask(&mut stream, &["PING"])
}

/// One command, as an array of bulk strings, and its answer of one line.
fn ask(stream: &mut TcpStream, words: &[&str]) -> std::io::Result<String> {
    let mut command = format!("*{}\r\n", words.len());
    for word in words {
        command.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    stream.write_all(command.as_bytes())?;
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") && line.len() < 1024 && stream.read(&mut byte)? > 0 {
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_server_is_found_in_its_url() {
        let of = |url: &str| {
            Place::of(url, 5432).map(|place| (place.host, place.port, place.user, place.password))
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(of("postgres://h/d").unwrap(), ("h".to_owned(), 5432, None, None));
        assert_eq!(
            of("postgres://u:p@h:1/d?x=y@z:2").unwrap(),
            ("h".to_owned(), 1, text("u"), text("p"))
        );
        let ours = of("redis://:p%40%C3%A4%@[::1]:2").unwrap();
        assert_eq!((ours.0.as_str(), ours.3), ("::1", text("p@ä%")));
        assert_eq!(of("redis://:p@h").unwrap().3, text("p"));
        assert_eq!(of("postgres:///d").unwrap().0, "localhost");
        assert!(of("postgres://h:x/d").is_none());
        assert!(of("h").is_none());
    }
}
