//! A server on a free port with a folder of its own, and plain calls to it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use api::client::{self, Client};
use api::{Role, Running, Stopper, Tokens};
use engine::{Options, Plant};
use serde_json::Value;
use tempfile::TempDir;

/// A server with a token for each role.
pub(crate) struct Site {
    pub(crate) plant: Arc<Plant>,
    pub(crate) addr: SocketAddr,
    pub(crate) tokens: Vec<(Role, String)>,
    stop: Option<(Stopper, Running)>,
    pub(crate) folder: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Parts, a supplier and a lot of 100.
pub(crate) const DEFINE: &str = r#"{"acts":[
 {"act":"defineParty","code":"POLY","name":"Polyflex"},
 {"act":"defineMaterial","part":{"number":"MB-09"},"name":"Membrane","tracking":"lot","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"LP-300","revision":"F"},"name":"Pump","tracking":"serial","baseUnit":"ea"},
 {"act":"defineBom","part":{"number":"LP-300","revision":"F"},"lines":[{"part":{"number":"MB-09"},"quantity":1}]},
 {"act":"receive","kind":"lot","part":{"number":"MB-09"},"supplier":"POLY","accepted":true,
  "items":[{"identifiers":[{"scheme":"lotCode","value":"77120-A"}],"quantity":"100"}]}]}"#;

/// A unit with a membrane of that lot.
pub(crate) fn build(serial: &str) -> String {
    format!(
        r#"{{"acts":[
 {{"act":"create","kind":"unit","part":{{"number":"LP-300","revision":"F"}},
  "items":[{{"identifiers":[{{"scheme":"serialNumber","value":"{serial}"}}]}}]}},
 {{"act":"install","parent":"new:0.0","component":"lot:77120-A","quantity":1}}]}}"#
    )
}

impl Site {
    pub(crate) fn start() -> Self {
        Self::with(&Options::default())
    }

    pub(crate) fn with(options: &Options) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), options)
    }

    pub(crate) fn start_in(folder: TempDir, options: &Options) -> Self {
        let path = folder.path().join("plant");
        let plant = Arc::new(Plant::open(&path, options, |_| {}).unwrap());
        let tokens = Tokens::of(&path);
        let tokens = Role::ALL
            .into_iter()
            .map(|role| {
                let name = role.as_str();
                tokens.revoke(name).ok();
                (role, tokens.create(name, role, None).unwrap().secret)
            })
            .collect();
        let (stopper, stopped) = api::stopper();
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = api::Config { listen, ..api::Config::default() };
        let running = api::serve(Arc::clone(&plant), &config, stopped).unwrap();
        Self { plant, addr: running.addr, tokens, stop: Some((stopper, running)), folder }
    }

    /// A server that knows the parts and has the lot.
    pub(crate) fn stocked() -> Self {
        let site = Self::start();
        let got = site.post(Role::Record, "/api/v1/commands", DEFINE);
        assert_eq!(got.status, 200, "{got:?}");
        site.plant.published().wait_for(domain::Position(site.size())).unwrap();
        site
    }

    pub(crate) fn stop(&mut self) {
        if let Some((stopper, running)) = self.stop.take() {
            stopper.stop();
            running.wait().unwrap();
        }
    }

    pub(crate) fn token(&self, role: Role) -> &str {
        &self.tokens.iter().find(|(known, _)| *known == role).unwrap().1
    }

    pub(crate) fn client(&self, role: Role) -> Client {
        let config = client::Config {
            server: format!("http://{}", self.addr),
            token: Some(self.token(role).to_owned()),
            ..client::Config::default()
        };
        Client::new(&config).unwrap()
    }

    /// How many entries the ledger has.
    pub(crate) fn size(&self) -> u64 {
        self.plant.ledger().unwrap().size().unwrap()
    }

    pub(crate) fn get(&self, role: Role, path: &str) -> Got {
        self.call(("GET", path), Some(role), &[], None)
    }

    pub(crate) fn post(&self, role: Role, path: &str, body: &str) -> Got {
        let json = [("content-type", "application/json")];
        self.call(("POST", path), Some(role), &json, Some(body.as_bytes()))
    }

    /// One call; an answer of any status is an answer.
    pub(crate) fn call(
        &self,
        (method, path): (&str, &str),
        role: Option<Role>,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Got {
        let bearer = role.map(|role| format!("Bearer {}", self.token(role)));
        let bearer = bearer.as_deref().map(|bearer| ("authorization", bearer));
        let headers: Vec<_> = headers.iter().copied().chain(bearer).collect();
        call(self.addr, (method, path), &headers, body)
    }

    /// Sends bytes as they are and reads until the server closes or has said `until`.
    pub(crate) fn raw(&self, bytes: &str, until: &str) -> String {
        raw(self.addr, bytes, until)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One call; an answer of any status is an answer.
pub(crate) fn call(
    addr: SocketAddr,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Got {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    let uri = format!("http://{addr}{path}");
    let mut request = ureq::http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answered = match body {
        Some(body) => agent.run(request.body(body).unwrap()),
        None => agent.run(request.body(()).unwrap()),
    };
    let mut response = answered.unwrap();
    let bytes = response.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap();
    let headers = response.headers().clone();
    let media_type = headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
    Got {
        status: response.status().as_u16(),
        media_type: media_type.unwrap_or_default(),
        headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
    }
}

/// Sends bytes as they are and reads until the server closes or has said `until`.
pub(crate) fn raw(addr: SocketAddr, bytes: &str, until: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut said = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&said).contains(until) {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(read) => said.extend_from_slice(&piece[..read]),
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}
